// What depthwise kernels of bytes share. A register holds 16 * kLanes channels of one pixel, or fewer channels of two
// or four neighbouring pixels. Four taps are loaded as rows of bytes and interleaved, so that one instruction
// multiplies and adds all four for every channel; what comes out is in the order that packing to bytes undoes.
#pragma once

#include "kernel/qconv_layout.h"
#include "kernel/simd/qepilogue.h"

namespace {

using hedge::kernel::QConvArgs;
using hedge::kernel::QConvParams;

/// The next channels, with their operands in interleaved order.
struct Block {
  int64_t channel, lanes;  ///< lanes: channels that exist
  Ints::Some some;         ///< of them
  const int8_t* weights;   ///< [quad][4 units]
  Ints::T bias[4];
  T scale[4];
  const float* gain;  ///< four vectors, or null
  Affine affine;      ///< of four vectors, or nulls
  Folded folded;      ///< likewise, for Way::kFolded
};

/// Room for what a block need not have, in interleaved order.
struct BlockRoom {
  alignas(64) T gain[4], sequel_scale[4];
  alignas(64) Ints::T factor[4], shift[4];
  alignas(64) T slope[4], offset[4];
  alignas(64) uint8_t low[Ints::kBytes], high[Ints::kBytes];
};

/// Element 16 l + 4 q + k of `from` (four bytes each) becomes element k of lane l of vector q; lanes repeat for every
/// pixel.
template <int kPixels, class To, class From>
inline void in_interleaved_order(const From* from, int64_t lanes, To* to) {
  constexpr int kOf = Ints::kLanes / kPixels;  // lanes of a pixel
  alignas(64) From all[16 * kOf];
  for (int k = 0; k < 16 * kOf; k += Ints::kWidth)
    Vec::store(reinterpret_cast<float*>(all) + k,
               Vec::load_some(reinterpret_cast<const float*>(from) + k, lanes > k ? lanes - k : 0));
  for (int q = 0; q < 4; ++q) {
    const void* at[Ints::kLanes];
    for (int l = 0; l < Ints::kLanes; ++l) at[l] = all + 16 * (l % kOf) + 4 * q;
    const auto vector = Ints::load_lanes(at);
    __builtin_memcpy(to + q, &vector, sizeof vector);
  }
}

template <int kPixels>
__attribute__((noinline)) Block block_of(const QConvParams& p, const QConvArgs& args, int64_t channel,
                                         const int8_t* weights, BlockRoom& room) {
  constexpr int64_t kChannels = Ints::kBytes / kPixels;
  const int64_t left = p.out_c - channel;
  Block block{.channel = channel,
              .lanes = left < kChannels ? left : kChannels,
              .some = Ints::some(left < kChannels ? left : kChannels),
              .weights = weights,
              .gain = nullptr,
              .affine = {},
              .folded = {}};
  in_interleaved_order<kPixels>(args.bias + channel, block.lanes, block.bias);
  in_interleaved_order<kPixels>(args.scale + channel, block.lanes, block.scale);
  if (args.gain != nullptr) {
    in_interleaved_order<kPixels>(args.gain + channel, block.lanes, room.gain);
    block.gain = reinterpret_cast<const float*>(room.gain);
  }
  if (args.factor != nullptr) {
    in_interleaved_order<kPixels>(args.factor + channel, block.lanes, room.factor);
    in_interleaved_order<kPixels>(args.shift + channel, block.lanes, room.shift);
    in_interleaved_order<kPixels>(args.sequel_scale + channel, block.lanes, room.sequel_scale);
    block.affine = {reinterpret_cast<const int32_t*>(room.factor), reinterpret_cast<const int32_t*>(room.shift),
                    reinterpret_cast<const float*>(room.sequel_scale)};
  }
  if (p.folded.slope != nullptr) {
    in_interleaved_order<kPixels>(p.folded.slope + channel, block.lanes, room.slope);
    in_interleaved_order<kPixels>(p.folded.offset + channel, block.lanes, room.offset);
    repeat_bytes<kPixels>(p.folded.low + channel, block.some, room.low);
    repeat_bytes<kPixels>(p.folded.high + channel, block.some, room.high);
    block.folded = {reinterpret_cast<const float*>(room.slope), reinterpret_cast<const float*>(room.offset), room.low,
                    room.high};
  }
  return block;
}

/// Which channels of a block exist. Where the compiler knows that all do, it leaves out what else would be done; masks
/// cost nothing.
template <int kPixels, bool kWhole>
inline Ints::Some some_of(const Block& block) {
  return kWhole ? Ints::some(Ints::kBytes / kPixels) : block.some;
}
/// Calls visit(whole as a constant).
template <int kPixels, class Visit>
inline void with_whole(const Block& block, const Visit& visit) {
  if constexpr (Ints::kMasks) {
    visit.template operator()<false>();
  } else {
    if (block.lanes == Ints::kBytes / kPixels) return visit.template operator()<true>();
    visit.template operator()<false>();
  }
}

/// Where the block's channels of an output row go. Its members are copies, so that they stay in registers. Pixels that
/// do not exist go to a place that nobody reads, which takes no branch.
template <int kPixels, bool kWhole>
class BlockRow {
 public:
  BlockRow(const QConvParams& p, const QConvArgs& args, const Finish& finish, const Block& block, uint8_t* waste)
      : steps_(finish),
        finish_(&finish),
        y_all_(args.y + block.channel),
        waste_(waste),
        residual_all_(args.residual != nullptr ? args.residual + block.channel : nullptr),
        y_pitch_(p.y_pitch),
        residual_pitch_(p.residual_pitch),
        gain_(block.gain),
        affine_(block.affine),
        folded_(block.folded),
        lanes_(block.lanes),
        some_(some_of<kPixels, kWhole>(block)) {}

