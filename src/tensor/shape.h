// A static shape: up to eight non-negative dimensions, stored inline so that it never allocates.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "base/check.h"
#include "base/result.h"

namespace hedge::tensor {

inline constexpr int kRankMax = 8;  ///< largest rank of ONNX's own node tests is 7
/// The largest tensor accepted anywhere (1 GiB of f32): bounds memory on hostile files. VGG-16 has 1.4e8 weights.
inline constexpr std::int64_t kTensorElementsMax = std::int64_t{1} << 28;

class Shape {
 public:
  Shape() = default;  ///< rank 0: a scalar
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims) {
    HEDGE_CHECK(dims.size() <= kRankMax);
    for (const std::int64_t dim : dims) push_back(dim);
  }
  /// The border check: rank, negative dims and the number of elements within limits.
  static base::Result<Shape> create(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return dims_[index(axis)]; }
  std::int64_t& operator[](int axis) { return dims_[index(axis)]; }
  void push_back(std::int64_t dim) {
    HEDGE_CHECK(rank_ < kRankMax && dim >= 0);
    dims_[static_cast<std::size_t>(rank_++)] = dim;
  }
  std::span<const std::int64_t> dims() const { return {dims_.data(), static_cast<std::size_t>(rank_)}; }
  const std::int64_t* begin() const { return dims_.data(); }
  const std::int64_t* end() const { return dims_.data() + rank_; }
  std::int64_t elements() const { return elements(0, rank_); }  ///< product of all dims; 1 for a scalar
  std::int64_t elements(int axis_begin, int axis_end) const;    ///< product of dims [begin, end)
  bool operator==(const Shape& other) const;
  std::string to_string() const;  ///< "1x3x224x224", "scalar"

 private:
  std::size_t index(int axis) const {
    HEDGE_CHECK(axis >= 0 && axis < rank_);
    return static_cast<std::size_t>(axis);
  }
  std::array<std::int64_t, kRankMax> dims_{};
  int rank_ = 0;
};

/// Element strides of a dense row-major tensor.
std::array<std::int64_t, kRankMax> row_major_strides(const Shape& shape);

/// Maps an axis in [-rank, rank) to [0, rank); anything else is kInvalid.
base::Result<int> normalize_axis(std::int64_t axis, int rank);

/// NumPy's rule: right-aligned dims that are equal or 1; kInvalid where they are neither.
base::Result<Shape> broadcast(const Shape& a, const Shape& b);

}  // namespace hedge::tensor
