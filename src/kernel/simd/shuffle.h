// Moves bytes as a plan says (kernel/shuffle_plan.h).
#pragma once

#include "kernel/params.h"
#include "kernel/simd/unroll.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::ShuffleAxis;
using hedge::kernel::ShufflePart;
using hedge::kernel::Slice;

using hedge::kernel::kShuffleSources;
using hedge::kernel::ShuffleChunk;
using hedge::kernel::ShuffleWindow;

/// Where a block lies in y and in every source, and the grid's position.
struct ShufflePlace {
  uint8_t* y;
  const uint8_t* x[kShuffleSources];
  int64_t position[hedge::kernel::kShuffleAxes];

  void move(const ShuffleAxis& axis, int64_t steps) {
    y += steps * axis.y_stride;
    for (int k = 0; k < kShuffleSources; ++k) x[k] += steps * axis.x_stride[k];
  }
  /// To block `index` of the grid, from its corner.
  void go_to(const ShufflePart& part, int64_t index) {
    for (int axis = part.axis_count - 1; axis >= 0; --axis) {
      position[axis] = index % part.axes[axis].size;
      move(part.axes[axis], position[axis]);
      index /= part.axes[axis].size;
    }
  }
  /// `steps` along the innermost axis, at most to its end.
  void advance(const ShufflePart& part, int64_t steps) {
    for (int axis = part.axis_count - 1; axis >= 0; --axis) {
      move(part.axes[axis], steps);
      if ((position[axis] += steps) < part.axes[axis].size) return;
      move(part.axes[axis], -part.axes[axis].size);
      position[axis] = 0;
      steps = 1;
    }
  }
};

using ShuffleEnds = const uint8_t* const (&)[kShuffleSources];

/// One chunk of `rows` blocks along the innermost axis: its windows stay in registers.
template <int kWindows>
inline void shuffle_rows(const ShuffleChunk& chunk, const ShuffleWindow* window, const ShuffleAxis& axis,
                         const ShufflePlace& place, ShuffleEnds ends, int64_t rows) {
  Shuffler::Window taken[kWindows];
  const uint8_t *x[kWindows], *end[kWindows];
  int64_t stride[kWindows];
  HEDGE_UNROLL
  for (int k = 0; k < kWindows; ++k) {
    taken[k] = Shuffler::window(window[k]);
    x[k] = place.x[window[k].source] + window[k].offset;
    end[k] = ends[window[k].source];
    stride[k] = axis.x_stride[window[k].source];
  }
  uint8_t* y = place.y + chunk.offset;
  for (int64_t row = 0; row < rows; ++row, y += axis.y_stride) {
    Shuffler::T bytes = Shuffler::take(taken[0], x[0], end[0]);
    x[0] += stride[0];
    HEDGE_UNROLL
    for (int k = 1; k < kWindows; ++k) {
      bytes = Shuffler::both(bytes, Shuffler::take(taken[k], x[k], end[k]));
      x[k] += stride[k];
    }
    Shuffler::store(y, bytes, chunk.size);
  }
}

/// The same with any number of windows.
inline void shuffle_rows_of_many(const ShuffleChunk& chunk, const ShuffleWindow* window, const ShuffleAxis& axis,
                                 const ShufflePlace& place, ShuffleEnds ends, int64_t rows) {
  for (int64_t row = 0; row < rows; ++row) {
    const auto take = [&](const ShuffleWindow& from) {
      const uint8_t* x = place.x[from.source] + from.offset + row * axis.x_stride[from.source];
      return Shuffler::take(Shuffler::window(from), x, ends[from.source]);
    };
    Shuffler::T bytes = take(window[0]);
    for (int k = 1; k < chunk.windows; ++k) bytes = Shuffler::both(bytes, take(window[k]));
    Shuffler::store(place.y + chunk.offset + row * axis.y_stride, bytes, chunk.size);
  }
}

inline void shuffle_blocks(const ShufflePart& part, const ShuffleAxis& axis, const ShufflePlace& place,
                           ShuffleEnds ends, int64_t rows) {
  const ShuffleWindow* window = part.windows;
  for (int k = 0; k < part.chunk_count; ++k) {
    const ShuffleChunk& chunk = part.chunks[k];
    switch (chunk.windows) {
      case 1: shuffle_rows<1>(chunk, window, axis, place, ends, rows); break;
      case 2: shuffle_rows<2>(chunk, window, axis, place, ends, rows); break;
      case 3: shuffle_rows<3>(chunk, window, axis, place, ends, rows); break;
      case 4: shuffle_rows<4>(chunk, window, axis, place, ends, rows); break;
      default: shuffle_rows_of_many(chunk, window, axis, place, ends, rows);
    }
    window += chunk.windows;
  }
}

inline void shuffle(const hedge::kernel::ShuffleParams& p, const hedge::kernel::ShuffleArgs& args, Slice slice) {
  const uint8_t* ends[hedge::kernel::kShuffleSources];
  const uint8_t* corners[hedge::kernel::kShuffleSources];
  for (int k = 0; k < hedge::kernel::kShuffleSources; ++k) {
    corners[k] = k == hedge::kernel::kShuffleFill ? p.fill : args.x[k];
    ends[k] = corners[k] + p.x_size[k];
  }
  for (int64_t index = 0; index < p.part_count; ++index) {
    const ShufflePart& part = p.parts[index];
    int64_t blocks = 1;
    for (int axis = 0; axis < part.axis_count; ++axis) blocks *= part.axes[axis].size;
    const auto range = share(blocks, slice);
    if (range.begin >= range.end) continue;
    ShufflePlace place;
    place.y = args.y + part.y_offset;
    for (int k = 0; k < hedge::kernel::kShuffleSources; ++k) place.x[k] = corners[k] + part.x_offset[k];
    place.go_to(part, range.begin);
    // As many blocks at a time as stay in the first-level cache while all their chunks pass.
    constexpr int64_t kRowsMax = 64;
    const ShuffleAxis none = {};
    const ShuffleAxis& axis = part.axis_count > 0 ? part.axes[part.axis_count - 1] : none;
    for (int64_t block = range.begin; block < range.end;) {
      int64_t rows = part.axis_count > 0 ? axis.size - place.position[part.axis_count - 1] : 1;
      if (rows > range.end - block) rows = range.end - block;
      if (rows > kRowsMax) rows = kRowsMax;
      shuffle_blocks(part, axis, place, ends, rows);
      place.advance(part, rows);
      block += rows;
    }
  }
}

}  // namespace
