#include "tensor/shape.h"

#include <algorithm>

#include <fmt/ranges.h>

namespace hedge::tensor {

base::Result<Shape> Shape::create(std::span<const std::int64_t> dims) {
  if (dims.size() > kRankMax)
    return base::fail(base::ErrorKind::kUnsupported, "rank {} is above the limit of {}", dims.size(), kRankMax);
  std::int64_t elements = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return base::fail(base::ErrorKind::kInvalid, "negative dimension in shape [{}]", fmt::join(dims, ","));
    if (__builtin_mul_overflow(elements, std::max<std::int64_t>(dim, 1), &elements) || elements > kTensorElementsMax)
      return base::fail(base::ErrorKind::kResourceLimit, "shape [{}] is above the limit of {} elements",
                        fmt::join(dims, ","), kTensorElementsMax);
  }
  return Shape(dims);
}

std::int64_t Shape::elements(int axis_begin, int axis_end) const {
  std::int64_t product = 1;
  for (int axis = axis_begin; axis < axis_end; ++axis) product *= dims_[static_cast<std::size_t>(axis)];
  return product;
}

bool Shape::operator==(const Shape& other) const { return std::ranges::equal(dims(), other.dims()); }

std::string Shape::to_string() const {
  return rank_ == 0 ? std::string("scalar") : fmt::format("{}", fmt::join(dims(), "x"));
}

std::array<std::int64_t, kRankMax> row_major_strides(const Shape& shape) {
  std::array<std::int64_t, kRankMax> strides{};
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = step;
    step *= shape[axis];
  }
  return strides;
}

base::Result<int> normalize_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    return base::fail(base::ErrorKind::kInvalid, "axis {} is outside a tensor of rank {}", axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

base::Result<Shape> broadcast(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::array<std::int64_t, kRankMax> dims{};
  for (int axis = 0; axis < rank; ++axis) {
    const int from_end = rank - axis;
    const std::int64_t da = from_end <= a.rank() ? a[a.rank() - from_end] : 1;
    const std::int64_t db = from_end <= b.rank() ? b[b.rank() - from_end] : 1;
    if (da != db && da != 1 && db != 1)
      return base::fail(base::ErrorKind::kInvalid, "shapes {} and {} do not broadcast", a.to_string(), b.to_string());
    dims[static_cast<std::size_t>(axis)] = da == 1 ? db : da;
  }
  return Shape::create(std::span(dims).first(static_cast<std::size_t>(rank)));
}

}  // namespace hedge::tensor
