// A row of a BGR picture resampled along x by windows: a lane of four floats is an output pixel (its fourth is
// nothing), so that neighbours may look at sources far from each other. Written on Lanes: a vector's pixels.
// Bound: for a group of four taps a load and an insertion a pixel, then for each tap of the vector a selection, two
// conversions of place and type, a product and a sum.
#pragma once

#include "kernel/picture_params.h"
#include "kernel/simd/unroll.h"
#include "kernel/slice.h"

namespace {

inline void smooth(const hedge::kernel::SmoothParams& p, const hedge::kernel::SampleArgs& args,
                   hedge::kernel::Slice slice) {
  const hedge::kernel::Range mine = hedge::kernel::share((p.pixels + 3) / 4, slice, hedge::kernel::kPictureStep);
  for (int64_t k = mine.begin; k < mine.end; ++k) {
    const hedge::kernel::SmoothVector& vector = p.vectors[k];
    for (int first = 0; first < 4; first += Lanes::kPixels) {
      const Lanes lanes(vector, first);
      const float* weights = p.packed_weights + k * 16 * p.groups;
      Vec::T sum = Vec::zero();
      for (int64_t group = 0; group < p.groups; ++group, weights += 16) {
        const Lanes::Bytes bytes = lanes.load(args.x + 12 * group);
        HEDGE_UNROLL
        for (int tap = 0; tap < 4; ++tap)
          sum = Vec::add(sum, Vec::mul(lanes.weights(weights + 4 * tap), lanes.pixels(bytes, tap)));
      }
      // Four floats more than three a pixel: the next pixels' place.
      Vec::store(args.y + 12 * k + 3 * first, Vec::from_lanes(sum, lanes.closed_up()));
    }
  }
}

}  // namespace
