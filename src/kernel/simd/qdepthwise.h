// Depthwise convolution of bytes: bands of output rows, inside them blocks of channels, inside those the rows, so that
// a block's operands are arranged once a band and the band's input stays in the second-level cache.
#pragma once

#include "kernel/simd/qdepthwise_columns.h"
#include "kernel/simd/qdepthwise_slide.h"
#include "kernel/simd/qdepthwise_taps.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Slice;

/// Calls visit(pixels side by side as a constant, first channel, weights) for each block of channels.
template <class Visit>
inline void for_each_block(const QConvParams& p, const int8_t* weights, const Visit& visit) {
  const int64_t block_bytes = hedge::kernel::tap_quads(p) * 4 * Dots::kUnitBytes;
  for (int64_t channel = 0; channel < p.out_c; weights += block_bytes) {
    const int64_t pixels = hedge::kernel::depthwise_pixels(p.out_c - channel, Ints::kLanes);
    switch (pixels) {
      case 1: visit.template operator()<1>(channel, weights); break;
      case 2: visit.template operator()<2>(channel, weights); break;
      default: visit.template operator()<Ints::kLanes>(channel, weights);
    }
    channel += Ints::kBytes / pixels;
  }
}

/// Scratch: [taps of a band][their columns][a line of pads].
inline void qdepthwise_by_taps(const QConvParams& p, const QConvArgs& args, const Finish& finish, Slice slice) {
  constexpr int64_t kBand = hedge::kernel::kDepthwiseBand;
  const int64_t places = hedge::kernel::tap_quads(p) * 4;
  auto** taps = reinterpret_cast<const uint8_t**>(args.scratch);
  auto* columns = reinterpret_cast<int64_t*>(taps + kBand * places);
  auto* pads = reinterpret_cast<uint8_t*>(columns + places);
  __builtin_memset(pads, p.x_zero, static_cast<uint64_t>(p.in_w * p.x_pitch));
  const int64_t reach = p.in_w + p.pad_left - (p.kernel_w - 1) * p.dilation_w - 1;
  const int64_t first = (p.pad_left + p.stride_w - 1) / p.stride_w, last = reach < 0 ? 0 : reach / p.stride_w + 1;
  const auto mine = share(p.batch * p.out_h, slice);
  for (int64_t begin = mine.begin; begin < mine.end; begin += kBand) {
    const int64_t count = mine.end - begin < kBand ? mine.end - begin : kBand;
    TapRow rows[kBand];
    for (int64_t row = 0; row < count; ++row) {
      const int64_t n = (begin + row) / p.out_h, oh = (begin + row) % p.out_h;
      find_taps(p, args.x + n * p.in_h * p.in_w * p.x_pitch, pads, oh, taps + row * places, columns);
      rows[row] = {taps + row * places, columns, pads, (begin + row) * p.out_w, first, last < p.out_w ? last : p.out_w};
    }
    for_each_block(p, args.weights, [&]<int kPixels>(int64_t channel, const int8_t* weights) {
      BlockRoom room;
      const Block block = block_of<kPixels>(p, args, channel, weights, room);
      for (int64_t row = 0; row < count; ++row) tap_row<kPixels>(p, args, finish, block, rows[row], places / 4);
      look_up_block<kPixels>(p, args, finish, block, begin * p.out_w, count);
    });
  }
}

