// Two rows of a picture resampled along x and along y in 16-bit integers, normalised, and written as bytes: for weights
// that are eighths. A value is at most 8 * 8 * 255 in 64ths, and as a float exactly what the floats' way has there.
// Written on Words: half a vector's bytes as sums of two bytes each. Bound: for each of them a selection and a product
// for each row, two products along y, and what a vector of floats costs on its way to bytes, twice.
#pragma once

#include "kernel/simd/picture_bytes.h"

namespace {

/// Words [k, k + kCount) of the row, in 64ths.
inline Words::T eighths_at(const hedge::kernel::EighthsParams& p, const hedge::kernel::EighthsArgs& args,
                           int64_t vector, Words::T above, Words::T below) {
  const hedge::kernel::EighthsVector& of = p.vectors[vector];
  const Words::T upper = Words::multiply(Words::along(args.upper, of), above);
  if (args.weight == 0) return upper;
  return Words::add(upper, Words::multiply(Words::along(args.lower, of), below));
}

inline void eighths(const hedge::kernel::EighthsParams& p, const hedge::kernel::EighthsArgs& args,
                    hedge::kernel::Slice slice) {
  static_assert(2 * Words::kCount == Ints::kBytes);
  const int64_t elements = 3 * p.sample.pixels;
  const hedge::kernel::Range mine = hedge::kernel::share(elements, slice, kPictureStep);
  const BlendParams& blend = p.blend;
  as_bytes(blend, [&]<bool kNormalises, bool kDivides>() {
    const PictureBytes<kDivides> bytes(blend);
    const Words::T above = Words::set(static_cast<int16_t>(8 - args.weight)),
                   below = Words::set(static_cast<int16_t>(args.weight));
    const Vec::T unit = Vec::set(1.0f / 64);
    int64_t channel = mine.begin % 3;
    for (int64_t k = mine.begin; k < mine.end; k += Ints::kBytes) {
      Ints::T wide[4];
      const int64_t vector = k / Words::kCount;
      Words::widen(eighths_at(p, args, vector, above, below), wide);
      // The last vector may be the row's last.
      if (k + Words::kCount < elements)
        Words::widen(eighths_at(p, args, vector + 1, above, below), wide + 2);
      else
        wide[2] = wide[3] = Ints::set(0);
      HEDGE_UNROLL
      for (int q = 0; q < 4; ++q) {
        const Vec::T v = Vec::mul(Ints::to_floats(wide[q]), unit);
        wide[q] = bytes.steps(normalised<kNormalises>(blend, v, channel + q * Vec::kWidth));
      }
      Ints::store_some_bytes(args.y + k, bytes.pack(wide), mine.end - k);
      channel = (channel + Ints::kBytes) % 3;
    }
  });
}

}  // namespace
