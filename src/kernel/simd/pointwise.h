// Kernels that pass once over memory: elementwise functions, pooling, resizing.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/simd/window_taps.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Slice;

inline T apply_unary(const hedge::kernel::UnaryParams& p, T x) {
  switch (p.function) {
    case hedge::kernel::Unary::kExp: return vec_exp_unclamped(x);
    case hedge::kernel::Unary::kSqrt: return Vec::sqrt(x);
    case hedge::kernel::Unary::kNeg: return Vec::sub(Vec::zero(), x);
    case hedge::kernel::Unary::kAbs: return Vec::abs(x);
    default: return activate(p.epilogue, x);
  }
}

inline void unary(const hedge::kernel::UnaryParams& p, const hedge::kernel::UnaryArgs& args, Slice slice) {
  const auto range = share(p.elements, slice, 64);
  int64_t k = range.begin;
  for (; k + Vec::kWidth <= range.end; k += Vec::kWidth) Vec::store(args.y + k, apply_unary(p, Vec::load(args.x + k)));
  if (k < range.end)
    Vec::store_some(args.y + k, apply_unary(p, Vec::load_some(args.x + k, range.end - k)), range.end - k);
}

template <hedge::kernel::Binary kFunction>
inline T apply_binary(T a, T b) {
  using hedge::kernel::Binary;
  if constexpr (kFunction == Binary::kAdd) return Vec::add(a, b);
  if constexpr (kFunction == Binary::kSub) return Vec::sub(a, b);
  if constexpr (kFunction == Binary::kMul) return Vec::mul(a, b);
  if constexpr (kFunction == Binary::kDiv) return Vec::div(a, b);
  if constexpr (kFunction == Binary::kMin) return Vec::min(a, b);
  return Vec::max(a, b);
}

template <hedge::kernel::Binary kFunction>
inline void binary_rows(const hedge::kernel::BinaryParams& p, const hedge::kernel::BinaryArgs& args, Slice slice) {
  const auto operand = [](const float* line, int64_t stride, int64_t k, int64_t lanes) {
    return stride == 0 ? Vec::set(*line) : Vec::load_some(line + k, lanes);
  };
  // One long row is shared by elements, many rows by rows.
  const int64_t rows = p.outer * p.middle;
  const bool by_elements = rows < slice.count;
  const auto row_range = by_elements ? hedge::kernel::Range{0, rows} : share(rows, slice);
  const auto range = by_elements ? share(p.inner, slice, 64) : hedge::kernel::Range{0, p.inner};
  for (int64_t row = row_range.begin; row < row_range.end; ++row) {
    const int64_t o = row / p.middle, m = row % p.middle;
    const float* a = args.a + o * p.a_outer + m * p.a_middle;
    const float* b = args.b + o * p.b_outer + m * p.b_middle;
    float* y = args.y + row * p.inner;
    for (int64_t k = range.begin; k < range.end; k += Vec::kWidth) {
      const int64_t lanes = range.end - k;
      Vec::store_some(y + k, apply_binary<kFunction>(operand(a, p.a_inner, k, lanes), operand(b, p.b_inner, k, lanes)),
                      lanes);
    }
  }
}

inline void binary(const hedge::kernel::BinaryParams& p, const hedge::kernel::BinaryArgs& args, Slice slice) {
  using hedge::kernel::Binary;
  switch (p.function) {
    case Binary::kAdd: return binary_rows<Binary::kAdd>(p, args, slice);
    case Binary::kSub: return binary_rows<Binary::kSub>(p, args, slice);
    case Binary::kMul: return binary_rows<Binary::kMul>(p, args, slice);
    case Binary::kDiv: return binary_rows<Binary::kDiv>(p, args, slice);
    case Binary::kMin: return binary_rows<Binary::kMin>(p, args, slice);
    case Binary::kMax: return binary_rows<Binary::kMax>(p, args, slice);
  }
}

