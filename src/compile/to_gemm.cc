// Gemm and MatMul with a constant right matrix become hedge.Gemm, whose weights are packed at compile time.
#include "compile/rewrite.h"
#include "compile/weight_scales.h"

namespace hedge::compile {
namespace {

/// alpha, transB and beta folded into the constants.
ValueId from_gemm(Graph& graph, const Node& node) {
  const Tensor* b = float_constant(graph, node.input(1));
  if (b == nullptr || node.attributes.integer("transA", 0) != 0) return ValueId::kNone;
  static constexpr std::int64_t kSwap[] = {1, 0};
  Tensor w = node.attributes.integer("transB", 0) != 0 ? transposed(*b, kSwap) : *b;
  for (float& value : w.as<float>()) value *= node.attributes.real("alpha", 1);
  const std::int64_t n = w.shape()[1];
  std::vector<ValueId> inputs{node.input(0), ValueId::kNone};
  if (node.has_input(2)) {
    const Tensor* c = float_constant(graph, node.input(2));
    const bool row = c != nullptr && (c->shape().elements() == 1 ||
                                      (c->shape().elements() == n && c->shape()[c->shape().rank() - 1] == n));
    if (!row) return ValueId::kNone;
    Tensor bias(DType::kF32, Shape{n});
    for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k)
      bias.as<float>()[k] = node.attributes.real("beta", 1) * c->as<float>()[c->shape().elements() == 1 ? 0 : k];
    inputs.push_back(graph.add_constant(node.name + "_bias", std::move(bias)));
  }
  inputs[1] = graph.add_constant(node.name + "_w", std::move(w));
  op::Attributes attributes;
  keep_weight_scales(node, attributes);
  multiply_weight_scales(attributes, std::vector<float>(static_cast<std::size_t>(n), node.attributes.real("alpha", 1)));
  return add_hedge_node(graph, "Gemm", std::move(inputs), std::move(attributes), graph.value(node.output()).name);
}

ValueId from_mat_mul(Graph& graph, const Node& node) {
  const Tensor* b = float_constant(graph, node.input(1));
  if (b == nullptr || b->shape().rank() != 2 || graph.value(node.input(0)).type.shape.rank() < 1) return ValueId::kNone;
  op::Attributes attributes;
  keep_weight_scales(node, attributes);
  return add_hedge_node(graph, "Gemm", {node.input(0), node.input(1)}, std::move(attributes),
                        graph.value(node.output()).name);
}

}  // namespace

int to_gemm(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node node = graph.node(id);
    ValueId result = ValueId::kNone;
    if (is_any(node, "Gemm")) result = from_gemm(graph, node);
    if (is_any(node, "MatMul")) result = from_mat_mul(graph, node);
    if (result != ValueId::kNone) changes += graph.replace_uses(node.output(), result) ? 1 : 0;
  }
  return changes;
}

}  // namespace hedge::compile
