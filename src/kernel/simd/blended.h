// The arithmetic of two rows of a picture blended along y and normalised, a vector at a time.
#pragma once

#include "kernel/picture_params.h"
#include "kernel/simd/unroll.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::BlendArgs;
using hedge::kernel::BlendParams;
using hedge::kernel::kPictureStep;

/// Elements whose means and scales begin at `pattern`.
template <bool kNormalises>
inline Vec::T normalised(const BlendParams& p, Vec::T v, int64_t pattern) {
  if (!kNormalises) return v;
  return Vec::mul(Vec::sub(v, Vec::load(p.mean + pattern)), Vec::load(p.scale + pattern));
}

/// The first `count` elements from element `k` of the row on.
template <bool kNormalises>
inline Vec::T blended(const BlendParams& p, const BlendArgs& args, Vec::T weight, int64_t k, int64_t pattern,
                      int64_t count = Vec::kWidth) {
  const Vec::T upper = Vec::load_some(args.upper + k, count), lower = Vec::load_some(args.lower + k, count);
  return normalised<kNormalises>(p, Vec::add(upper, Vec::mul(Vec::sub(lower, upper), weight)), pattern);
}

}  // namespace
