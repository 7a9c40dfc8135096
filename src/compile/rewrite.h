// Small tools that the passes share.
#pragma once

#include <initializer_list>

#include "compile/pass.h"

namespace hedge::compile {

/// A node with one output whose type the operator's rule gives. The operands must fit it: that is the pass's duty.
ValueId add_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                 std::string_view name, std::string_view domain = "");
inline ValueId add_hedge_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs,
                              op::Attributes attributes, std::string_view name) {
  return add_node(graph, op_type, std::move(inputs), std::move(attributes), name, op::kHedgeDomain);
}

/// The same node on other operands: a copy of `node` with its `inputs` already exchanged. Types are inferred; its
/// outputs in order.
std::vector<ValueId> add_like(Graph& graph, const Node& node);

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
