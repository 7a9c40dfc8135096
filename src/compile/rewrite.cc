#include "compile/rewrite.h"

#include <cmath>

#include "graph/evaluate.h"

namespace hedge::compile {

ValueId add_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                 std::string_view name, std::string_view domain) {
  const op::Operator* operation = op::find(domain, op_type);
  HEDGE_CHECK(operation != nullptr);
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  for (const ValueId input : inputs) {
    types.push_back(input == ValueId::kNone ? TensorType{} : graph.value(input).type);
    constants.push_back(graph.constant(input));
  }
  const auto opset = graph.opsets.find(std::string(domain));
  const auto inferred =
      op::infer(*operation, {attributes, opset != graph.opsets.end() ? opset->second : 1, types, constants, 1});
  HEDGE_CHECK(inferred.has_value());
  return graph.add_node(op_type, std::move(inputs), std::move(attributes), name, (*inferred)[0], domain);
}

std::vector<ValueId> add_like(Graph& graph, const Node& node) {
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  for (const ValueId input : node.inputs) {
    types.push_back(input == ValueId::kNone ? TensorType{} : graph.value(input).type);
    constants.push_back(graph.constant(input));
  }
  const op::Operator* operation = op::find(node.domain, node.op_type);
  const auto inferred =
      op::infer(*operation, {node.attributes, node.opset, types, constants, static_cast<int>(node.outputs.size())});
  HEDGE_CHECK(inferred.has_value());
  Node added = node;
  added.name.clear();
  for (std::size_t k = 0; k < added.outputs.size(); ++k)
    if (added.outputs[k] != ValueId::kNone)
      added.outputs[k] = graph.add_value(graph.value(node.outputs[k]).name, (*inferred)[k]);
  const std::vector<ValueId> outputs = added.outputs;
  graph.add_node(std::move(added));
  return outputs;
}

ValueId add_transpose(Graph& graph, ValueId x, std::vector<std::int64_t> perm) {
  op::Attributes attributes;
  attributes.set("perm", std::move(perm));
  return add_node(graph, "Transpose", {x}, std::move(attributes), graph.value(x).name + "_t");
}

ValueId add_reshape(Graph& graph, ValueId x, const Shape& shape) {
  const ValueId dims = graph.add_constant("shape", Tensor::of<std::int64_t>(Shape{shape.rank()}, shape.dims()));
  op::Attributes attributes;
  attributes.set("allowzero", std::int64_t{1});  // the shape is complete: a 0 is a 0
  return add_node(graph, "Reshape", {x, dims}, std::move(attributes), graph.value(x).name + "_r");
}

const Tensor* float_constant(const Graph& graph, ValueId id) {
  const Tensor* value = graph.constant(id);
  return value != nullptr && value->dtype() == DType::kF32 ? value : nullptr;
}

bool is_number(const Graph& graph, ValueId id, float expected) {
  const Tensor* value = float_constant(graph, id);
  return value != nullptr && value->shape().elements() == 1 &&
         std::abs(value->as<float>()[0] - expected) <= 1e-6f * std::abs(expected);
}

Tensor transposed(const Tensor& x, std::span<const std::int64_t> perm) {
  Node node{.op_type = "Transpose", .opset = 13, .outputs = {ValueId{0}}};
  node.attributes.set("perm", std::vector<std::int64_t>(perm.begin(), perm.end()));
  const Tensor* inputs[] = {&x};
  auto outputs = graph::evaluate(node, inputs);
  HEDGE_CHECK(outputs.has_value());
  return std::move((*outputs)[0]);
}

}  // namespace hedge::compile
