// Rows of floats summed by weights: what antialiasing does along y.
#pragma once

#include "kernel/picture_params.h"
#include "kernel/simd/unroll.h"
#include "kernel/slice.h"

namespace {

/// Vectors side by side, so that the sums of several rows run at once.
inline void weigh_rows(const hedge::kernel::WeighRowsParams& p, const hedge::kernel::WeighRowsArgs& args,
                       hedge::kernel::Slice slice) {
  constexpr int kSide = hedge::kernel::kPictureStep / Vec::kWidth;
  const hedge::kernel::Range mine = hedge::kernel::share(p.floats, slice, hedge::kernel::kPictureStep);
  for (int64_t k = mine.begin; k < mine.end; k += hedge::kernel::kPictureStep) {
    Vec::T sum[kSide];
    for (int i = 0; i < kSide; ++i) sum[i] = Vec::zero();
    for (int64_t j = 0; j < args.rows; ++j) {
      const Vec::T weight = Vec::set(args.weights[j]);
      const float* x = args.x + j * p.pitch + k;
      HEDGE_UNROLL
      for (int i = 0; i < kSide; ++i) sum[i] = Vec::add(sum[i], Vec::mul(weight, Vec::load(x + i * Vec::kWidth)));
    }
    HEDGE_UNROLL
    for (int i = 0; i < kSide; ++i) Vec::store(args.y + k + i * Vec::kWidth, sum[i]);
  }
}

}  // namespace
