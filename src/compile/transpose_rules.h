// How each operator lets a transposition pass: op(Transpose(x)) = Transpose(op'(x)).
#pragma once

#include "compile/permutation.h"
#include "compile/rewrite.h"

namespace hedge::compile {

/// A Transpose in front of operand k: its source and its permutation.
struct Moved {
  ValueId source = ValueId::kNone;
  Permutation perm;
};
/// Empty perm where the operand is no transposition.
Moved moved_operand(const Graph& graph, ValueId operand);

/// The new values that replace the node's outputs, each already behind its transposition; empty: it does not pass.
using TransposeRule = std::vector<ValueId> (*)(Graph&, const Node&);

std::vector<ValueId> pass_elementwise(Graph& graph, const Node& node);  ///< one operand, or two alike
std::vector<ValueId> pass_concat(Graph& graph, const Node& node);
std::vector<ValueId> pass_split(Graph& graph, const Node& node);
std::vector<ValueId> pass_slice(Graph& graph, const Node& node);
std::vector<ValueId> pass_pad(Graph& graph, const Node& node);
std::vector<ValueId> pass_reduce(Graph& graph, const Node& node);
std::vector<ValueId> pass_softmax(Graph& graph, const Node& node);
std::vector<ValueId> pass_reshape(Graph& graph, const Node& node);

}  // namespace hedge::compile
