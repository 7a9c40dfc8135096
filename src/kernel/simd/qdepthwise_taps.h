// Depthwise convolution of bytes, any filter at all (few rows, long strides): each quad of taps is loaded anew for each
// output. For an output row the
// pointers to its taps are made once; outputs whose window leaves the image choose them one by one.
#pragma once

#include "kernel/simd/qdepthwise_block.h"

namespace {

/// An output row's taps, [quad][4].
struct TapRow {
  const uint8_t* const* taps;  ///< where each reads for output column 0: maybe before the line
  const int64_t* columns;      ///< the input column of that
  const uint8_t* pads;         ///< a line of x_zero
  int64_t pixel;               ///< the row's first output pixel
  int64_t first, last;         ///< output columns whose windows are inside
};

template <int kPixels, bool kBorder>
inline __attribute__((always_inline)) void tap_sums(const QConvParams& p, const Block& block, const TapRow& row,
                                                    int64_t quads, int64_t ow, Ints::T (&sum)[4]) {
  const int64_t step = p.stride_w * p.x_pitch, offset = ow * step + block.channel;
  for (int64_t quad = 0; quad < quads; ++quad) {
    Ints::Bytes rows[4];
    HEDGE_UNROLL
    for (int k = 0; k < 4; ++k) {
      const uint8_t* at[kPixels];
      HEDGE_UNROLL
      for (int i = 0; i < kPixels; ++i) {
        at[i] = row.taps[quad * 4 + k] + offset + i * step;
        if (!kBorder) continue;
        const int64_t column = row.columns[quad * 4 + k] + (ow + i) * p.stride_w;
        if (column < 0 || column >= p.in_w || ow + i >= p.out_w) at[i] = row.pads + block.channel;
      }
      rows[k] = Ints::load_pieces<kPixels>(at, block.some);
    }
    Dots::Quads x[4];
    Dots::interleave(rows, x);
    const int8_t* w = block.weights + quad * 4 * Dots::kUnitBytes;
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) sum[q] = Dots::dot(sum[q], x[q], Dots::load_weights(w + q * Dots::kUnitBytes));
  }
}

template <int kPixels>
__attribute__((noinline)) void tap_row(const QConvParams& p, const QConvArgs& args, const Finish& finish,
                                       const Block& block, const TapRow& row, int64_t quads) {
  alignas(64) uint8_t waste[Ints::kBytes];
  const Way way = finish.way;
  BlockRow<kPixels, false> out(p, args, finish, block, waste);
  out.begin(row.pixel);
  Ints::T bias[4];
  T scale[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) bias[q] = block.bias[q], scale[q] = block.scale[q];
  for (int64_t ow = 0; ow < p.out_w; ow += kPixels) {
    Ints::T sum[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) sum[q] = bias[q];
    if (ow >= row.first && ow + kPixels <= row.last)
      tap_sums<kPixels, false>(p, block, row, quads, ow, sum);
    else
      tap_sums<kPixels, true>(p, block, row, quads, ow, sum);
    T v[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = Vec::mul(Ints::to_floats(sum[q]), scale[q]);
    with_way(way, [&]<Way kWay>() __attribute__((always_inline)) { out.template finish<kWay>(v, ow, p.out_w); });
  }
}

/// Pointers to the taps of an output row; `lines` is the image's first line.
inline void find_taps(const QConvParams& p, const uint8_t* image, const uint8_t* pads, int64_t oh, const uint8_t** taps,
                      int64_t* columns) {
  const int64_t quads = hedge::kernel::tap_quads(p);
  for (int64_t at = 0; at < quads * 4; ++at) {
    int64_t tap = hedge::kernel::tap_of(p, at / 4, at % 4);
    if (tap < 0) tap = 0;  // weighs nothing
    const int64_t h = oh * p.stride_h - p.pad_top + tap / p.kernel_w * p.dilation_h;
    columns[at] = tap % p.kernel_w * p.dilation_w - p.pad_left;
    taps[at] = (h >= 0 && h < p.in_h ? image + h * p.in_w * p.x_pitch : pads) + columns[at] * p.x_pitch;
  }
}

}  // namespace
