#include "op/broadcasting.h"

namespace hedge::op {

std::array<std::int64_t, tensor::kRankMax> broadcast_strides(const tensor::Shape& from, const tensor::Shape& to) {
  const auto dense = tensor::row_major_strides(from);
  std::array<std::int64_t, tensor::kRankMax> strides{};
  const int shift = to.rank() - from.rank();
  for (int axis = 0; axis < from.rank(); ++axis)
    if (from[axis] != 1) strides[static_cast<std::size_t>(axis + shift)] = dense[static_cast<std::size_t>(axis)];
  return strides;
}

}  // namespace hedge::op
