// Depthwise 3x3 with stride 1, the usual filter: a column of four input rows is loaded and interleaved once, and serves
// three outputs of each of two output rows. The quad of the lower row is the upper one's, moved down by a tap: 24
// products of 16 channels for 12 loads and unpackings' worth of bytes.
#pragma once

#include "kernel/simd/qdepthwise_block.h"

namespace {

inline bool slides(const QConvParams& p) {
  return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == 1 && p.stride_w == 1 && p.dilation_h == 1 &&
         p.dilation_w == 1;
}

/// Two output rows and the four input lines that they see.
struct RowPair {
  const uint8_t* lines[4];  ///< at column 0, pads where outside
  const uint8_t* pads;
  int64_t pixel;  ///< the upper row's first output pixel
  bool both;
};

/// The lines' bytes of kPixels columns from `column` on, interleaved.
template <int kPixels>
inline __attribute__((always_inline)) void load_column(const QConvParams& p, const RowPair& pair, const Block& block,
                                                       int64_t column, Dots::Quads (&x)[4]) {
  Ints::Bytes rows[4];
  const bool inside = column >= 0 && column + kPixels <= p.in_w;
  if (inside) [[likely]] {
    HEDGE_UNROLL
    for (int k = 0; k < 4; ++k) {
      const uint8_t* at[kPixels];
      HEDGE_UNROLL
      for (int i = 0; i < kPixels; ++i) at[i] = pair.lines[k] + (column + i) * p.x_pitch + block.channel;
      rows[k] = Ints::load_pieces<kPixels>(at, block.lanes);
    }
  } else {
    HEDGE_UNROLL
    for (int k = 0; k < 4; ++k) {
      const uint8_t* at[kPixels];
      HEDGE_UNROLL
      for (int i = 0; i < kPixels; ++i)
        at[i] = (column + i >= 0 && column + i < p.in_w ? pair.lines[k] + (column + i) * p.x_pitch : pair.pads) +
                block.channel;
      rows[k] = Ints::load_pieces<kPixels>(at, block.lanes);
    }
  }
  Dots::interleave(rows, x);
}

template <int kPixels>
__attribute__((noinline)) void slide_rows(const QConvParams& p, const QConvArgs& args, const Finish& finish,
                                          const Block& block, const RowPair& pair) {
  Dots::Weights w[2][3][4];
  HEDGE_UNROLL
  for (int k = 0; k < 12; ++k) {
    w[0][k / 4][k % 4] = Dots::load_weights(block.weights + k * Dots::kUnitBytes);
    w[1][k / 4][k % 4] = Dots::one_tap_down(w[0][k / 4][k % 4]);
  }
  Dots::Quads x[3][4];
  int64_t column = -p.pad_left;
  if (kPixels <= 2) load_column<kPixels>(p, pair, block, column, x[0]);
  if (kPixels == 1) load_column<kPixels>(p, pair, block, column + 1, x[1]);
  for (int64_t ow = 0; ow < p.out_w; ow += kPixels, column += kPixels) {
    if (kPixels > 2) load_column<kPixels>(p, pair, block, column, x[0]);
    if (kPixels > 1) load_column<kPixels>(p, pair, block, column + 1, x[1]);
    load_column<kPixels>(p, pair, block, column + 2, x[2]);
    Ints::T sum[2][4];
    HEDGE_UNROLL
    for (int r = 0; r < 2; ++r) {
      HEDGE_UNROLL
      for (int q = 0; q < 4; ++q) sum[r][q] = block.bias[q];
      HEDGE_UNROLL
      for (int kw = 0; kw < 3; ++kw) {
        HEDGE_UNROLL
        for (int q = 0; q < 4; ++q) sum[r][q] = Dots::dot(sum[r][q], x[kw][q], w[r][kw][q]);
      }
    }
    const int64_t count = p.out_w - ow < kPixels ? p.out_w - ow : kPixels;
    finish_block<kPixels>(p, args, finish, block, pair.pixel + ow, count, sum[0]);
    if (pair.both) finish_block<kPixels>(p, args, finish, block, pair.pixel + p.out_w + ow, count, sum[1]);
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) {
      x[0][q] = kPixels == 1 ? x[1][q] : x[2][q];
      x[1][q] = x[2][q];
    }
  }
}

}  // namespace
