// Depthwise 3x3 with stride 1 or 2, the usual filters, along output rows: a column of input lines is loaded and
// interleaved once and serves every output that sees it. With stride 1 four lines make two output rows: the weights of
// the lower one are the upper one's, moved down by a tap.
//
// Register plan (AVX-512, stride 1, one pixel a vector): two outputs of two rows are 16 sums, made one quarter of the
// channels after the other; their 16 vectors of columns die as the sums come to life. Weights are read from memory,
// once for two outputs.
#pragma once

#include "kernel/simd/qdepthwise_block.h"

namespace {

inline bool slides(const QConvParams& p) {
  return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == p.stride_w && p.stride_w <= 2 && p.dilation_h == 1 &&
         p.dilation_w == 1;
}

/// The input lines of one output row, or of two.
struct SlideLines {
  const uint8_t* at[4];  ///< column 0 of each: of pads where outside the image
  const uint8_t* pads;
  int64_t pixel;  ///< the (upper) row's first output pixel
  bool both;      ///< there is a lower row

  /// The lower row alone.
  SlideLines lower(const QConvParams& p) const { return {{at[1], at[2], at[3]}, pads, pixel + p.out_w, false}; }
};

/// Columns are loaded as vectors of kPixels pixels that lie kStride columns apart. Tap kw of the outputs is phase
/// kw % kStride of the columns, kw / kStride pixels further on.
template <int kPixels, int kStride>
struct SlideColumns {
  static constexpr int kGroups = Dots::kSlideGroups;  ///< vectors of outputs at a time
  static constexpr int further(int phase) { return (2 - phase) / kStride; }
  /// Vectors that stay for the next outputs.
  static constexpr int kept(int phase) { return kPixels == 1 || further(phase) == 0 ? further(phase) : 1; }

  Dots::Quads x[kStride][kGroups + 2][4];

  /// The vectors of a phase, from input column `column` on: those that the first outputs share with no others, ...
  template <int kPhase, class Input>
  __attribute__((always_inline)) void begin(const Input& input, int64_t column) {
    if constexpr (kept(kPhase) > 0) input.load(column + kPhase, x[kPhase][0]);
    if constexpr (kept(kPhase) > 1) input.load(column + kPixels * kStride + kPhase, x[kPhase][1]);
  }
  /// ... those that the next outputs need besides, ...
  template <int kPhase, class Input>
  __attribute__((always_inline)) void load(const Input& input, int64_t column) {
    constexpr int kFirst = kept(kPhase), kStep = kPixels * kStride;
    input.load(column + kFirst * kStep + kPhase, x[kPhase][kFirst]);
    if constexpr (kGroups == 2) input.load(column + (kFirst + 1) * kStep + kPhase, x[kPhase][kFirst + 1]);
  }
  /// ... and those that stay.
  template <int kPhase>
  __attribute__((always_inline)) void keep() {
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) {
      if constexpr (kept(kPhase) > 0) x[kPhase][0][q] = x[kPhase][kGroups][q];
      if constexpr (kept(kPhase) > 1) x[kPhase][1][q] = x[kPhase][kGroups + 1][q];
    }
  }

  template <int kTap>
  __attribute__((always_inline)) Dots::Quads tap(int group, int q) const {
    constexpr int kPhase = kTap % kStride, kFurther = kTap / kStride;
    if constexpr (kFurther % kPixels == 0)
      return x[kPhase][group + kFurther / kPixels][q];
    else
      return Dots::further<kPixels, kFurther>(x[kPhase][group][q], x[kPhase][group + 1][q]);
  }
};

/// What the inner loop would otherwise read again after each store of bytes, which may alias everything.
template <int kPixels, int kStride, int kRows, bool kWhole>
struct SlideInput {
  static constexpr int kLines = kRows == 2 ? 4 : 3;
  const uint8_t* line[kLines];
  const uint8_t* pads;
  int64_t pitch, columns;
  Ints::Some partial;
  bool one_load;  ///< a vector's pixels follow one another

  SlideInput(const QConvParams& p, const SlideLines& lines, const Block& block)
      : pads(lines.pads + block.channel), pitch(p.x_pitch), columns(p.in_w), partial(block.some) {
    HEDGE_UNROLL
    for (int k = 0; k < kLines; ++k) line[k] = lines.at[k] + block.channel;
    one_load = kPixels > 1 && kStride == 1 && pitch == block.lanes && pitch == Ints::kBytes / kPixels;
  }

