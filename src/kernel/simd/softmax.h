// Softmax over the last axis. Long rows pass vector by vector; of short ones, which classifiers of a few classes have
// by the thousand, as many as fit lie side by side in one vector, and a row's lanes meet by rotations within the row.
// The order of a row's sum is one for vectors of every length, so the bits are the same on every machine: rows of up to
// eight columns add theirs in turn, beginning with the column itself; longer ones add sixteen neighbours by halves
// (what is missing counts as 0), one such sum after the other. kernel/scalar/softmax_f32_scalar.cc says it plainly.
// A row with a NaN or +infinity, or of -infinity alone, is NaN in all its columns; no other row is touched by it.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/simd/unroll.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Range;
using hedge::kernel::Slice;
using hedge::kernel::SoftmaxArgs;
using hedge::kernel::SoftmaxParams;

/// kWidth / kColumns rows in each vector.
template <int kColumns>
inline void softmax_side_by_side(const SoftmaxArgs& args, Range rows) {
  constexpr int64_t kStep = Vec::kWidth / kColumns * kColumns;
  Vec::Lanes rotated[kColumns];
  for (int by = 1; by < kColumns; ++by) {
    int32_t from[Vec::kWidth];
    for (int lane = 0; lane < Vec::kWidth; ++lane)
      from[lane] = lane < kStep ? lane / kColumns * kColumns + (lane + by) % kColumns : lane;
    rotated[by] = Vec::lanes(from);
  }
  for (int64_t k = rows.begin * kColumns, end = rows.end * kColumns; k < end; k += kStep) {
    const int64_t lanes = end - k < kStep ? end - k : kStep;
    const T x = Vec::load_some(args.x + k, lanes);
    T highest = x;
    HEDGE_UNROLL
    for (int by = 1; by < kColumns; ++by) highest = Vec::max(highest, Vec::from_lanes(x, rotated[by]));
    const T value = vec_exp_unclamped(Vec::sub(x, highest));
    T sum = value;
    HEDGE_UNROLL
    for (int by = 1; by < kColumns; ++by) sum = Vec::add(sum, Vec::from_lanes(value, rotated[by]));
    Vec::store_some(args.y + k, Vec::mul(value, Vec::div(Vec::set(1.0f), sum)), lanes);
  }
}

/// Rows that fill more than half a vector and at most one.
inline void softmax_of_vectors(const SoftmaxArgs& args, int64_t columns, Range rows) {
  float numbers[Vec::kWidth];
  for (int lane = 0; lane < Vec::kWidth; ++lane) numbers[lane] = static_cast<float>(lane);
  const T lane = Vec::load(numbers), end = Vec::set(static_cast<float>(columns));
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const T x = Vec::load_some(args.x + row * columns, columns);
    const float highest = Vec::largest(Vec::select_less(lane, end, x, Vec::set(-__builtin_inff())));
    T value = vec_exp_unclamped(Vec::sub(x, Vec::set(highest)));
    value = Vec::select_less(lane, end, value, Vec::zero());
    Vec::store_some(args.y + row * columns, Vec::mul(value, Vec::set(1 / Vec::sum(value))), columns);
  }
}

inline constexpr int64_t kNeighbours = 16;

/// Of kNeighbours values in kNeighbours / kWidth vectors, which are used up.
inline float sum_of_neighbours(T* values) {
  for (int64_t count = kNeighbours / Vec::kWidth / 2; count > 0; count /= 2)
    for (int64_t k = 0; k < count; ++k) values[k] = Vec::add(values[k], values[k + count]);
  return Vec::sum(values[0]);
}

/// A row of at least one vector.
inline void softmax_row(const float* x, float* y, int64_t columns) {
  T best = Vec::load(x);
  int64_t k = Vec::kWidth;
  for (; k + Vec::kWidth <= columns; k += Vec::kWidth) best = Vec::max(best, Vec::load(x + k));
  float highest = Vec::largest(best);
  for (; k < columns; ++k) highest = x[k] > highest ? x[k] : highest;
  float sum = 0;
  for (k = 0; k < columns; k += kNeighbours) {
    T values[kNeighbours / Vec::kWidth];
    HEDGE_UNROLL
    for (int64_t part = 0; part < kNeighbours / Vec::kWidth; ++part) {
      const int64_t at = k + part * Vec::kWidth, lanes = columns - at;
      values[part] = Vec::zero();
      if (lanes <= 0) continue;
      const T value = vec_exp_unclamped(Vec::sub(Vec::load_some(x + at, lanes), Vec::set(highest)));
      Vec::store_some(y + at, value, lanes);
      values[part] = lanes >= Vec::kWidth ? value : Vec::load_some(y + at, lanes);
    }
    sum += sum_of_neighbours(values);
  }
  const T scale = Vec::set(1 / sum);
  for (k = 0; k < columns; k += Vec::kWidth)
    Vec::store_some(y + k, Vec::mul(Vec::load_some(y + k, columns - k), scale), columns - k);
}

inline void softmax(const SoftmaxParams& p, const SoftmaxArgs& args, Slice slice) {
  const Range rows = share(p.rows, slice);
  switch (p.columns) {
    case 1: return softmax_side_by_side<1>(args, rows);
    case 2: return softmax_side_by_side<2>(args, rows);
    case 3: return softmax_side_by_side<3>(args, rows);
    case 4: return softmax_side_by_side<4>(args, rows);
    case 5: return softmax_side_by_side<5>(args, rows);
    case 6: return softmax_side_by_side<6>(args, rows);
    case 7: return softmax_side_by_side<7>(args, rows);
    case 8: return softmax_side_by_side<8>(args, rows);
    default: break;
  }
  if (p.columns <= Vec::kWidth) return softmax_of_vectors(args, p.columns, rows);
  for (int64_t row = rows.begin; row < rows.end; ++row)
    softmax_row(args.x + row * p.columns, args.y + row * p.columns, p.columns);
}

}  // namespace
