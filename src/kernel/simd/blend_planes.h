// Two rows of a picture blended along y, normalised, and written as planes of floats. Three vectors of pixels of three
// channels hold each lane of a plane's vector once, for 3 has an inverse modulo a power of two: two selections bring
// them together, one permutation into order.
#pragma once

#include "kernel/simd/blended.h"

namespace {

struct PlaneLanes {
  float is_mine[3][3][Vec::kWidth];  ///< [channel][vector][lane]: 1 where the lane is the channel's, else 0
  int32_t from[3][Vec::kWidth];      ///< [channel]: where its pixels are once they are together

  constexpr PlaneLanes() : is_mine{}, from{} {
    for (int c = 0; c < 3; ++c)
      for (int k = 0; k < Vec::kWidth; ++k) {
        from[c][k] = static_cast<int32_t>((3 * k + c) % Vec::kWidth);
        for (int j = 0; j < 3; ++j) is_mine[c][j][k] = (j * Vec::kWidth + k) % 3 == c ? 1 : 0;
      }
  }
};
constexpr PlaneLanes kPlaneLanes;

/// Pixels [x, x + count), at most a vector of them.
template <bool kNormalises>
inline void pixels_to_planes(const BlendParams& p, const BlendArgs& args, Vec::T weight, int64_t x, int64_t count) {
  Vec::T v[3];
  HEDGE_UNROLL
  for (int j = 0; j < 3; ++j) {
    const int64_t k = 3 * x + j * Vec::kWidth, left = 3 * count - j * Vec::kWidth;
    v[j] = blended<kNormalises>(p, args, weight, k, j * Vec::kWidth, left < 0 ? 0 : left);
  }
  auto* y = static_cast<float*>(args.y) + x;
  const Vec::T half = Vec::set(0.5f);
  HEDGE_UNROLL
  for (int c = 0; c < 3; ++c) {
    const auto& is_mine = kPlaneLanes.is_mine[c];
    const Vec::T two = Vec::select_less(half, Vec::load(is_mine[1]), v[1], v[0]);
    const Vec::T all = Vec::select_less(half, Vec::load(is_mine[2]), v[2], two);
    Vec::store_some(y + c * p.channel_stride, Vec::from_lanes(all, Vec::lanes(kPlaneLanes.from[c])), count);
  }
}

template <bool kNormalises>
inline void blend_planes_as(const BlendParams& p, const BlendArgs& args, hedge::kernel::Range mine) {
  const Vec::T weight = Vec::set(args.weight);
  int64_t x = mine.begin;
  if (p.channels == 3) {
    for (; x + Vec::kWidth <= mine.end; x += Vec::kWidth)
      pixels_to_planes<kNormalises>(p, args, weight, x, Vec::kWidth);
    if (x < mine.end) pixels_to_planes<kNormalises>(p, args, weight, x, mine.end - x);
    return;
  }
  for (; x < mine.end; x += Vec::kWidth) {
    const int64_t left = mine.end - x < Vec::kWidth ? mine.end - x : Vec::kWidth;
    Vec::store_some(static_cast<float*>(args.y) + x, blended<kNormalises>(p, args, weight, x, 0, left), left);
  }
}

inline void blend_planes(const BlendParams& p, const BlendArgs& args, hedge::kernel::Slice slice) {
  const hedge::kernel::Range mine = hedge::kernel::share(p.pixels, slice, kPictureStep);
  p.normalises ? blend_planes_as<true>(p, args, mine) : blend_planes_as<false>(p, args, mine);
}

}  // namespace
