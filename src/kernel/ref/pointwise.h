// Plain twins of the kernels that pass once over memory.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernel/activation.h"
#include "kernel/params.h"
#include "kernel/ref/exact.h"

namespace hedge::kernel::ref {

/// `pixel` counts over [N, OH, OW]. A maximum over nothing is the lowest float, an average over nothing 0.
inline Exact pool(const PoolParams& p, const PoolArgs& args, std::int64_t pixel, std::int64_t channel) {
  const std::int64_t ow = pixel % p.out_w, oh = pixel / p.out_w % p.out_h, n = pixel / (p.out_w * p.out_h);
  Exact sum;
  float highest = std::numeric_limits<float>::lowest();
  std::int64_t count = 0;
  for (std::int64_t kh = 0; kh < p.kernel_h; ++kh)
    for (std::int64_t kw = 0; kw < p.kernel_w; ++kw) {
      const std::int64_t h = oh * p.stride_h - p.pad_top + kh * p.dilation_h;
      const std::int64_t w = ow * p.stride_w - p.pad_left + kw * p.dilation_w;
      const bool inside = h >= 0 && h < p.in_h && w >= 0 && w < p.in_w;
      // Pads count where they are told to; what lies even beyond the pads (ceil_mode) never does.
      if (inside || (p.count_include_pad && h < p.in_h + p.pad_bottom && w < p.in_w + p.pad_right)) ++count;
      if (!inside) continue;
      const float x = args.x[((n * p.in_h + h) * p.in_w + w) * p.channels + channel];
      sum.add(x);
      highest = std::max(highest, x);
    }
  if (!p.average) return {highest, 0};
  const double divisor = static_cast<double>(std::max<std::int64_t>(count, 1));
  return {sum.value / divisor, sum.magnitude / divisor};
}

inline Exact unary(const UnaryParams& p, const UnaryArgs& args, std::int64_t index) {
  const float x = args.x[index];
  const auto value = [&]() -> double {
    switch (p.function) {
      case Unary::kExp: return std::exp(double{x});
      case Unary::kSqrt: return std::sqrt(x);
      case Unary::kNeg: return -x;
      case Unary::kAbs: return std::abs(x);
      case Unary::kActivation: break;
    }
    return apply(p.epilogue.activation, x, p.epilogue.alpha, p.epilogue.beta);
  }();
  return {value, std::abs(value)};
}

/// `index` counts over [outer, middle, inner].
inline Exact binary(const BinaryParams& p, const BinaryArgs& args, std::int64_t index) {
  const std::int64_t inner = index % p.inner, middle = index / p.inner % p.middle, outer = index / (p.inner * p.middle);
  const float a = args.a[outer * p.a_outer + middle * p.a_middle + inner * p.a_inner];
  const float b = args.b[outer * p.b_outer + middle * p.b_middle + inner * p.b_inner];
  switch (p.function) {
    case Binary::kAdd: return {a + b, 0};
    case Binary::kSub: return {a - b, 0};
    case Binary::kMul: return {a * b, 0};
    case Binary::kDiv: return {a / b, 0};
    case Binary::kMin: return {std::min(a, b), 0};
    case Binary::kMax: return {std::max(a, b), 0};
  }
  return {};
}

inline Exact resize(const ResizeParams& p, const ResizeArgs& args, std::int64_t pixel, std::int64_t channel) {
  const ResizeTap& column = p.columns[pixel % p.out_w];
  const ResizeTap& row = p.rows[pixel / p.out_w % p.out_h];
  const std::int64_t n = pixel / (p.out_w * p.out_h);
  Exact sum;
  for (const auto& [h, wh] : {std::pair{row.first, 1.0 - row.weight}, std::pair{row.second, double{row.weight}}})
    for (const auto& [w, ww] :
         {std::pair{column.first, 1.0 - column.weight}, std::pair{column.second, double{column.weight}}})
      sum.add(wh * ww * args.x[((n * p.in_h + h) * p.in_w + w) * p.channels + channel]);
  return sum;
}

inline Exact softmax(const SoftmaxParams& p, const SoftmaxArgs& args, std::int64_t row, std::int64_t column) {
  const float* x = args.x + row * p.columns;
  const double highest = *std::max_element(x, x + p.columns);
  double sum = 0;
  for (std::int64_t k = 0; k < p.columns; ++k) sum += std::exp(x[k] - highest);
  const double value = std::exp(x[column] - highest) / sum;
  return {value, value};
}

}  // namespace hedge::kernel::ref
