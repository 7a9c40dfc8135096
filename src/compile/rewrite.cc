#include "compile/rewrite.h"

#include <cmath>

#include "graph/evaluate.h"

namespace hedge::compile {

KnownOperands::KnownOperands(const Graph& graph, std::span<const ValueId> operands) {
  for (const ValueId operand : operands) {
    types.push_back(operand == ValueId::kNone ? TensorType{} : graph.value(operand).type);
    constants.push_back(graph.constant(operand));
  }
}

namespace {

Result<std::vector<TensorType>> infer_output(const Graph& graph, std::string_view op_type, std::string_view domain,
                                             std::span<const ValueId> inputs, const op::Attributes& attributes) {
  const op::Operator* operation = op::find(domain, op_type);
  HEDGE_CHECK(operation != nullptr);
  const KnownOperands known(graph, inputs);
  const auto opset = graph.opsets.find(std::string(domain));
  return op::infer(*operation,
                   {attributes, opset != graph.opsets.end() ? opset->second : 1, known.types, known.constants, 1});
}

}  // namespace

ValueId add_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                 std::string_view name, std::string_view domain) {
  const auto inferred = infer_output(graph, op_type, domain, inputs, attributes);
  HEDGE_CHECK(inferred.has_value());
  return graph.add_node(op_type, std::move(inputs), std::move(attributes), name, (*inferred)[0], domain);
}

ValueId try_hedge_node(Graph& graph, std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                       std::string_view name) {
  const auto inferred = infer_output(graph, op_type, op::kHedgeDomain, inputs, attributes);
  if (!inferred) return ValueId::kNone;
  return graph.add_node(op_type, std::move(inputs), std::move(attributes), name, (*inferred)[0], op::kHedgeDomain);
}

std::vector<ValueId> add_like(Graph& graph, const Node& node) {
  const KnownOperands known(graph, node.inputs);
  const op::Operator* operation = op::find(node.domain, node.op_type);
  const auto inferred = op::infer(
      *operation, {node.attributes, node.opset, known.types, known.constants, static_cast<int>(node.outputs.size())});
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

std::vector<float> per_channel(const Graph& graph, ValueId id, std::int64_t channels) {
  const Tensor* value = float_constant(graph, id);
  if (value == nullptr) return {};
  const auto data = value->as<float>();
  if (data.size() == 1) return std::vector<float>(static_cast<std::size_t>(channels), data[0]);
  const Shape& shape = value->shape();
  if (shape.elements() != channels || shape[shape.rank() - 1] != channels) return {};
  return {data.begin(), data.end()};
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
