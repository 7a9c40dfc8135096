// Operators that only move, drop or repeat elements, or pick the largest, do to bytes what they do to the values.
#include <algorithm>

#include "compile/integer_rules.h"
#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

bool is_nearest(const Node& node) { return node.attributes.string("mode", "nearest") == "nearest"; }

bool moves_elements(const Node& node) {
  if (node.is_hedge("MaxPool")) return true;
  if (node.is_hedge("Resize")) return is_nearest(node);
  if (is_any(node, "Resize", "Upsample")) return is_nearest(node) && !node.has_input(1);
  return is_any(node, "Reshape", "Transpose", "Slice", "Split", "Gather", "Expand", "Tile", "DepthToSpace",
                "SpaceToDepth", "Squeeze", "Unsqueeze", "Flatten");
}

/// Pad with the value 0, which is the byte of the zero point.
bool pads_with_zero(const Graph& graph, const Node& node) {
  if (!is_any(node, "Pad") || node.opset < 11 || node.attributes.string("mode", "constant") != "constant") return false;
  const Tensor* value = float_constant(graph, node.input(2));
  return !node.has_input(2) || (value != nullptr && value->as<float>()[0] == 0);
}

}  // namespace

std::vector<ValueId> move_bytes(Graph& graph, const Node& node) {
  const bool pads = pads_with_zero(graph, node);
  if (node.inputs.empty() || (!moves_elements(node) && !pads)) return {};
  const auto source = dequantized(graph, node.input(0));
  if (!source) return {};
  Node moved = node;
  moved.inputs[0] = source->bytes;
  if (pads) {
    moved.inputs.resize(std::max<std::size_t>(moved.inputs.size(), 3), ValueId::kNone);
    const auto zero = static_cast<std::uint8_t>(source->quantization.zero);
    moved.inputs[2] = graph.add_constant("pad", Tensor::scalar(zero));
  }
  std::vector<ValueId> outputs = add_like(graph, moved);
  for (ValueId& output : outputs)
    if (output != ValueId::kNone) output = add_dequantize(graph, {output, source->quantization});
  return outputs;
}

std::vector<ValueId> lift_quantize(Graph& graph, const Node& quantize) {
  const Node* found = graph.producer_of(quantize.input(0));
  if (found == nullptr || !is_any(*found, "Reshape", "Transpose") || !graph.has_single_consumer(quantize.input(0)))
    return {};
  Node moved = *found;
  Node inner = quantize;
  inner.inputs[0] = moved.input(0);
  moved.inputs[0] = add_like(graph, inner)[0];
  return add_like(graph, moved);
}

std::vector<ValueId> concat_bytes(Graph& graph, const Node& node) {
  if (!is_any(node, "Concat")) return {};
  std::vector<Dequantized> sources;
  for (const ValueId input : node.inputs) {
    const auto source = dequantized(graph, input);
    if (!source) return {};
    sources.push_back(*source);
  }
  // Of different scales they only join where one is asked for: boxes and scores never share one by our doing.
  Quantization common = sources[0].quantization;
  const bool alike = std::ranges::all_of(sources, [&](const Dequantized& s) { return s.quantization == common; });
  if (!alike) {
    const Node* reader = sole_quantize(graph, node.output());
    const auto wanted = reader != nullptr ? quantization_of(graph, *reader) : std::nullopt;
    if (!wanted) return {};
    common = *wanted;
  }
  Node moved = node;
  for (std::size_t k = 0; k < sources.size(); ++k)
    moved.inputs[k] = sources[k].quantization == common
                          ? sources[k].bytes
                          : add_table(graph, sources[k].bytes, rescaling_table(sources[k].quantization, common));
  return {add_dequantize(graph, {add_like(graph, moved)[0], common})};
}

std::vector<ValueId> requantize(Graph& graph, const Node& quantize) {
  const auto source = dequantized(graph, quantize.input(0));
  if (!source) return {};
  const Quantization wanted = *quantization_of(graph, quantize);
  if (source->quantization == wanted) return {source->bytes};
  return {add_table(graph, source->bytes, rescaling_table(source->quantization, wanted))};
}

}  // namespace hedge::compile
