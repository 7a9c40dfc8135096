// The last steps of every integer kernel: clamp, round to the nearest, add the zero point, pack.
#pragma once

#include "kernel/simd/unroll.h"

namespace {

using T = Vec::T;

/// zero + round(clamp(v, low - zero, high - zero)) of four vectors, to bytes in interleaved order.
inline __attribute__((always_inline)) Ints::Bytes to_bytes(const T (&v)[4], int32_t zero, int32_t low, int32_t high) {
  const T highest = Vec::set(static_cast<float>(high - zero));
  Ints::T sum[4];
  // The clamp from above comes before the conversion, which knows only one way out of range: down.
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) sum[q] = Ints::round(Vec::min(v[q], highest));
  return Ints::pack(sum, zero, low);
}

}  // namespace
