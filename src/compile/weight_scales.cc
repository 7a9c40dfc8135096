#include "compile/weight_scales.h"

#include <algorithm>
#include <cmath>

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
  const bool per_channel = scales.size() > 1 || scale->shape().rank() == 1;
  if (scales.size() > 1 && (given < 0 ? given + rank : given) != axis) return {};
  if (std::ranges::any_of(scales, [](float s) { return !(s > 0) || !std::isfinite(s); })) return {};
  const std::int64_t inner = q->shape().elements(axis + 1, rank), length = q->shape()[axis];
  for (std::int64_t i = 0; i < q->shape().elements(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t channel = per_channel && scales.size() > 1 ? i / inner % length : 0;
    std::int64_t value = 0;
    if (q->dtype() == DType::kI8)
      value = q->as<std::int8_t>()[at];
    else
      value = q->as<std::uint8_t>()[at];
    if (zero != nullptr) {
      const auto k = static_cast<std::size_t>(zero->shape().elements() > 1 ? channel : 0);
      value -= zero->dtype() == DType::kI8 ? std::int64_t{zero->as<std::int8_t>()[k]}
                                           : std::int64_t{zero->as<std::uint8_t>()[k]};
    }
    if (value < -128 || value > 127) return {};
  }
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
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float ratio = values[i] / scales[scales.size() == 1 ? 0 : i % channels], rounded = std::nearbyint(ratio);
    // Products of scales round a little; a quarter of a step is far beyond that.
    if (!(std::abs(ratio - rounded) < 0.25f) || rounded < kLow || rounded > kHigh)
      return fail(ErrorKind::kInvalid, "weight {} is no multiple of its scale", values[i]);
    q.as<std::int8_t>()[i] = static_cast<std::int8_t>(rounded);
  }
  return q;
}

}  // namespace hedge::compile
