// Types and shapes of every value, by the operators' shape rules, folding what is constant on the way.
#pragma once

#include "graph/graph.h"

namespace hedge::graph {

/// What a sweep over the graph may fold.
struct FoldOptions {
  bool fold = true;
  /// Results larger than this stay computed at run time (a hostile ConstantOfShape must not fill memory).
  std::size_t result_bytes_max = 64u << 20;
  /// Whether DequantizeLinear of a constant is folded: no for models that keep their integer weights.
  bool fold_dequantize = false;
};

/// Sweeps in execution order: infers each node's output types; evaluates nodes whose inputs are all constant; inlines
/// the taken branch of an If whose condition is constant. Afterwards every live value has a static type.
Status infer_types(Graph& graph, const FoldOptions& options = {});

}  // namespace hedge::graph
