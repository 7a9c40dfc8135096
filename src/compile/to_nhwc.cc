// Channels last: in NHWC the channels of a pixel are contiguous, so a convolution is a product and every window's row
// is one copy. Each operator is wrapped in two transpositions; move_transposes makes them meet and vanish.
#include <algorithm>

#include "compile/rewrite.h"
#include "compile/weight_scales.h"
#include "op/nn/window.h"

namespace hedge::compile {
namespace {

const std::vector<std::int64_t> kToNhwc = {0, 2, 3, 1};
const std::vector<std::int64_t> kToNchw = {0, 3, 1, 2};

bool is_image(const Graph& graph, ValueId id) {
  const TensorType& type = graph.value(id).type;
  return type.dtype == DType::kF32 && type.shape.rank() == 4 && type.elements() > 0;
}

void set_window(op::Attributes& attributes, const op::Window& window) {
  attributes.set("strides", std::vector{window.stride[1], window.stride[2]});
  attributes.set("dilations", std::vector{window.dilation[1], window.dilation[2]});
  attributes.set("pads", std::vector{window.pad_begin[1], window.pad_begin[2], window.pad_end[1], window.pad_end[2]});
}

/// Transpose, the operator, Transpose back.
ValueId wrap(Graph& graph, const Node& node, std::string_view op_type, std::vector<ValueId> more_inputs,
             op::Attributes attributes) {
  std::vector<ValueId> inputs{add_transpose(graph, node.input(0), kToNhwc)};
  inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
  const ValueId y =
      add_hedge_node(graph, op_type, std::move(inputs), std::move(attributes), graph.value(node.output()).name);
  return add_transpose(graph, y, kToNchw);
}

ValueId conv(Graph& graph, const Node& node) {
  const Tensor* w = float_constant(graph, node.input(1));
  if (w == nullptr || w->shape().elements() == 0 ||
      (node.has_input(2) && float_constant(graph, node.input(2)) == nullptr))
    return ValueId::kNone;
  const auto window =
      op::make_window(node.attributes, graph.value(node.input(0)).type.shape, w->shape().dims().subspan(2));
  if (!window) return ValueId::kNone;
  static constexpr std::int64_t kWeights[] = {2, 3, 1, 0};  // [OC, C/g, KH, KW] -> [KH, KW, C/g, OC]
  std::vector<ValueId> more{graph.add_constant(node.name + "_w", transposed(*w, kWeights))};
  if (node.has_input(2)) more.push_back(node.input(2));
  op::Attributes attributes;
  set_window(attributes, *window);
  attributes.set("group", node.attributes.integer("group", 1));
  keep_weight_scales(node, attributes);
  return wrap(graph, node, "Conv", std::move(more), std::move(attributes));
}

ValueId pool(Graph& graph, const Node& node) {
  if (node.outputs.size() > 1 && node.outputs[1] != ValueId::kNone) return ValueId::kNone;  // indices count in NCHW
  const auto kernel = node.attributes.integers("kernel_shape");
  const auto window = op::make_window(node.attributes, graph.value(node.input(0)).type.shape, kernel);
  if (!window) return ValueId::kNone;
  op::Attributes attributes;
  set_window(attributes, *window);
  attributes.set("kernel_shape", std::vector<std::int64_t>(kernel.begin(), kernel.end()));
  attributes.set("output_shape", std::vector{window->out[1], window->out[2]});
  attributes.set("count_include_pad", node.attributes.integer("count_include_pad", 0));
  return wrap(graph, node, node.op_type, {}, std::move(attributes));
}

ValueId resize(Graph& graph, const Node& node) {
  const Shape &in = graph.value(node.input(0)).type.shape, &out = graph.value(node.output()).type.shape;
  const bool old_form = node.op_type == "Upsample" || node.opset < 11;
  const std::string_view mode = node.attributes.string("mode", "nearest");
  const std::string_view coordinates =
      old_form ? "asymmetric" : node.attributes.string("coordinate_transformation_mode", "half_pixel");
  if (in[0] != out[0] || in[1] != out[1] || (mode != "nearest" && mode != "linear" && mode != "bilinear") ||
      coordinates == "tf_crop_and_resize" || node.attributes.integer("antialias", 0) != 0 ||
      node.attributes.integer("exclude_outside", 0) != 0 || node.attributes.has("axes") ||
      node.attributes.string("keep_aspect_ratio_policy", "stretch") != "stretch")
    return ValueId::kNone;
  std::vector<float> scales{static_cast<float>(static_cast<double>(out[2]) / static_cast<double>(in[2])),
                            static_cast<float>(static_cast<double>(out[3]) / static_cast<double>(in[3]))};
  const Tensor* given = float_constant(graph, node.input(old_form ? 1 : 2));
  if (given != nullptr && given->shape().elements() == 4) scales = {given->as<float>()[2], given->as<float>()[3]};
  if (const auto list = node.attributes.reals("scales"); list.size() == 4) scales = {list[2], list[3]};
  op::Attributes attributes;
  attributes.set("output_shape", std::vector{out[2], out[3]});
  attributes.set("scales", std::move(scales));
  attributes.set("mode", std::string(mode));
  attributes.set("coordinate_transformation_mode", std::string(coordinates));
  attributes.set("nearest_mode",
                 std::string(old_form ? "floor" : node.attributes.string("nearest_mode", "round_prefer_floor")));
  return wrap(graph, node, "Resize", {}, std::move(attributes));
}

}  // namespace

int to_nhwc(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node node = graph.node(id);
    if (!node.domain.empty() || node.inputs.empty() || node.output() == ValueId::kNone ||
        !is_image(graph, node.input(0)) || graph.value(node.output()).type.elements() == 0)
      continue;
    ValueId result = ValueId::kNone;
    if (node.op_type == "Conv") result = conv(graph, node);
    if (node.op_type == "MaxPool" || node.op_type == "AveragePool") result = pool(graph, node);
    if (node.op_type == "GlobalAveragePool") result = wrap(graph, node, "GlobalAveragePool", {}, {});
    if (node.op_type == "Resize" || node.op_type == "Upsample") result = resize(graph, node);
    if (result == ValueId::kNone || !graph.replace_uses(node.output(), result)) continue;
    ++changes;
    graph.erase(id);  // now, so that the weights are not there twice until the pass ends
    if (node.has_input(1)) graph.release_if_unread(node.input(1));
  }
  return changes;
}

}  // namespace hedge::compile
