// Inputs made from a seed, the same on every machine: integer arithmetic, then one subtraction and one product in IEEE
// binary32. docs/formats/engine.md defines it; a change would make every recorded answer wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace hedge::format {

/// Each value is (k - shift) * scale with k drawn from 0 .. levels - 1.
struct GoldenNoise {
  static constexpr std::uint32_t kLevelsMax = 1u << 24;  ///< exact in a float

  std::uint64_t seed = 1;
  std::uint32_t levels = kLevelsMax;
  std::uint8_t axis = 0;  ///< whose index chooses shift and scale, where there are several
  std::vector<float> shift{0};
  std::vector<float> scale{1};
};

/// Whether fill_noise() may be called with it: levels, finite numbers, one shift and one scale or one for each index of
/// the axis.
base::Status check_noise(const GoldenNoise& noise, const tensor::TensorType& type);
void fill_noise(const GoldenNoise& noise, const tensor::TensorView& view);

}  // namespace hedge::format