  /// The next row begins with output pixel `pixel`.
  __attribute__((always_inline)) void begin(int64_t pixel) {
    y_ = y_all_ + pixel * y_pitch_;
    residual_ = residual_all_ != nullptr ? residual_all_ + pixel * residual_pitch_ : nullptr;
  }

  /// Four vectors of scaled sums, the row's pixels from `at` on, of which those before `end` exist.
  template <Way kWay>
  __attribute__((always_inline)) void finish(const T (&sum)[4], int64_t at, int64_t end) const {
    T v[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = sum[q];
    if constexpr (kWay == Way::kFolded) follow_folded(folded_, [](int q) { return q; }, v);
    if constexpr (kWay != Way::kAny) {
      Ints::Bytes bytes = finish_short<kWay, true>(steps_, v, {});
      if constexpr (kWay == Way::kFolded) bytes = clamp_folded(folded_, 0, bytes);
      uint8_t* to[kPixels];
      HEDGE_UNROLL
      for (int i = 0; i < kPixels; ++i) to[i] = at + i < end ? y_ + (at + i) * y_pitch_ : waste_;
      Ints::store_pieces<kPixels>(to, bytes, kWhole ? Ints::some(Ints::kBytes / kPixels) : some_);
    } else {
      if (at >= end) return;
      alignas(64) float held[4 * Vec::kWidth];
      HEDGE_UNROLL
      for (int q = 0; q < 4; ++q) Vec::store(held + q * Vec::kWidth, v[q]);
      finish_group<kPixels, true>(*finish_,
                                  {.v = held,
                                   .gain = gain_,
                                   .affine = affine_,
                                   .y = y_ + at * y_pitch_,
                                   .y_pitch = y_pitch_,
                                   .residual = residual_ != nullptr ? residual_ + at * residual_pitch_ : nullptr,
                                   .residual_pitch = residual_pitch_,
                                   .count = end - at < kPixels ? end - at : kPixels,
                                   .lanes = lanes_});
    }
  }

 private:
  Short steps_;
  const Finish* finish_;
  uint8_t* y_all_;
  uint8_t* y_ = nullptr;
  uint8_t* waste_;
  const uint8_t* residual_all_;
  const uint8_t* residual_ = nullptr;
  int64_t y_pitch_, residual_pitch_;
  const float* gain_;
  Affine affine_;
  Folded folded_;
  int64_t lanes_;
  Ints::Some some_;
};

/// Calls visit with the way as a constant: a residual counts as anything, since it is rare here. Inside the loops over
/// pixels, since a copy of them for each way would be most of a kernel's code; a processor foresees the branch.
template <class Visit>
inline __attribute__((always_inline)) void with_way(Way way, const Visit& visit) {
  if (way == Way::kRound) return visit.template operator()<Way::kRound>();
  if (way == Way::kClamp) return visit.template operator()<Way::kClamp>();
  if (Table::kMayPass && way == Way::kTable) return visit.template operator()<Way::kTable>();
  if (way != Way::kFolded) [[unlikely]]  // it calls a function; were that likely, nothing would stay in registers
    return visit.template operator()<Way::kAny>();
  visit.template operator()<Way::kFolded>();
}

/// The same where the way may be known to the compiler: `kKnown`, unless that is kAny.
template <Way kKnown, class Visit>
inline __attribute__((always_inline)) void with_known_way(Way way, const Visit& visit) {
  if constexpr (kKnown == Way::kAny)
    with_way(way, visit);
  else
    visit.template operator()<kKnown>();
}
/// Calls visit(known way as a constant): the plainest and commonest way has loops of its own, where registers are many.
template <class Visit>
inline void with_commonest_way(Way way, const Visit& visit) {
  if constexpr (Ints::kMasks)
    if (way == Way::kRound) return visit.template operator()<Way::kRound>();
  visit.template operator()<Way::kAny>();
}

/// The table over the block's channels of `rows` output rows that are written, from `pixel` on.
template <int kPixels>
inline void look_up_block(const QConvParams& p, const QConvArgs& args, const Finish& finish, const Block& block,
                          int64_t pixel, int64_t rows) {
  if (finish.table_after)
    look_up_pixels<kPixels>(finish.table, args.y + pixel * p.y_pitch + block.channel, p.y_pitch, rows * p.out_w,
                            block.lanes);
}

}  // namespace
