// QuantizeLinear and DequantizeLinear, one scale a tensor.
#pragma once

#include "kernel/simd/byte_rows.h"
#include "kernel/simd/to_bytes.h"

namespace {

inline void quantize(const hedge::kernel::QuantizeParams& p, const hedge::kernel::QuantizeArgs& args, Slice slice) {
  constexpr int64_t kAhead = 512;  // floats: simd/qpixels.h says why
  const auto mine = share(p.elements, slice, 64);
  const ToBytes to = to_bytes_of(p.zero, 0, 255);
  const T scale = Vec::set(p.scale), zero = Vec::zero();
  for (int64_t k = mine.begin; k < mine.end; k += Ints::kBytes) {
    T v[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) {
      const int64_t left = mine.end - k - q * Vec::kWidth;
      __builtin_prefetch(args.x + k + q * Vec::kWidth + kAhead);
      v[q] = Vec::div(Vec::load_some(args.x + k + q * Vec::kWidth, left > 0 ? left : 0), scale);
      // Neither above nor below zero: zero, and so is what is not a number.
      v[q] = Vec::select_less(v[q], zero, v[q], Vec::select_less(zero, v[q], v[q], zero));
    }
    Ints::store_some_bytes(args.y + k, Ints::in_sequence(to_bytes(v, to)), mine.end - k);
  }
}

inline void dequantize(const hedge::kernel::QuantizeParams& p, const hedge::kernel::DequantizeArgs& args, Slice slice) {
  const auto mine = share(p.elements, slice, 64);
  const T scale = Vec::set(p.scale);
  for (int64_t k = mine.begin; k < mine.end; k += Ints::kBytes) {
    Ints::T wide[4];
    Ints::widen(Ints::interleaved(Ints::load_some_bytes(args.x + k, mine.end - k)), wide);
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) {
      const int64_t left = mine.end - k - q * Vec::kWidth;
      const T v = Vec::mul(Ints::to_floats(Ints::sub(wide[q], Ints::set(p.zero))), scale);
      if (left > 0) Vec::store_some(args.y + k + q * Vec::kWidth, v, left);
    }
  }
}

}  // namespace
