// Two rows of a picture blended along y, normalised, and written as bytes, pixel after pixel.
#pragma once

#include "kernel/simd/picture_bytes.h"

namespace {

inline void blend_bytes(const BlendParams& p, const BlendArgs& args, hedge::kernel::Slice slice) {
  static_assert(kPictureStep % Ints::kBytes == 0);
  const hedge::kernel::Range mine = hedge::kernel::share(p.pixels * p.channels, slice, kPictureStep);
  auto* y = static_cast<uint8_t*>(args.y);
  as_bytes(p, [&]<bool kNormalises, bool kDivides>() {
    const PictureBytes<kDivides> bytes(p);
    const Vec::T weight = Vec::set(args.weight);
    int64_t channel = mine.begin % p.channels;
    for (int64_t k = mine.begin; k < mine.end; k += Ints::kBytes) {
      Ints::T steps[4];
      HEDGE_UNROLL
      for (int q = 0; q < 4; ++q) {
        const int64_t ahead = q * Vec::kWidth;
        steps[q] = bytes.steps(blended<kNormalises>(p, args, weight, k + ahead, channel + ahead));
      }
      Ints::store_some_bytes(y + k, bytes.pack(steps), mine.end - k);
      channel = (channel + Ints::kBytes) % p.channels;
    }
  });
}

}  // namespace
