// Layers over one axis are layers over images of height 1, for which there are kernels: [N,C,W] becomes [N,C,1,W] in
// front of them and [N,C,W] again behind. What works element by element lets the way back pass, so that the Reshapes of
// neighbours meet and an activation stays beside its convolution.
#include <algorithm>

#include "compile/rewrite.h"
#include "op/nn/window.h"

namespace hedge::compile {
namespace {

Shape widened(const Shape& line) { return {line[0], line[1], 1, line[2]}; }

/// The image behind a line, where `value` is one without its height of 1.
ValueId image_behind(const Graph& graph, ValueId value) {
  const Node* reshape = graph.producer_of(value);
  if (reshape == nullptr || !is_any(*reshape, "Reshape")) return ValueId::kNone;
  const Shape &from = graph.value(reshape->input(0)).type.shape, &to = graph.value(value).type.shape;
  return to.rank() == 3 && from == widened(to) ? reshape->input(0) : ValueId::kNone;
}

ValueId as_image(Graph& graph, ValueId line) {
  const ValueId image = image_behind(graph, line);
  return image != ValueId::kNone ? image : add_reshape(graph, line, widened(graph.value(line).type.shape));
}

/// A window over one axis as one over two.
bool widen_window(Graph& graph, Node& node) {
  if (is_any(node, "GlobalAveragePool")) return true;
  std::vector<std::int64_t> kernel;
  if (is_any(node, "Conv")) {
    const Tensor* w = float_constant(graph, node.input(1));
    if (w == nullptr || w->shape().rank() != 3) return false;
    kernel = {w->shape()[2]};
  } else {
    const auto given = node.attributes.integers("kernel_shape");
    kernel.assign(given.begin(), given.end());
  }
  const auto window = op::make_window(node.attributes, graph.value(node.input(0)).type.shape, kernel);
  if (!window) return false;
  // Resolved: what ceil_mode and auto_pad mean over an axis of 1 need not be asked.
  constexpr std::size_t kAxis = op::Window::kAxes - 1;
  node.attributes.erase("auto_pad");
  node.attributes.set("kernel_shape", std::vector<std::int64_t>{1, kernel[0]});
  node.attributes.set("strides", std::vector<std::int64_t>{1, window->stride[kAxis]});
  node.attributes.set("dilations", std::vector<std::int64_t>{1, window->dilation[kAxis]});
  node.attributes.set("pads", std::vector<std::int64_t>{0, window->pad_begin[kAxis], 0, window->pad_end[kAxis]});
  if (is_any(node, "Conv")) {
    const Tensor& w = *graph.constant(node.input(1));
    Tensor wide(w.dtype(), widened(w.shape()));
    std::ranges::copy(w.bytes(), wide.bytes().begin());
    node.inputs[1] = graph.add_constant(node.name + "_w", std::move(wide));
  }
  return true;
}

/// Operands that are lines become images, the result a line again.
std::vector<ValueId> widen(Graph& graph, Node node, std::size_t operands) {
  const Shape line = graph.value(node.output()).type.shape;
  for (std::size_t k = 0; k < operands; ++k)
    if (graph.value(node.inputs[k]).type.shape.rank() == 3) node.inputs[k] = as_image(graph, node.inputs[k]);
  return {add_reshape(graph, add_like(graph, node)[0], line)};
}

std::vector<ValueId> widen_layer(Graph& graph, const Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1) return {};
  const TensorType& x = graph.value(node.input(0)).type;
  if (x.dtype != DType::kF32 || x.shape.rank() != 3 || x.elements() == 0) return {};
  if (is_any(node, "Conv", "MaxPool", "AveragePool", "GlobalAveragePool")) {
    Node wide = node;
    if (!widen_window(graph, wide)) return {};
    return widen(graph, std::move(wide), 1);
  }
  // Behind a layer: the Reshape sinks through.
  if (is_any(node, "Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu") ||
      node.is_hedge("Silu"))
    return image_behind(graph, node.input(0)) != ValueId::kNone ? widen(graph, node, 1) : std::vector<ValueId>{};
  if (is_any(node, "Add", "Mul") && image_behind(graph, node.input(0)) != ValueId::kNone &&
      image_behind(graph, node.input(1)) != ValueId::kNone)
    return widen(graph, node, 2);
  return {};
}

}  // namespace

int widen_lines(Graph& graph) { return sweep(graph, widen_layer); }

}  // namespace hedge::compile