/// Asks for what the next row of outputs reads first, below the window of this one: images as large as those of a first
/// pool lie in the third-level cache, and the processor's own prefetching ends with every page.
inline void prefetch_below(const hedge::kernel::PoolParams& p, const float* image, int64_t top, int64_t left) {
  constexpr int64_t kLine = 16;
  const int64_t begin = left < 0 ? 0 : left, floats = p.stride_w * p.channels;
  for (int64_t k = 0; k < p.stride_h; ++k) {
    const int64_t h = top + p.kernel_h + k;
    if (h < 0 || h >= p.in_h || begin + p.stride_w > p.in_w) continue;
    const float* line = image + (h * p.in_w + begin) * p.channels;
    for (int64_t at = 0; at < floats; at += kLine) __builtin_prefetch(line + at, 0, 2);
  }
}

inline void pool(const hedge::kernel::PoolParams& p, const hedge::kernel::PoolArgs& args, Slice slice) {
  const auto rows = share(p.batch * p.out_h, slice);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const int64_t n = row / p.out_h, top = row % p.out_h * p.stride_h - p.pad_top;
    const auto [kh0, kh1] = taps_inside(top, p.in_h, p.kernel_h, p.dilation_h);
    for (int64_t ow = 0; ow < p.out_w; ++ow) {
      const int64_t left = ow * p.stride_w - p.pad_left;
      const auto [kw0, kw1] = taps_inside(left, p.in_w, p.kernel_w, p.dilation_w);
      int64_t count = kh1 > kh0 && kw1 > kw0 ? (kh1 - kh0) * (kw1 - kw0) : 0;
      if (p.average && p.count_include_pad)
        count = taps_before(top, p.in_h + p.pad_bottom, p.kernel_h, p.dilation_h) *
                taps_before(left, p.in_w + p.pad_right, p.kernel_w, p.dilation_w);
      prefetch_below(p, args.x + n * p.in_h * p.in_w * p.channels, top, left);
      const T divisor = Vec::set(static_cast<float>(count > 0 ? count : 1));
      for (int64_t c = 0; c < p.channels; c += Vec::kWidth) {
        const int64_t lanes = p.channels - c;
        T value = p.average ? Vec::zero() : Vec::set(-3.402823466e38f);
        for (int64_t kh = kh0; kh < kh1; ++kh)
          for (int64_t kw = kw0; kw < kw1; ++kw) {
            const int64_t h = top + kh * p.dilation_h, w = left + kw * p.dilation_w;
            const T x = Vec::load_some(args.x + ((n * p.in_h + h) * p.in_w + w) * p.channels + c, lanes);
            value = p.average ? Vec::add(value, x) : Vec::max(value, x);
          }
        if (p.average) value = Vec::div(value, divisor);
        Vec::store_some(args.y + (row * p.out_w + ow) * p.channels + c, value, lanes);
      }
    }
  }
}

inline void resize(const hedge::kernel::ResizeParams& p, const hedge::kernel::ResizeArgs& args, Slice slice) {
  const auto rows = share(p.batch * p.out_h, slice);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const auto& tap = p.rows[row % p.out_h];
    const float* image = args.x + row / p.out_h * p.in_h * p.in_w * p.channels;
    const float* upper = image + tap.first * p.in_w * p.channels;
    const float* lower = image + tap.second * p.in_w * p.channels;
    for (int64_t ow = 0; ow < p.out_w; ++ow) {
      const auto& column = p.columns[ow];
      const float *a = upper + column.first * p.channels, *b = upper + column.second * p.channels;
      const float *c = lower + column.first * p.channels, *d = lower + column.second * p.channels;
      float* y = args.y + (row * p.out_w + ow) * p.channels;
      const bool plain = column.weight == 0 && tap.weight == 0;
      for (int64_t k = 0; k < p.channels; k += Vec::kWidth) {
        const int64_t lanes = p.channels - k;
        T value = Vec::load_some(a + k, lanes);
        if (!plain) {
          const T across = Vec::set(column.weight), low_left = Vec::load_some(c + k, lanes);
          const T up = Vec::fma(Vec::sub(Vec::load_some(b + k, lanes), value), across, value);
          const T down = Vec::fma(Vec::sub(Vec::load_some(d + k, lanes), low_left), across, low_left);
          value = Vec::fma(Vec::sub(down, up), Vec::set(tap.weight), up);
        }
        Vec::store_some(y + k, value, lanes);
      }
    }
  }
}

}  // namespace
