// Weights to i8, symmetric, one scale an output channel.
#pragma once

#include <vector>

#include "quantize/prepare.h"

namespace hedge::quantize {

struct QuantizedWeights {
  Tensor q;                   ///< i8, shaped as the weights
  std::vector<float> scales;  ///< one an output channel

  /// What the integers stand for.
  float real(std::size_t index, std::size_t channel) const {
    return static_cast<float>(q.as<std::int8_t>()[index]) * scales[channel];
  }
};

/// Output channel of each element: index / inner % length, for the axis of the output channels.
struct ChannelWalk {
  std::size_t length, inner;
  ChannelWalk(const Shape& shape, int axis)
      : length(static_cast<std::size_t>(shape[axis])),
        inner(static_cast<std::size_t>(shape.elements(axis + 1, shape.rank()))) {}
  std::size_t operator()(std::size_t index) const { return index / inner % length; }
};

/// The input channel that each weight of a product multiplies, of `channels`. A flattened image: features that follow
/// one another belong to one channel.
std::vector<std::size_t> input_channels(const Node& node, const Shape& weights, int channel_axis, std::size_t channels);

QuantizedWeights quantize_weights(const Tensor& w, int channel_axis);

}  // namespace hedge::quantize
