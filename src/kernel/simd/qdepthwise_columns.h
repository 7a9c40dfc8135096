// Depthwise convolution of bytes, any filter of three rows or more, in two passes over a piece of an output row (or of
// two rows, where the same quads hold the lines of both). First every column of the input lines is interleaved into
// quads of rows, once, into a buffer in the first-level cache; then every output multiplies the columns that it sees.
// Pixels lie in the buffer as densely as in a register, so that tap kw is nothing but an offset. With a horizontal
// stride the columns are dealt out to as many planes.
#pragma once

#include "kernel/simd/qdepthwise_block.h"

namespace {

/// An output row (or two) and the lines that it sees.
struct ColumnRows {
  const uint8_t* const* lines;  ///< column 0 of each, [parts * 4]: of pads where outside the image
  const uint8_t* pads;
  int64_t pixel;  ///< the (upper) row's first output pixel
  bool both;      ///< there is a lower row
};

/// The buffer: [phase of the stride][quad of rows][quarter of the channels][column].
template <int kPixels>
struct ColumnBuffer {
  static constexpr int64_t kColumnBytes = Dots::kQuadBytes / kPixels;  ///< of a plane
  uint8_t* data;
  int64_t parts, plane_bytes;

  uint8_t* plane(int64_t phase, int64_t part) const { return data + (phase * parts + part) * 4 * plane_bytes; }
};

template <int kPixels>
__attribute__((noinline)) void interleave_columns(const QConvParams& p, const Block& block, const ColumnRows& rows,
                                                  int64_t part, int64_t column, int64_t count, uint8_t* to,
                                                  int64_t plane_bytes) {
  const uint8_t* line[4];
  for (int k = 0; k < 4; ++k) line[k] = rows.lines[part * 4 + k] + block.channel;
  const uint8_t* const pads = rows.pads + block.channel;
  const int64_t step = p.stride_w, pitch = p.x_pitch, columns = p.in_w;
  const Ints::Some some = block.some;
  for (int64_t k = 0; k < count; k += kPixels, column += kPixels * step, to += Dots::kQuadBytes) {
    Ints::Bytes x[4];
    const bool inside = column >= 0 && column + (kPixels - 1) * step < columns;
    HEDGE_UNROLL
    for (int l = 0; l < 4; ++l) {
      const uint8_t* at[kPixels];
      HEDGE_UNROLL
      for (int i = 0; i < kPixels; ++i) {
        const int64_t c = column + i * step;
        at[i] = inside || (c >= 0 && c < columns) ? line[l] + c * pitch : pads;
      }
      x[l] = Ints::load_pieces<kPixels>(at, some);
    }
    Dots::Quads quads[4];
    Dots::interleave(x, quads);
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) Dots::store_quads(to + q * plane_bytes, plane_bytes, quads[q]);
  }
}

