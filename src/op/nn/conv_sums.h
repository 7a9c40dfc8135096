// The order in which Conv's reference adds its products. Float sums depend on it, and in a quantized model a value on
// the border between two integers then rounds to the other one, which grows from layer to layer. So that QDQ models
// answer as they do in ONNX Runtime with its optimizations off, f32 sums follow its CPU kernels (MLAS; the order was
// found by comparing its outputs bit by bit): depth in blocks, each a chain of fused multiply-adds, blocks added up,
// bias last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace hedge::op {

/// Products of one output plane, one weight tap at a time.
template <class T>
class ConvSums {
 public:
  /// `memory`: elements(plane) values. `filters`: output channels of a group.
  ConvSums(std::span<T> memory, std::int64_t depth, std::int64_t filters)
      : total_(memory.first(memory.size() / 2)), part_(memory.last(memory.size() / 2)), depth_(depth) {
    const auto plane = static_cast<std::int64_t>(total_.size());
    single_ = filters == 1;
    block_ = single_ ? 4 : block_of(depth, plane);
  }
  static std::size_t elements(std::size_t plane) { return 2 * plane; }

  void begin() {
    std::ranges::fill(total_, T{});
    std::ranges::fill(part_, T{});
    tap_ = 0;
  }
  /// out[i] += weight * x[i * step] over a run of `count` elements that begins at `at`.
  void add_run(T weight, const T* x, std::int64_t step, std::int64_t at, std::int64_t count) {
    T* out = part_.data() + at;
    if (single_)
      for (std::int64_t i = 0; i < count; ++i) out[i] += weight * x[i * step];
    else if (step == 1)
      for (std::int64_t i = 0; i < count; ++i) out[i] = fused(weight, x[i], out[i]);
    else
      for (std::int64_t i = 0; i < count; ++i) out[i] = fused(weight, x[i * step], out[i]);
  }
  void end_tap() {
    ++tap_;
    const bool single_rest = single_ && tap_ > depth_ / block_ * block_;
    if (tap_ % block_ != 0 && tap_ != depth_ && !single_rest) return;
    for (std::size_t i = 0; i < total_.size(); ++i) total_[i] += part_[i];
    std::ranges::fill(part_, T{});
  }
  std::span<const T> total() const { return total_; }

 private:
  /// A fused multiply-add: a product of two floats is exact in double.
  static T fused(T a, T b, T c) {
    return static_cast<T>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c));
  }
  /// MLAS packs blocks of 128 x 128, reshaped so that the product keeps its size.
  static std::int64_t block_of(std::int64_t depth, std::int64_t plane) {
    std::int64_t columns = 128, block = 128;
    if (plane >= depth)
      while (block / 2 >= depth && block > 1) block /= 2;
    else
      while (columns > 16 && columns / 2 >= plane) columns /= 2, block *= 2;
    return block;
  }

  std::span<T> total_, part_;
  std::int64_t depth_, block_ = 1, tap_ = 0;
  bool single_ = false;
};

}  // namespace hedge::op
