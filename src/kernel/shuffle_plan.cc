#include "kernel/shuffle_plan.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace hedge::kernel {
namespace {

constexpr std::int64_t kBlockBytes = 512;  ///< what blocks grow to
constexpr std::uint8_t kNotHere = 0x80;

std::int64_t size_of(const ShuffleGrid& grid) { return static_cast<std::int64_t>(grid.block.size()); }

/// Vectors that would be mostly empty: more than a quarter of their bytes.
bool wastes(std::int64_t bytes, std::int64_t width) {
  const std::int64_t whole = (bytes + width - 1) / width * width;
  return 4 * (whole - bytes) > whole;
}

/// `count` steps along the innermost axis become part of the block.
void absorb(ShuffleGrid& grid, const ShuffleAxis& axis, std::int64_t count) {
  const std::size_t bytes = grid.block.size();
  for (std::int64_t step = 1; step < count; ++step)
    for (std::size_t k = 0; k < bytes; ++k) {
      const ShuffleByte byte = grid.block[k];
      grid.block.push_back({byte.source, byte.offset + step * axis.x_stride[byte.source]});
    }
}

/// Grids with blocks that fill vectors well: two where an axis does not divide.
void grow(ShuffleGrid grid, std::int64_t width, std::vector<ShuffleGrid>& grown) {
  while (!grid.axes.empty() && wastes(size_of(grid), width)) {
    const ShuffleAxis axis = grid.axes.back();
    if (axis.y_stride != size_of(grid)) break;  // what follows does not touch it
    std::int64_t count = std::max<std::int64_t>(kBlockBytes / size_of(grid), 1);
    const std::int64_t even = width / std::gcd(width, size_of(grid));
    if (count >= even) count -= count % even;
    if (count >= axis.size) {
      grid.axes.pop_back();
      absorb(grid, axis, axis.size);
      continue;
    }
    if (const std::int64_t rest = axis.size % count; rest > 0) {
      ShuffleGrid last = grid;
      const std::int64_t done = axis.size - rest;
      last.axes.pop_back();
      last.y_offset += done * axis.y_stride;
      for (std::size_t k = 0; k < kShuffleSources; ++k) last.x_offset[k] += done * axis.x_stride[k];
      absorb(last, axis, rest);
      grown.push_back(std::move(last));
    }
    absorb(grid, axis, count);
    ShuffleAxis& left = grid.axes.back();
    left.size /= count;
    left.y_stride *= count;
    for (std::int64_t& stride : left.x_stride) stride *= count;
    break;
  }
  merge_axes(grid);
  grown.push_back(std::move(grid));
}

/// Appends the windows of one chunk.
int add_windows(const ShuffleGrid& grid, const ShuffleChunk& chunk, std::int64_t width,
                std::vector<ShuffleWindow>& windows) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(chunk.size));
  std::iota(order.begin(), order.end(), 0);
  const auto byte = [&](std::int64_t k) { return grid.block[static_cast<std::size_t>(chunk.offset + k)]; };
  std::ranges::sort(order, {}, [&](std::int64_t k) { return std::tuple(byte(k).source, byte(k).offset, k); });
  int count = 0;
  for (const std::int64_t k : order) {
    const ShuffleByte from = byte(k);
    if (count == 0 || windows.back().source != from.source || from.offset - windows.back().offset >= width) {
      windows.push_back({.index = {}, .taken = 0, .offset = from.offset, .size = 0, .source = from.source});
      std::fill(std::begin(windows.back().index), std::end(windows.back().index), kNotHere);
      ++count;
    }
    ShuffleWindow& window = windows.back();
    window.index[k] = static_cast<std::uint8_t>(from.offset - window.offset);
    window.taken |= std::uint64_t{1} << k;
    window.size = from.offset - window.offset + 1;
  }
  return count;
}

}  // namespace

void merge_axes(ShuffleGrid& grid) {
  std::vector<ShuffleAxis> merged;
  for (const ShuffleAxis& axis : grid.axes) {
    if (axis.size == 1) continue;
    if (!merged.empty()) {
      ShuffleAxis& before = merged.back();
      bool follows = before.y_stride == axis.size * axis.y_stride;
      for (std::size_t k = 0; k < kShuffleSources; ++k) follows &= before.x_stride[k] == axis.size * axis.x_stride[k];
      if (follows) {
        const std::int64_t size = before.size * axis.size;
        before = axis;
        before.size = size;
        continue;
      }
    }
    merged.push_back(axis);
  }
  grid.axes = std::move(merged);
}

std::int64_t shuffle_width(IsaSet needs) { return needs.has(Isa::kAvx512Vbmi) ? 64 : 16; }

double bytes_per_window(const ShuffleGrid& grid) {
  constexpr std::int64_t kWidth = 16;
  std::vector<ShuffleGrid> grown;
  grow(grid, kWidth, grown);
  const ShuffleGrid& main = grown.back();
  std::vector<ShuffleWindow> windows;
  const std::int64_t bytes = std::min(size_of(main), 4 * kWidth);
  for (std::int64_t at = 0; at < bytes; at += kWidth)
    add_windows(main, {.offset = at, .size = std::min(kWidth, bytes - at), .windows = 0}, kWidth, windows);
  return static_cast<double>(bytes) / static_cast<double>(windows.size());
}

ShufflePlan::ShufflePlan(const std::vector<ShuffleGrid>& grids, std::int64_t width) {
  std::vector<ShuffleGrid> grown;
  for (const ShuffleGrid& grid : grids) grow(grid, width, grown);
  std::vector<std::pair<std::size_t, std::size_t>> begins;  // of each part's chunks and windows
  for (const ShuffleGrid& grid : grown) {
    HEDGE_CHECK(grid.axes.size() <= kShuffleAxes && !grid.block.empty());
    ShufflePart part{};
    std::ranges::copy(grid.axes, part.axes);
    part.axis_count = static_cast<std::int32_t>(grid.axes.size());
    part.y_offset = grid.y_offset;
    std::ranges::copy(grid.x_offset, part.x_offset);
    begins.emplace_back(chunks.size(), windows.size());
    const std::int64_t bytes = size_of(grid);
    for (std::int64_t at = 0; at < bytes; at += width) {
      // The last one starts earlier, so that it is whole too: it repeats bytes of its own block.
      const std::int64_t offset = std::max<std::int64_t>(std::min(at, bytes - width), 0);
      ShuffleChunk chunk{.offset = offset, .size = std::min(width, bytes - offset), .windows = 0};
      chunk.windows = add_windows(grid, chunk, width, windows);
      chunks.push_back(chunk);
      ++part.chunk_count;
    }
    parts.push_back(part);
  }
  for (std::size_t k = 0; k < parts.size(); ++k) {
    parts[k].chunks = chunks.data() + begins[k].first;
    parts[k].windows = windows.data() + begins[k].second;
  }
}

}  // namespace hedge::kernel
