// Small tools that the passes share.
#pragma once

#include <initializer_list>
#include <limits>
#include <span>

#include "compile/pass.h"

namespace hedge::compile {

/// A node with one output whose type the operator's rule gives. The operands must fit it: that is the pass's duty.
ValueId add_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                 std::string_view name, std::string_view domain = "");
inline ValueId add_hedge_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs,
                              op::Attributes attributes, std::string_view name) {
  return add_node(graph, op_type, std::move(inputs), std::move(attributes), name, op::kHedgeDomain);
}
/// The same, or kNone where the operator's rule refuses the operands: a model may ask for more than an operator takes.
ValueId try_hedge_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                       std::string_view name);

/// The same node on other operands: a copy of `node` with its `inputs` already exchanged. Types are inferred; its
/// outputs in order.
std::vector<ValueId> add_like(Graph& graph, const Node& node);

/// Types and known values of operands, as shape rules want to see them.
struct KnownOperands {
  std::vector<TensorType> types;         ///< kUndefined where absent
  std::vector<const Tensor*> constants;  ///< null where not known

  KnownOperands(const Graph& graph, std::span<const ValueId> operands);
};

/// Applies `rules` to every node in order, again and again, until they find nothing more or `changes_max` is reached.
/// rules(graph, node) gives the values that replace the node's outputs; empty: it leaves the node alone, as does an
/// output that cannot be replaced (a graph output that would become an input).
template <class Rules>
int sweep(Graph& graph, Rules&& rules, int changes_max = std::numeric_limits<int>::max()) {
  int changes = 0;
  for (bool changed = true; changed && changes < changes_max;) {
    changed = false;
    for (const NodeId id : graph.nodes()) {
      if (!graph.node(id).alive) continue;
      const Node node = graph.node(id);
      const std::vector<ValueId> outputs = rules(graph, node);
      bool replaced = !outputs.empty();
      for (std::size_t k = 0; k < outputs.size(); ++k)
        if (node.outputs[k] != ValueId::kNone) replaced &= graph.replace_uses(node.outputs[k], outputs[k]);
      if (!replaced) continue;
      graph.erase(id);
      changed = true;
      ++changes;
    }
    graph.erase_dead_nodes();
    const Status sorted = graph.sort();
    HEDGE_CHECK(sorted.has_value());
  }
  return changes;
}

/// hedge.Conv or hedge.Gemm.
inline bool is_product(const Node* node) {
  return node != nullptr && (node->is_hedge("Conv") || node->is_hedge("Gemm"));
}
/// A constant that varies along the last axis only, as one value a channel; empty for any other.
std::vector<float> per_channel(const Graph& graph, ValueId id, std::int64_t channels);

ValueId add_transpose(Graph& graph, ValueId x, std::vector<std::int64_t> perm);
ValueId add_reshape(Graph& graph, ValueId x, const Shape& shape);

/// The f32 constant behind a value, or null.
const Tensor* float_constant(const Graph& graph, ValueId id);
/// The single f32 number behind a value.
bool is_number(const Graph& graph, ValueId id, float expected);

/// `x` with its axes reordered: y's axis k is x's axis perm[k].
Tensor transposed(const Tensor& x, std::span<const std::int64_t> perm);

template <class... Names>
bool is_any(const Node& node, Names... names) {
  return node.domain.empty() && ((node.op_type == names) || ...);
}

}  // namespace hedge::compile
