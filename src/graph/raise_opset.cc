#include "graph/raise_opset.h"

#include <algorithm>
#include <limits>

namespace hedge::graph {
namespace {

constexpr int kOpset = 13;

ValueId add_list(Graph& graph, std::string_view name, std::span<const std::int64_t> list) {
  return graph.add_constant(name, Tensor::of<std::int64_t>(Shape{static_cast<std::int64_t>(list.size())}, list));
}

/// Moves integer-list attributes to inputs, in order from input 1 on; absent ones become absent inputs.
void lists_to_inputs(Graph& graph, Node& node, std::initializer_list<std::string_view> names) {
  node.inputs.resize(1);
  for (const std::string_view name : names) {
    const auto list = node.attributes.integers(name);
    node.inputs.push_back(list.empty() ? ValueId::kNone : add_list(graph, name, list));
    node.attributes.erase(name);
  }
  while (node.inputs.back() == ValueId::kNone) node.inputs.pop_back();
}

void clip_bounds(Graph& graph, Node& node) {
  node.inputs.resize(1);
  for (const char* name : {"min", "max"}) {
    const bool given = node.attributes.has(name);
    node.inputs.push_back(given ? graph.add_constant(name, Tensor::scalar(node.attributes.real(name, 0)))
                                : ValueId::kNone);
    node.attributes.erase(name);
  }
  while (node.inputs.back() == ValueId::kNone) node.inputs.pop_back();
}

void reshape_to(Graph& graph, Node& node, const Shape& shape) {
  node.op_type = "Reshape";
  node.attributes = {};
  node.inputs.resize(1);
  node.inputs.push_back(add_list(graph, "shape", shape.dims()));
}

void pad(Graph& graph, Node& node) {
  const float value = node.attributes.real("value", 0);
  lists_to_inputs(graph, node, {"pads"});
  node.attributes.erase("value");
  if (value != 0) node.inputs.push_back(graph.add_constant("value", Tensor::scalar(value)));
}

/// Nearest and linear of opset 9 and 10: asymmetric coordinates, nearest rounds down.
void resize(Graph& graph, Node& node) {
  const ValueId scales =
      node.has_input(1)
          ? node.input(1)
          : graph.add_constant(
                "scales", Tensor::of<float>(Shape{static_cast<std::int64_t>(node.attributes.reals("scales").size())},
                                            node.attributes.reals("scales")));
  node.op_type = "Resize";
  node.inputs = {node.input(0), ValueId::kNone, scales};
  node.attributes.erase("scales");
  node.attributes.set("coordinate_transformation_mode", std::string("asymmetric"));
  node.attributes.set("nearest_mode", std::string("floor"));
}

/// Before opset 13 the axes from `axis` on are one.
Status softmax(Graph& graph, const Node& node) {
  const int rank = graph.value(node.output()).type.shape.rank();
  const int axis = TRY(tensor::normalize_axis(node.attributes.integer("axis", 1), rank));
  const Shape& shape = graph.value(node.output()).type.shape;
  if (shape.elements(axis + 1, rank) != 1)
    return fail(ErrorKind::kUnsupported, "a {} over several axes (opset {})", node.op_type, node.opset);
  return {};
}

bool same_meaning(const Node& node) {
  static constexpr std::string_view kSame[] = {"Conv",
                                               "ConvTranspose",
                                               "Relu",
                                               "LeakyRelu",
                                               "Sigmoid",
                                               "HardSigmoid",
                                               "Tanh",
                                               "Elu",
                                               "Selu",
                                               "Softplus",
                                               "Softsign",
                                               "PRelu",
                                               "Exp",
                                               "Log",
                                               "Sqrt",
                                               "Abs",
                                               "Neg",
                                               "Floor",
                                               "Ceil",
                                               "Erf",
                                               "Reciprocal",
                                               "Add",
                                               "Sub",
                                               "Mul",
                                               "Div",
                                               "Min",
                                               "Max",
                                               "Pow",
                                               "Sum",
                                               "Mean",
                                               "MatMul",
                                               "Gemm",
                                               "MaxPool",
                                               "AveragePool",
                                               "Concat",
                                               "Reshape",
                                               "Transpose",
                                               "Gather",
                                               "Expand",
                                               "Tile",
                                               "Where",
                                               "Equal",
                                               "Greater",
                                               "Less",
                                               "Not",
                                               "And",
                                               "Or",
                                               "Cast",
                                               "Shape",
                                               "ReduceMean",
                                               "ReduceMax",
                                               "ReduceMin",
                                               "ReduceL2",
                                               "ArgMax",
                                               "ArgMin",
                                               "Identity",
                                               "Constant",
                                               "DepthToSpace",
                                               "Size",
                                               "SpaceToDepth",
                                               "LRN",
                                               "InstanceNormalization",
                                               "GatherND",
                                               "ScatterND",
                                               "LSTM",
                                               "GRU",
                                               "Einsum",
                                               "GlobalMaxPool",
                                               "LpNormalization",
                                               "QuantizeLinear",
                                               "DequantizeLinear",
                                               "GlobalAveragePool",
                                               "BatchNormalization",
                                               "ConstantOfShape"};
  return std::ranges::find(kSame, node.op_type) != std::end(kSame);
}

Status raise(Graph& graph, NodeId id) {
  Node node = graph.node(id);
  const Shape shape = node.output() != ValueId::kNone ? graph.value(node.output()).type.shape : Shape();
  if (node.is("Clip") && node.opset < 11) {
    clip_bounds(graph, node);
  } else if (node.is("Squeeze") || node.is("Unsqueeze") || node.is("Flatten") || node.is("Dropout")) {
    reshape_to(graph, node, shape);
    node.outputs.resize(1);
  } else if (node.is("Softmax") || node.is("LogSoftmax") || node.is("Hardmax")) {
    TRY(softmax(graph, node));
    node.attributes.set(
        "axis", TRY(tensor::normalize_axis(node.attributes.integer("axis", 1), shape.rank())) + std::int64_t{0});
  } else if (node.is("Split")) {
    lists_to_inputs(graph, node, {"split"});
  } else if (node.is("ReduceSum")) {
    lists_to_inputs(graph, node, {"axes"});
  } else if (node.is("Slice") && node.opset < 10) {
    lists_to_inputs(graph, node, {"starts", "ends", "axes"});
  } else if (node.is("Pad") && node.opset < 11) {
    pad(graph, node);
  } else if (node.is("Upsample") || (node.is("Resize") && node.opset < 11)) {
    resize(graph, node);
  } else if (!same_meaning(node) && !node.is("Slice") && !node.is("Pad") && !node.is("Resize") && !node.is("Clip")) {
    return fail(ErrorKind::kUnsupported,
                "node '{}' ({}) of opset {} has no form in opset {} here: convert the model (onnx.version_converter)",
                node.name, node.op_type, node.opset, kOpset);
  }
  node.opset = kOpset;
  graph.node(id) = std::move(node);
  return {};
}

}  // namespace

Status raise_opset_to_13(Graph& graph) {
  if (graph.opsets[""] >= kOpset) return {};
  for (const NodeId id : graph.nodes())
    if (graph.node(id).domain.empty()) TRY(raise(graph, id));
  graph.opsets[""] = kOpset;
  return {};
}

}  // namespace hedge::graph
