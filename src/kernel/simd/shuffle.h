// Moves bytes as a plan says (kernel/shuffle_plan.h).
#pragma once

#include "kernel/params.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::ShuffleAxis;
using hedge::kernel::ShufflePart;
using hedge::kernel::Slice;

/// Where a block lies in y and in every source, and the grid's position.
struct ShufflePlace {
  uint8_t* y;
  const uint8_t* x[hedge::kernel::kShuffleSources];
  int64_t position[hedge::kernel::kShuffleAxes];

  void move(const ShuffleAxis& axis, int64_t steps) {
    y += steps * axis.y_stride;
    for (int k = 0; k < hedge::kernel::kShuffleSources; ++k) x[k] += steps * axis.x_stride[k];
  }
  /// To block `index` of the grid, from its corner.
  void go_to(const ShufflePart& part, int64_t index) {
    for (int axis = part.axis_count - 1; axis >= 0; --axis) {
      position[axis] = index % part.axes[axis].size;
      move(part.axes[axis], position[axis]);
      index /= part.axes[axis].size;
    }
  }
  void next(const ShufflePart& part) {
    for (int axis = part.axis_count - 1; axis >= 0; --axis) {
      move(part.axes[axis], 1);
      if (++position[axis] < part.axes[axis].size) return;
      move(part.axes[axis], -part.axes[axis].size);
      position[axis] = 0;
    }
  }
};

inline void shuffle_block(const ShufflePart& part, const ShufflePlace& place,
                          const uint8_t* const (&ends)[hedge::kernel::kShuffleSources]) {
  const hedge::kernel::ShuffleWindow* window = part.windows;
  for (int chunk = 0; chunk < part.chunk_count; ++chunk) {
    const auto& [offset, size, windows] = part.chunks[chunk];
    Shuffler::T bytes = Shuffler::take(*window, place.x[window->source] + window->offset, ends[window->source]);
    const hedge::kernel::ShuffleWindow* const next = window + windows;
    while (++window < next)
      bytes = Shuffler::both(bytes,
                             Shuffler::take(*window, place.x[window->source] + window->offset, ends[window->source]));
    Shuffler::store(place.y + offset, bytes, size);
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
    for (int64_t block = range.begin; block < range.end; ++block) {
      shuffle_block(part, place, ends);
      place.next(part);
    }
  }
}

}  // namespace
