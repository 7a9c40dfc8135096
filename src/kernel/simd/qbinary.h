// Sums and products of two tensors of bytes, each with its own scale and zero point.
#pragma once

#include "kernel/simd/byte_rows.h"
#include "kernel/simd/to_bytes.h"

namespace {

using hedge::kernel::QBinary;
using hedge::kernel::QBinaryArgs;
using hedge::kernel::QBinaryParams;

/// A vector of bytes as floats less their zero point, in interleaved order.
inline __attribute__((always_inline)) void centred(Ints::Bytes x, int32_t zero, T (&v)[4]) {
  Ints::T wide[4];
  Ints::widen(x, wide);
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Ints::to_floats(Ints::sub(wide[q], Ints::set(zero)));
}

template <QBinary kFunction>
inline void qbinary_rows(const QBinaryParams& p, const QBinaryArgs& args, Slice slice) {
  const bool one_row = p.rows_per_b == 1 && p.a_pitch == p.columns && p.b_pitch == p.columns && p.y_pitch == p.columns;
  const RowShare mine = share_rows(p.rows, p.columns, one_row, slice);
  const ToBytes to = to_bytes_of(p.y_zero, p.y_low, p.y_high);
  const T a_scale = Vec::set(p.a_scale), b_scale = Vec::set(p.b_scale);
  for (int64_t row = mine.rows.begin; row < mine.rows.end; ++row) {
    const uint8_t *from_a = args.a + row * p.a_pitch, *from_b = args.b + row / p.rows_per_b * p.b_pitch;
    for (int64_t k = mine.columns.begin; k < mine.columns.end; k += Ints::kBytes) {
      const int64_t left = mine.columns.end - k;
      T a[4], b[4], v[4];
      centred(Ints::load_some_bytes(from_a + k, left), p.a_zero, a);
      centred(Ints::load_some_bytes(from_b + k, left), p.b_zero, b);
      HEDGE_UNROLL
      for (int q = 0; q < 4; ++q)
        // The product of two bytes is exact in a float: as good as the integer's conversion.
        v[q] = kFunction == QBinary::kAdd ? Vec::fma(a[q], a_scale, Vec::mul(b[q], b_scale))
                                          : Vec::mul(Vec::mul(a[q], b[q]), a_scale);
      Ints::store_some_bytes(args.y + row * p.y_pitch + k, to_bytes(v, to), left);
    }
  }
}

inline void qbinary(const QBinaryParams& p, const QBinaryArgs& args, Slice slice) {
  if (p.function == QBinary::kAdd) return qbinary_rows<QBinary::kAdd>(p, args, slice);
  qbinary_rows<QBinary::kMul>(p, args, slice);
}

}  // namespace
