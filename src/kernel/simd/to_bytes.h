// The last steps of every integer kernel: clamp, round to the nearest, add the zero point, pack.
#pragma once

#include "kernel/simd/unroll.h"

namespace {

using T = Vec::T;

/// Where values become bytes: zero + round(clamp(v, low - zero, high - zero)).
struct ToBytes {
  Ints::Range range;
  T highest;
};
inline ToBytes to_bytes_of(int32_t zero, int32_t low, int32_t high) {
  return {Ints::range(zero, low, high), Vec::set(static_cast<float>(high - zero))};
}

/// Four vectors to bytes in interleaved order. `kInRange`: all lie well within the integers. If not, the clamp from
/// above comes before the conversion, which knows only one way out of range: down. `kWhole`: from a zero point of 0 to
/// all bytes.
template <bool kInRange = false, bool kWhole = false>
inline __attribute__((always_inline)) Ints::Bytes to_bytes(const T (&v)[4], const ToBytes& to) {
  Ints::T sum[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) sum[q] = Ints::round(kInRange ? v[q] : Vec::min(v[q], to.highest));
  return kWhole ? Ints::pack(sum) : Ints::pack(sum, to.range);
}

}  // namespace
