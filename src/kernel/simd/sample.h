// A row of a BGR picture resampled along x. Written on Vec, Ints and Source: what a vector's bytes are loaded as, and
// how those that its floats want are widened to integers. Bound: two selections, two conversions and three operations
// on floats for a vector.
#pragma once

#include "kernel/picture_params.h"
#include "kernel/slice.h"

namespace {

inline void sample(const hedge::kernel::SampleParams& p, const hedge::kernel::SampleArgs& args,
                   hedge::kernel::Slice slice) {
  const int64_t vectors = (3 * p.pixels + Vec::kWidth - 1) / Vec::kWidth;
  const hedge::kernel::Range mine = hedge::kernel::share(vectors, slice, hedge::kernel::kPictureStep / Vec::kWidth);
  for (int64_t k = mine.begin; k < mine.end; ++k) {
    const hedge::kernel::SampleVector& vector = p.vectors[k];
    const Source source(args.x, vector);
    const Vec::T left = Ints::to_floats(source.first()), right = Ints::to_floats(source.second());
    const Vec::T step = Vec::mul(Vec::sub(right, left), Vec::load(vector.weight));
    Vec::store(args.y + k * Vec::kWidth, Vec::add(left, step));
  }
}

}  // namespace
