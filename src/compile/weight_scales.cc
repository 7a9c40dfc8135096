#include "compile/weight_scales.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

constexpr float kLow = -128, kHigh = 127;

/// The axis of the output channels of input 1.
int channel_axis(const Graph& graph, const Node& node) {
  if (node.op_type == "Conv") return 0;
  if (node.op_type == "Gemm") return node.attributes.integer("transB", 0) != 0 ? 0 : 1;
  return graph.value(node.input(1)).type.shape.rank() - 1;
}

/// Whether all of them, less their channel's zero point, are numbers of i8. `inner`: elements of a channel in a row.
template <class Q>
bool fit_signed(std::span<const Q> values, const Tensor* zero, std::size_t inner) {
  if (zero == nullptr)
    return std::is_same_v<Q, std::int8_t> || std::ranges::all_of(values, [](Q q) { return q <= 127; });
  const auto zeros = zero->as<Q>();
  for (std::size_t begin = 0, channel = 0; begin < values.size(); begin += inner, ++channel) {
    const int z = zeros[channel % zeros.size()];
    for (const Q q : values.subspan(begin, inner))
      if (q - z < -128 || q - z > 127) return false;
  }
  return true;
}

/// One scale for all, or one a channel of the right axis, over integers that fit i8 once the zero point is off.
std::vector<float> scales_of(const Graph& graph, const Node& dequantize, int axis) {
  const Tensor *q = graph.constant(dequantize.input(0)), *scale = float_constant(graph, dequantize.input(1));
  const Tensor* zero = graph.constant(dequantize.input(2));
  if (q == nullptr || scale == nullptr || (dequantize.has_input(2) && zero == nullptr)) return {};
  if ((q->dtype() != DType::kI8 && q->dtype() != DType::kU8) || dequantize.attributes.integer("block_size", 0) != 0)
    return {};
  const auto scales = scale->as<float>();
  const int rank = q->shape().rank();
  const auto given = dequantize.attributes.integer("axis", 1);
  if (scales.size() > 1 && (given < 0 ? given + rank : given) != axis) return {};
  if (std::ranges::any_of(scales, [](float s) { return !(s > 0) || !std::isfinite(s); })) return {};
  const auto inner = static_cast<std::size_t>(q->shape().elements(axis + 1, rank));
  const bool fit = q->dtype() == DType::kI8 ? fit_signed(q->as<std::int8_t>(), zero, inner)
                                            : fit_signed(q->as<std::uint8_t>(), zero, inner);
  if (!fit) return {};
  return {scales.begin(), scales.end()};
}

}  // namespace

int mark_quantized_weights(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    Node& node = graph.node(id);
    if (!is_any(node, "Conv", "Gemm", "MatMul") || node.attributes.has(kWeightScales)) continue;
    const Node* dequantize = graph.producer_of(node.input(1));
    if (dequantize == nullptr || !is_any(*dequantize, "DequantizeLinear")) continue;
    std::vector<float> scales = scales_of(graph, *dequantize, channel_axis(graph, node));
    if (scales.empty()) continue;
    node.attributes.set(kWeightScales, std::move(scales));
    ++changes;
  }
  return changes;
}

void multiply_weight_scales(op::Attributes& attributes, std::span<const float> factors) {
  const auto old = attributes.reals(kWeightScales);
  if (old.empty()) return;
  if (std::ranges::any_of(factors, [](float f) { return !(f > 0); })) return attributes.erase(kWeightScales);
  std::vector<float> scales(factors.begin(), factors.end());
  for (std::size_t c = 0; c < scales.size(); ++c) scales[c] *= old[old.size() == 1 ? 0 : c];
  attributes.set(kWeightScales, std::move(scales));
}

Result<Tensor> integer_weights(const Tensor& w, std::span<const float> scales) {
  const auto values = w.as<float>();
  const auto channels = static_cast<std::size_t>(w.shape()[w.shape().rank() - 1]);
  if (scales.size() != 1 && scales.size() != channels)
    return fail(ErrorKind::kInvalid, "{} scales for {} channels", scales.size(), channels);
  Tensor q(DType::kI8, w.shape());
  const std::vector<float> of_channel =
      scales.size() == channels ? std::vector(scales.begin(), scales.end()) : std::vector(channels, scales[0]);
  const auto bytes = q.as<std::int8_t>();
  for (std::size_t begin = 0; begin < values.size(); begin += channels)
    for (std::size_t c = 0; c < channels; ++c) {
      const float value = values[begin + c], ratio = value / of_channel[c], rounded = std::nearbyint(ratio);
      // Products of scales round a little; a quarter of a step is far beyond that.
      if (!(std::abs(ratio - rounded) < 0.25f) || rounded < kLow || rounded > kHigh)
        return fail(ErrorKind::kInvalid, "weight {} is no multiple of its scale", value);
      bytes[begin + c] = static_cast<std::int8_t>(rounded);
    }
  return q;
}

}  // namespace hedge::compile
