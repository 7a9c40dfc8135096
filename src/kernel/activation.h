// The activation functions that fuse into convolutions and matrix products: the scalar definition of each.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace hedge::kernel {

enum class Activation : std::uint8_t {
  kNone,
  kRelu,
  kClip,       ///< alpha = lowest, beta = highest
  kLeakyRelu,  ///< alpha = slope below zero
  kSigmoid,
  kSilu,         ///< x * sigmoid(x)
  kHardSigmoid,  ///< clamp(alpha * x + beta, 0, 1)
  kHardSwish,    ///< x * clamp(x / 6 + 0.5, 0, 1)
  kTanh,
  kGelu,  ///< exact, with erf
};
inline constexpr int kActivationCount = 10;

/// The reference: what every vector version approximates (to 1e-6 relative or better).
float apply(Activation activation, float x, float alpha, float beta);

base::Result<Activation> parse_activation(std::string_view name);  ///< "none", "relu", "clip", "leaky_relu", ...
std::string_view to_string(Activation activation);

}  // namespace hedge::kernel
