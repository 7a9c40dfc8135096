// Two rows of a picture blended along y, normalised, and written as bytes, pixel after pixel.
#pragma once

#include "kernel/simd/blended.h"

namespace {

template <bool kNormalises, bool kDivides>
inline void blend_bytes_as(const BlendParams& p, const BlendArgs& args, hedge::kernel::Range mine) {
  const Vec::T weight = Vec::set(args.weight), step = Vec::set(p.divisor.step);
  const Vec::T high = Vec::set(p.divisor.high), low = Vec::set(p.divisor.low);
  const Ints::Range range = Ints::range(p.zero, 0, 255);
  auto* y = static_cast<uint8_t*>(args.y);
  static_assert(kPictureStep % Ints::kBytes == 0);
  int64_t channel = mine.begin % p.channels;
  for (int64_t k = mine.begin; k < mine.end; k += Ints::kBytes) {
    Ints::T steps[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) {
      const int64_t ahead = q * Vec::kWidth;
      const Vec::T v = blended<kNormalises>(p, args, weight, k + ahead, channel + ahead);
      steps[q] = Ints::round(kDivides ? Vec::div(v, step) : Vec::fma(v, high, Vec::mul(v, low)));
    }
    Ints::store_some_bytes(y + k, Ints::in_sequence(Ints::pack(steps, range)), mine.end - k);
    channel = (channel + Ints::kBytes) % p.channels;
  }
}

inline void blend_bytes(const BlendParams& p, const BlendArgs& args, hedge::kernel::Slice slice) {
  const hedge::kernel::Range mine = hedge::kernel::share(p.pixels * p.channels, slice, kPictureStep);
  if (p.divisor.divides)
    p.normalises ? blend_bytes_as<true, true>(p, args, mine) : blend_bytes_as<false, true>(p, args, mine);
  else
    p.normalises ? blend_bytes_as<true, false>(p, args, mine) : blend_bytes_as<false, false>(p, args, mine);
}

}  // namespace
