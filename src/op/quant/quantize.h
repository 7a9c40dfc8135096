// The arithmetic of quantization, written once: scale and zero point of an element, round half to even, saturate.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "op/operator.h"

namespace hedge::op {

/// saturate(round(x / scale) + zero_point).
template <class Q>
Q quantize(float x, float scale, std::int64_t zero_point) {
  const double rounded = std::nearbyint(static_cast<double>(x / scale)) + static_cast<double>(zero_point);
  if (!(rounded == rounded)) return static_cast<Q>(zero_point);
  return static_cast<Q>(std::clamp(rounded, static_cast<double>(std::numeric_limits<Q>::min()),
                                   static_cast<double>(std::numeric_limits<Q>::max())));
}

/// Where an element finds its scale: one for all, one a slice of `axis`, or one a block of `block` along it.
struct ScaleWalk {
  std::size_t inner = 1;   ///< elements after the axis
  std::size_t length = 1;  ///< of the axis
  std::size_t block = 1;   ///< elements of the axis that share a scale
  bool per_tensor = true;
  bool blocked = false;

  static Result<ScaleWalk> create(const Attributes& attributes, const Shape& x, const Shape& scale);
  std::size_t index(std::size_t element) const {
    if (per_tensor) return 0;
    const std::size_t along = element / inner % length;
    if (!blocked) return along;
    const std::size_t blocks = (length + block - 1) / block;
    return (element / (inner * length) * blocks + along / block) * inner + element % inner;
  }
};

/// A zero point of any integer type at index k; 0 where absent.
std::int64_t zero_point_at(const ConstTensorView& view, std::size_t k);

}  // namespace hedge::op
