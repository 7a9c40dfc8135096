// Resizing of bytes, NHWC: the nearest pixel as it is, or four neighbours blended in floats (docs/int8.md).
#pragma once

#include "kernel/params.h"
#include "kernel/simd/to_bytes.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Slice;

/// The four neighbours of an output pixel: above left, above right, below left, below right.
struct Neighbours {
  const uint8_t *a, *b, *c, *d;
};

/// x as four vectors of floats.
inline void widen_to_floats(const uint8_t* x, int64_t left, T (&v)[4]) {
  Ints::T wide[4];
  Ints::widen(Ints::load_some_bytes(x, left), wide);
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Ints::to_floats(wide[q]);
}

/// left + (right - left) * weight, two roundings after the difference's.
inline void blend(T (&left)[4], const T (&right)[4], T weight) {
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) left[q] = Vec::add(left[q], Vec::mul(Vec::sub(right[q], left[q]), weight));
}

inline void blend_pixel(const Neighbours& from, int64_t channels, T row, T column, T zero, T scale, const ToBytes& to,
                        uint8_t* y) {
  for (int64_t k = 0; k < channels; k += Ints::kBytes) {
    const int64_t left = channels - k;
    T upper[4], lower[4], right[4];
    widen_to_floats(from.a + k, left, upper);
    widen_to_floats(from.b + k, left, right);
    blend(upper, right, column);
    widen_to_floats(from.c + k, left, lower);
    widen_to_floats(from.d + k, left, right);
    blend(lower, right, column);
    blend(upper, lower, row);
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) upper[q] = Vec::mul(Vec::sub(upper[q], zero), scale);
    Ints::store_some_bytes(y + k, to_bytes(upper, to), left);
  }
}

inline void qresize(const hedge::kernel::QResizeParams& p, const hedge::kernel::QResizeArgs& args, Slice slice) {
  const ToBytes to = to_bytes_of(p.y_zero, p.y_low, p.y_high);
  const T zero = Vec::set(static_cast<float>(p.x_zero)), scale = Vec::set(p.scale);
  const auto rows = share(p.batch * p.out_h, slice);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const auto& tap = p.rows[row % p.out_h];
    const uint8_t* image = args.x + row / p.out_h * p.in_h * p.in_w * p.x_pitch;
    const uint8_t* upper = image + tap.first * p.in_w * p.x_pitch;
    const uint8_t* lower = image + tap.second * p.in_w * p.x_pitch;
    uint8_t* y = args.y + row * p.out_w * p.y_pitch;
    for (int64_t ow = 0; ow < p.out_w; ++ow, y += p.y_pitch) {
      const auto& column = p.columns[ow];
      const int64_t first = column.first * p.x_pitch, second = column.second * p.x_pitch;
      if (p.linear) {
        blend_pixel({upper + first, upper + second, lower + first, lower + second}, p.channels, Vec::set(tap.weight),
                    Vec::set(column.weight), zero, scale, to, y);
        continue;
      }
      for (int64_t k = 0; k < p.channels; k += Ints::kBytes)
        Ints::store_some_bytes(y + k, Ints::load_some_bytes(upper + first + k, p.channels - k), p.channels - k);
    }
  }
}

}  // namespace
