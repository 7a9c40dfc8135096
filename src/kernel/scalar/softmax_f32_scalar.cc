// Softmax over the last axis, one float at a time: for machines without vectors. The order of the sums is that of the
// vectors (kernel/simd/softmax.h), so the bits are too.
#include "kernel/scalar/vec.h"
// The vector type comes first: the functions are written on it.
#include "kernel/simd/functions.h"
#include "kernel/slice.h"

namespace hedge::kernel {
namespace {

constexpr int64_t kColumnsInTurn = 8, kNeighbours = 16;

/// Each column's sum begins with its own value.
void divide_in_turn(float* y, int64_t columns) {
  float values[kColumnsInTurn];
  for (int64_t k = 0; k < columns; ++k) values[k] = y[k];
  for (int64_t k = 0; k < columns; ++k) {
    float sum = values[k];
    for (int64_t by = 1; by < columns; ++by) sum += values[(k + by) % columns];
    y[k] = values[k] * (1.0f / sum);
  }
}

float sum_by_halves(const float* values, int64_t count) {
  float sums[kNeighbours] = {};
  for (int64_t k = 0; k < count; ++k) sums[k] = values[k];
  for (int64_t half = kNeighbours / 2; half > 0; half /= 2)
    for (int64_t k = 0; k < half; ++k) sums[k] += sums[k + half];
  return sums[0];
}

void softmax_row(const float* x, float* y, int64_t columns) {
  float highest = x[0];
  for (int64_t k = 1; k < columns; ++k) highest = Vec::max(highest, x[k]);
  for (int64_t k = 0; k < columns; ++k) y[k] = vec_exp_unclamped(x[k] - highest);
  if (columns <= kColumnsInTurn) return divide_in_turn(y, columns);
  float sum = 0;
  for (int64_t k = 0; k < columns; k += kNeighbours)
    sum += sum_by_halves(y + k, columns - k < kNeighbours ? columns - k : kNeighbours);
  const float scale = 1 / sum;
  for (int64_t k = 0; k < columns; ++k) y[k] *= scale;
}

}  // namespace

void softmax_f32_scalar(const SoftmaxParams& params, const SoftmaxArgs& args, Slice slice);
void softmax_f32_scalar(const SoftmaxParams& params, const SoftmaxArgs& args, Slice slice) {
  const auto rows = share(params.rows, slice);
  for (int64_t row = rows.begin; row < rows.end; ++row)
    softmax_row(args.x + row * params.columns, args.y + row * params.columns, params.columns);
}

}  // namespace hedge::kernel
