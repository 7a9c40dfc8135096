// Spells out a movement of bytes for the kernels that carry it out (params.h). Whoever moves describes grids of equal
// blocks, each byte of a block with its source; here grids become blocks as large as the vectors like them, and blocks
// become chunks of a vector, each with the few windows of the sources from which its bytes come.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel/isa.h"
#include "kernel/params.h"

namespace hedge::kernel {

/// Where one byte of a block comes from.
struct ShuffleByte {
  std::int32_t source;
  std::int64_t offset;
};

struct ShuffleGrid {
  std::vector<ShuffleAxis> axes;   ///< the innermost last; may be more than kShuffleAxes until they are merged
  std::vector<ShuffleByte> block;  ///< at least one byte
  std::int64_t y_offset = 0;
  std::array<std::int64_t, kShuffleSources> x_offset{};
};

/// Without axes of size 1, neighbours merged that step as one.
void merge_axes(ShuffleGrid& grid);

/// The vector for which a kernel with these needs wants its plan, in bytes.
std::int64_t shuffle_width(IsaSet needs);

/// A block's bytes that one window of 16 gives, on average: where they are few, transposing tiles is better.
double bytes_per_window(const ShuffleGrid& grid);

struct ShufflePlan {
  std::vector<ShufflePart> parts;
  std::vector<ShuffleChunk> chunks;
  std::vector<ShuffleWindow> windows;

  ShufflePlan(const std::vector<ShuffleGrid>& grids, std::int64_t width);
  ShufflePlan(const ShufflePlan&) = delete;  // parts point into it
};

}  // namespace hedge::kernel