/// `weights`: [kw][part][row][quarter], a unit each. kRows output rows of kGroups vectors of pixels at a time; `count`
/// of such rows, the block's operands in registers meanwhile.
template <Way kKnown, int kPixels, int kRows, bool kWhole>
__attribute__((noinline)) void column_rows(const QConvParams& p, const QConvArgs& args, const Finish& finish,
                                           const Block& block, const ColumnRows* all_rows, int64_t count,
                                           const int8_t* weights, uint8_t* data) {
  constexpr int kGroups = Dots::kSlideGroups;
  constexpr int64_t kColumnBytes = ColumnBuffer<kPixels>::kColumnBytes;
  const hedge::kernel::DepthwiseColumns shape = hedge::kernel::depthwise_columns(p);
  const ColumnBuffer<kPixels> buffer{data, shape.parts, shape.columns * (Dots::kUnitBytes / kPixels)};
  Ints::T bias[4];
  T scale[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) bias[q] = block.bias[q], scale[q] = block.scale[q];
  alignas(64) uint8_t waste[Ints::kBytes];
  const Way way = finish.way;
  BlockRow<kPixels, kWhole> upper(p, args, finish, block, waste);
  for (int64_t k = 0; k < count; ++k) {
    const ColumnRows& rows = all_rows[k];
    upper.begin(rows.pixel);
    BlockRow<kPixels, kWhole> lower = upper;
    if constexpr (kRows == 2) lower.begin(rows.pixel + p.out_w);
    for (int64_t begin = 0; begin < p.out_w; begin += shape.out_columns) {
      const int64_t end = begin + shape.out_columns < p.out_w ? begin + shape.out_columns : p.out_w;
      for (int64_t phase = 0; phase < p.stride_w; ++phase)
        for (int64_t part = 0; part < shape.parts; ++part)
          interleave_columns<kPixels>(p, block, rows, part, begin * p.stride_w + phase - p.pad_left,
                                      end - begin + shape.halo, buffer.plane(phase, part), buffer.plane_bytes);
      for (int64_t ow = begin; ow < end; ow += kGroups * kPixels) {
        Ints::T sum[kRows][kGroups][4];
        HEDGE_UNROLL
        for (int at = 0; at < kRows * kGroups * 4; ++at)
          sum[at / (kGroups * 4)][at / 4 % kGroups][at % 4] = bias[at % 4];
        const int8_t* w = weights;
        for (int64_t kw = 0; kw < p.kernel_w; ++kw) {
          const int64_t tap = kw * p.dilation_w, phase = tap % p.stride_w;
          const uint8_t* x = buffer.plane(phase, 0) + (ow - begin + tap / p.stride_w) * kColumnBytes;
          for (int64_t part = 0; part < shape.parts; ++part, x += 4 * buffer.plane_bytes) {
            HEDGE_UNROLL
            for (int q = 0; q < 4; ++q) {
              Dots::Quads quads[kGroups];
              HEDGE_UNROLL
              for (int g = 0; g < kGroups; ++g)
                quads[g] = Dots::load_quads(x + q * buffer.plane_bytes + g * Dots::kQuadBytes, buffer.plane_bytes);
              HEDGE_UNROLL
              for (int r = 0; r < kRows; ++r) {
                const Dots::Weights tap_weights = Dots::load_weights(w + (r * 4 + q) * Dots::kUnitBytes);
                HEDGE_UNROLL
                for (int g = 0; g < kGroups; ++g) sum[r][g][q] = Dots::dot(sum[r][g][q], quads[g], tap_weights);
              }
            }
            w += kRows * 4 * Dots::kUnitBytes;
          }
        }
        T v[kRows][kGroups][4];
        HEDGE_UNROLL
        for (int at = 0; at < kRows * kGroups * 4; ++at)
          v[at / (kGroups * 4)][at / 4 % kGroups][at % 4] =
              Vec::mul(Ints::to_floats(sum[at / (kGroups * 4)][at / 4 % kGroups][at % 4]), scale[at % 4]);
        with_known_way<kKnown>(way, [&]<Way kWay>() __attribute__((always_inline)) {
          HEDGE_UNROLL
          for (int g = 0; g < kGroups; ++g) {
            upper.template finish<kWay>(v[0][g], ow + g * kPixels, end);
            if constexpr (kRows == 2) lower.template finish<kWay>(v[1][g], ow + g * kPixels, rows.both ? end : 0);
          }
        });
      }
    }
  }
}

/// Moves the weights of a column, `parts` quads of one quarter of the channels, down by a tap; `pitch` bytes lie from
/// quad to quad. What is moved out of a quad's last place moves into the next one's first.
inline void move_down(int8_t* column, int64_t parts, int64_t pitch) {
  Dots::Weights before = Dots::no_weights();
  HEDGE_NO_UNROLL
  for (int64_t part = 0; part < parts; ++part, column += pitch) {
    const Dots::Weights quad = Dots::load_weights(column);
    Dots::store_weights(column, Dots::one_tap_down(quad, before));
    before = quad;
  }
}

/// The packed weights of a block, [kw][part][quarter], for one output row or for two: [kw][part][row][quarter]. The
/// lower row's are the upper one's, as many taps further down as it begins lines further down.
template <int kRows>
inline void arrange_weights(const QConvParams& p, const Block& block, int64_t parts, int8_t* to) {
  constexpr int64_t kRow = 4 * Dots::kUnitBytes, kQuad = kRows * kRow;
  for (int64_t quad = 0; quad < p.kernel_w * parts; ++quad)
    for (int64_t q = 0; q < 4; ++q) {
      const Dots::Weights weights = Dots::load_weights(block.weights + (quad * 4 + q) * Dots::kUnitBytes);
      for (int row = 0; row < kRows; ++row)
        Dots::store_weights(to + quad * kQuad + row * kRow + q * Dots::kUnitBytes, weights);
    }
  if (kRows == 1) return;
  for (int64_t kw = 0; kw < p.kernel_w; ++kw)
    for (int64_t q = 0; q < 4; ++q)
      for (int64_t tap = 0; tap < p.stride_h; ++tap)
        move_down(to + kw * parts * kQuad + kRow + q * Dots::kUnitBytes, parts, kQuad);
}

}  // namespace