/// Scratch: [lines of a band][a line of pads][arranged weights][the buffer of columns].
template <int kRows>
inline void qdepthwise_by_columns(const QConvParams& p, const QConvArgs& args, const Finish& finish, Slice slice) {
  constexpr int64_t kBand = hedge::kernel::kDepthwiseBand / 2;
  const hedge::kernel::DepthwiseColumns shape = hedge::kernel::depthwise_columns(p);
  const int64_t places = shape.parts * 4;
  auto** lines = reinterpret_cast<const uint8_t**>(args.scratch);
  auto* pads = reinterpret_cast<uint8_t*>(lines + kBand * places);
  auto* weights = reinterpret_cast<int8_t*>(
      (reinterpret_cast<uintptr_t>(pads) + static_cast<uintptr_t>(p.in_w * p.x_pitch) + 63) / 64 * 64);
  auto* buffer = reinterpret_cast<uint8_t*>(weights) + shape.weight_bytes(p);
  __builtin_memset(pads, p.x_zero, static_cast<uint64_t>(p.in_w * p.x_pitch));
  const int64_t steps = (p.out_h + kRows - 1) / kRows;
  const auto mine = share(p.batch * steps, slice);
  for (int64_t begin = mine.begin; begin < mine.end; begin += kBand) {
    const int64_t count = mine.end - begin < kBand ? mine.end - begin : kBand;
    ColumnRows rows[kBand];
    HEDGE_NO_UNROLL
    for (int64_t k = 0; k < count; ++k) {
      const int64_t n = (begin + k) / steps, oh = (begin + k) % steps * kRows;
      const uint8_t** at = lines + k * places;
      for (int64_t line = 0; line < places; ++line) {
        const int64_t h = oh * p.stride_h - p.pad_top + line * p.dilation_h;
        const bool inside = line < p.kernel_h + (kRows - 1) * p.stride_h && h >= 0 && h < p.in_h;
        at[line] = inside ? args.x + (n * p.in_h + h) * p.in_w * p.x_pitch : pads;
      }
      rows[k] = {at, pads, (n * p.out_h + oh) * p.out_w, oh + 1 < p.out_h};
    }
    for_each_block(p, args.weights, [&]<int kPixels>(int64_t channel, const int8_t* packed) {
      BlockRoom room;
      const Block block = block_of<kPixels>(p, args, channel, packed, room);
      arrange_weights<kRows>(p, block, shape.parts, weights);
      const int64_t together = finish.table_after ? 1 : count;
      for (int64_t k = 0; k < count; k += together) {
        with_whole<kPixels>(block, [&]<bool kWhole>() {
          with_commonest_way(finish.way, [&]<Way kKnown>() {
            column_rows<kKnown, kPixels, kRows, kWhole>(p, args, finish, block, rows + k, together, weights, buffer);
          });
        });
        look_up_block<kPixels>(p, args, finish, block, rows[k].pixel, kRows == 2 && rows[k].both ? 2 : 1);
      }
    });
  }
}

/// Scratch: a line of pads. Stride 1 makes output rows in pairs.
template <int kStride>
inline void qdepthwise_by_sliding(const QConvParams& p, const QConvArgs& args, const Finish& finish, Slice slice) {
  constexpr int64_t kBand = hedge::kernel::kDepthwiseBand / 2, kRows = kStride == 1 ? 2 : 1;
  auto* pads = reinterpret_cast<uint8_t*>(args.scratch);
  __builtin_memset(pads, p.x_zero, static_cast<uint64_t>(p.in_w * p.x_pitch));
  const int64_t steps = (p.out_h + kRows - 1) / kRows;
  const auto mine = share(p.batch * steps, slice);
  for (int64_t begin = mine.begin; begin < mine.end; begin += kBand) {
    const int64_t count = mine.end - begin < kBand ? mine.end - begin : kBand;
    SlideLines rows[kBand];
    HEDGE_NO_UNROLL
    for (int64_t k = 0; k < count; ++k) {
      const int64_t n = (begin + k) / steps, oh = (begin + k) % steps * kRows;
      for (int64_t line = 0; line < 4; ++line) {
        const int64_t h = oh * kStride - p.pad_top + line;
        rows[k].at[line] = h >= 0 && h < p.in_h ? args.x + (n * p.in_h + h) * p.in_w * p.x_pitch : pads;
      }
      rows[k].pads = pads;
      rows[k].pixel = (n * p.out_h + oh) * p.out_w;
      rows[k].both = oh + 1 < p.out_h;
    }
    for_each_block(p, args.weights, [&]<int kPixels>(int64_t channel, const int8_t* weights) {
      BlockRoom room;
      const Block block = block_of<kPixels>(p, args, channel, weights, room);
      constexpr int kTogether = kStride == 1 ? Dots::slide_rows(kPixels) : 1;
      const SlideWeights<kTogether> all(block);
      // Bytes that go through a table afterwards do so while they are in the first-level cache.
      const int64_t together = finish.table_after ? 1 : count;
      for (int64_t k = 0; k < count; k += together) {
        with_whole<kPixels>(block, [&]<bool kWhole>() {
          with_commonest_way(finish.way, [&]<Way kKnown>() {
            slide_rows<kKnown, kPixels, kStride, kTogether, kRows == 2, kWhole>(p, args, finish, block, all, rows + k,
                                                                                together);
          });
        });
        look_up_block<kPixels>(p, args, finish, block, rows[k].pixel, kRows == 2 && rows[k].both ? 2 : 1);
      }
    });
  }
}

inline void qdepthwise(const QConvParams& p, const QConvArgs& args, const Table& table, Slice slice) {
  const Finish finish(p, args, table);
  if (slides(p)) {
    if (p.stride_w == 1) return qdepthwise_by_sliding<1>(p, args, finish, slice);
    return qdepthwise_by_sliding<2>(p, args, finish, slice);
  }
  if (hedge::kernel::goes_by_columns(p)) {
    if (hedge::kernel::depthwise_columns(p).two_rows) return qdepthwise_by_columns<2>(p, args, finish, slice);
    return qdepthwise_by_columns<1>(p, args, finish, slice);
  }
  qdepthwise_by_taps(p, args, finish, slice);
}

}  // namespace
