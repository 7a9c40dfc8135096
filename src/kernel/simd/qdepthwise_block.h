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
  const int8_t* weights;   ///< [quad][4 units]
  Ints::T bias[4];
  T scale[4];
  const float* gain;  ///< four vectors, or null
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

/// `gain` is room for four vectors.
template <int kPixels>
inline Block block_of(const QConvParams& p, const QConvArgs& args, int64_t channel, const int8_t* weights,
                      T (&gain)[4]) {
  constexpr int64_t kChannels = Ints::kBytes / kPixels;
  const int64_t left = p.out_c - channel;
  Block block{.channel = channel, .lanes = left < kChannels ? left : kChannels, .weights = weights, .gain = nullptr};
  in_interleaved_order<kPixels>(args.bias + channel, block.lanes, block.bias);
  in_interleaved_order<kPixels>(args.scale + channel, block.lanes, block.scale);
  if (args.gain != nullptr) {
    in_interleaved_order<kPixels>(args.gain + channel, block.lanes, gain);
    block.gain = reinterpret_cast<const float*>(gain);
  }
  return block;
}

/// Four vectors of sums: the block's channels of `count` output pixels from `pixel` on.
template <int kPixels>
inline __attribute__((always_inline)) void finish_block(const QConvParams& p, const QConvArgs& args,
                                                        const Finish& finish, const Block& block, int64_t pixel,
                                                        int64_t count, const Ints::T (&sum)[4]) {
  T v[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::mul(Ints::to_floats(sum[q]), block.scale[q]);
  uint8_t* y = args.y + pixel * p.y_pitch + block.channel;
  if (finish.plain) {
    Ints::Bytes bytes = to_bytes(finish.step, v);
    if (finish.table != nullptr) bytes = look_up(finish.table, bytes);
    Ints::store_pieces<kPixels>(y, p.y_pitch, bytes, count, block.lanes);
    return;
  }
  alignas(64) float held[4 * Vec::kWidth];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) Vec::store(held + q * Vec::kWidth, v[q]);
  const int64_t at = pixel * p.residual_pitch + block.channel;
  finish_group<kPixels, true>(finish, {.v = held,
                                       .gain = block.gain,
                                       .y = y,
                                       .y_pitch = p.y_pitch,
                                       .residual = args.residual != nullptr ? args.residual + at : nullptr,
                                       .residual_pitch = p.residual_pitch,
                                       .count = count,
                                       .lanes = block.lanes});
}

}  // namespace
