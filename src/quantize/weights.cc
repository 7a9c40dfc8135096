#include "quantize/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace hedge::quantize {

namespace {

constexpr float kHighest = 127;  // -128 stays free: the range is symmetric

std::int8_t rounded(float w, float scale) {
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(w / scale), -kHighest, kHighest));
}

/// The scale of least square error: the largest weight may be any integer near 127 (weights that were integers before
/// are found again exactly) or be cut a little, which makes all others finer.
float best_scale(std::span<const float> weights, float largest) {
  constexpr int kLeast = 100, kMost = 127;
  float best = largest / kHighest;
  double least = std::numeric_limits<double>::max();
  for (int steps = kMost; steps >= kLeast; --steps) {
    const float scale = largest / static_cast<float>(steps);
    double error = 0;
    for (const float w : weights) {
      const double difference = static_cast<double>(w) - static_cast<double>(scale) * rounded(w, scale);
      error += difference * difference;
    }
    if (error >= least) continue;
    least = error;
    best = scale;
  }
  return best;
}

}  // namespace

std::vector<std::size_t> input_channels(const Node& node, const Shape& weights, int channel_axis,
                                        std::size_t channels) {
  const auto elements = static_cast<std::size_t>(weights.elements()),
             outputs = static_cast<std::size_t>(weights[channel_axis]);
  std::vector<std::size_t> result(elements);
  if (node.is("Conv")) {
    const auto inputs = static_cast<std::size_t>(weights[1]), taps = elements / (outputs * inputs);
    const auto groups = static_cast<std::size_t>(node.attributes.integer("group", 1));
    for (std::size_t i = 0; i < elements; ++i)
      result[i] = i / taps % inputs + i / (inputs * taps) / (outputs / groups) * inputs;
    return result;
  }
  const std::size_t depth = elements / outputs;
  for (std::size_t i = 0; i < elements; ++i) {
    const std::size_t at = channel_axis == 0 ? i % depth : i / outputs;
    result[i] = std::min(at * channels / depth, channels - 1);
  }
  return result;
}

QuantizedWeights quantize_weights(const Tensor& w, int channel_axis) {
  const ChannelWalk channel_of(w.shape(), channel_axis);
  const auto values = w.as<float>();
  QuantizedWeights result{Tensor(DType::kI8, w.shape()), std::vector<float>(channel_of.length, 0.0f)};
  std::vector<std::vector<float>> channels(channel_of.length);
  for (std::size_t i = 0; i < values.size(); ++i) channels[channel_of(i)].push_back(values[i]);
  float typical = 0;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    float largest = 0;
    for (const float value : channels[c]) largest = std::max(largest, std::abs(value));
    typical = std::max(typical, largest / kHighest);
    if (largest > 0) result.scales[c] = best_scale(channels[c], largest);
  }
  // A channel of zeros keeps a scale of its own order, so that its bias has steps to be counted in.
  for (float& scale : result.scales)
    if (!(scale > 0)) scale = typical > 0 ? typical : 1.0f;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.q.as<std::int8_t>()[i] = rounded(values[i], result.scales[channel_of(i)]);
  return result;
}

}  // namespace hedge::quantize