  /// The vector of columns that begins with `column`.
  __attribute__((always_inline)) void load(int64_t column, Dots::Quads (&x)[4]) const {
    const Ints::Some some = kWhole ? Ints::some(Ints::kBytes / kPixels) : partial;
    Ints::Bytes rows[4];
    if (column >= 0 && column + (kPixels - 1) * kStride < columns) [[likely]] {
      HEDGE_UNROLL
      for (int k = 0; k < kLines; ++k) {
        const uint8_t* at[kPixels];
        HEDGE_UNROLL
        for (int i = 0; i < kPixels; ++i) at[i] = line[k] + (column + i * kStride) * pitch;
        rows[k] =
            kPixels > 1 && kStride == 1 && one_load ? Ints::load_bytes(at[0]) : Ints::load_pieces<kPixels>(at, some);
      }
    } else {
      HEDGE_UNROLL
      for (int k = 0; k < kLines; ++k) {
        const uint8_t* at[kPixels];
        HEDGE_UNROLL
        for (int i = 0; i < kPixels; ++i) {
          const int64_t c = column + i * kStride;
          at[i] = c >= 0 && c < columns ? line[k] + c * pitch : pads;
        }
        rows[k] = Ints::load_pieces<kPixels>(at, some);
      }
    }
    if (kLines == 3) rows[3] = rows[2];  // weighs nothing
    Dots::interleave(rows, x);
  }
};

/// The weights of a block for each output row, [kw][quarter of the channels].
template <int kRows>
struct SlideWeights {
  Dots::Weights w[kRows][3][4];

  explicit SlideWeights(const Block& block) {
    for (int k = 0; k < 12; ++k) {
      w[0][k / 4][k % 4] = Dots::load_weights(block.weights + k * Dots::kUnitBytes);
      if (kRows == 2) w[kRows - 1][k / 4][k % 4] = Dots::one_tap_down(w[0][k / 4][k % 4]);
    }
  }
};

/// `kKnown`: with_known_way(). `count` rows, or pairs of rows where `kPaired`; the operands of a block stay in
/// registers meanwhile.
template <Way kKnown, int kPixels, int kStride, int kRows, bool kPaired, bool kWhole>
__attribute__((noinline)) void slide_rows(const QConvParams& p, const QConvArgs& args, const Finish& finish,
                                          const Block& block, const SlideWeights<kRows>& weights,
                                          const SlideLines* rows, int64_t count) {
  using Columns = SlideColumns<kPixels, kStride>;
  constexpr int kGroups = Columns::kGroups;
  const auto& w = weights.w;
  Ints::T bias[4];
  T scale[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) bias[q] = block.bias[q], scale[q] = block.scale[q];
  alignas(64) uint8_t waste[Ints::kBytes];
  const Way way = finish.way;
  const int64_t out_w = p.out_w, pad_left = p.pad_left;
  BlockRow<kPixels, kWhole> upper(p, args, finish, block, waste);
  const int64_t passes = kPaired && kRows == 1 ? 2 : 1;  // a pair's rows one after the other, or together
  for (int64_t k = 0; k < count * passes; ++k) {
    const SlideLines& pair = rows[k / passes];
    const bool second = k % passes == 1;
    if (second && !pair.both) continue;
    const SlideLines lines = second ? pair.lower(p) : pair;
    const SlideInput<kPixels, kStride, kRows, kWhole> input(p, lines, block);
    upper.begin(lines.pixel);
    BlockRow<kPixels, kWhole> lower = upper;
    if constexpr (kRows == 2) lower.begin(lines.pixel + out_w);
    const int64_t lower_end = lines.both ? out_w : 0;
    Columns columns;
    columns.template begin<0>(input, -pad_left);
    if constexpr (kStride == 2) columns.template begin<1>(input, -pad_left);
    for (int64_t ow = 0; ow < out_w; ow += kGroups * kPixels) {
      columns.template load<0>(input, ow * kStride - pad_left);
      if constexpr (kStride == 2) columns.template load<1>(input, ow * kStride - pad_left);
      T sum[kRows][kGroups][4];
      HEDGE_UNROLL
      for (int q = 0; q < 4; ++q) {
        HEDGE_UNROLL
        for (int r = 0; r < kRows; ++r) {
          HEDGE_UNROLL
          for (int g = 0; g < kGroups; ++g) {
            Ints::T s = Dots::dot(bias[q], columns.template tap<0>(g, q), w[r][0][q]);
            s = Dots::dot(s, columns.template tap<1>(g, q), w[r][1][q]);
            s = Dots::dot(s, columns.template tap<2>(g, q), w[r][2][q]);
            sum[r][g][q] = Vec::mul(Ints::to_floats(s), scale[q]);
          }
        }
      }
      with_known_way<kKnown>(way, [&]<Way kWay>() __attribute__((always_inline)) {
        HEDGE_UNROLL
        for (int g = 0; g < kGroups; ++g) {
          upper.template finish<kWay>(sum[0][g], ow + g * kPixels, out_w);
          if constexpr (kRows == 2) lower.template finish<kWay>(sum[1][g], ow + g * kPixels, lower_end);
        }
      });
      columns.template keep<0>();
      if constexpr (kStride == 2) columns.template keep<1>();
    }
  }
}

}  // namespace
