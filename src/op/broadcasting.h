// Walks an output shape while keeping one element offset per broadcast operand (NumPy's rule): an odometer, so the
// inner loop has no division.
#pragma once

#include <array>
#include <cstdint>

#include "tensor/shape.h"

namespace hedge::op {

using Strides = std::array<std::int64_t, tensor::kRankMax>;

/// Element strides of `from` seen as `to` (right-aligned): 0 along axes that are broadcast.
Strides broadcast_strides(const tensor::Shape& from, const tensor::Shape& to);

/// Calls visit(output_index, offsets) for every element of `shape` in row-major order, where offsets[k] is the element
/// offset in operand k whose strides are `strides[k]`.
template <std::size_t N, class Visit>
void for_each_broadcast(const tensor::Shape& shape, const std::array<Strides, N>& strides, Visit&& visit) {
  const std::int64_t total = shape.elements();
  std::array<std::int64_t, tensor::kRankMax> position{};
  std::array<std::int64_t, N> offsets{};
  for (std::int64_t index = 0; index < total; ++index) {
    visit(index, offsets);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const auto at = static_cast<std::size_t>(axis);
      for (std::size_t k = 0; k < N; ++k) offsets[k] += strides[k][at];
      if (++position[at] < shape[axis]) break;
      for (std::size_t k = 0; k < N; ++k) offsets[k] -= strides[k][at] * shape[axis];
      position[at] = 0;
    }
  }
}

}  // namespace hedge::op
