#include "quantize/weights.h"

#include <algorithm>
#include <cmath>

namespace hedge::quantize {

QuantizedWeights quantize_weights(const Tensor& w, int channel_axis) {
  constexpr float kHighest = 127;  // -128 stays free: the range is symmetric
  const ChannelWalk channel_of(w.shape(), channel_axis);
  const auto values = w.as<float>();
  QuantizedWeights result{Tensor(DType::kI8, w.shape()), std::vector<float>(channel_of.length, 0.0f)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& largest = result.scales[channel_of(i)];
    largest = std::max(largest, std::abs(values[i]));
  }
  // A channel of zeros keeps a scale of its own order, so that its bias has steps to be counted in.
  const float typical = *std::ranges::max_element(result.scales);
  for (float& scale : result.scales) scale = (scale > 0 ? scale : typical > 0 ? typical : 1.0f) / kHighest;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.q.as<std::int8_t>()[i] = static_cast<std::int8_t>(
        std::clamp(std::nearbyint(values[i] / result.scales[channel_of(i)]), -kHighest, kHighest));
  return result;
}

}  // namespace hedge::quantize
