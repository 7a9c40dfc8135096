// Movement of bytes: every byte where its grid says, for random grids, and nothing read or written beside them.
#include <vector>

#include <fmt/format.h>

#include "kernel/ref/against_twin.h"
#include "kernel/shuffle_plan.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::FencedBytes;
using ref::pick;

/// What the axes and the block reach in y and in each source.
struct Extents {
  std::int64_t y = 0;
  std::array<std::int64_t, kShuffleSources> x{};
};

Extents extents_of(const ShuffleGrid& grid) {
  Extents reach;
  reach.y = grid.y_offset + static_cast<std::int64_t>(grid.block.size());
  for (const ShuffleByte& byte : grid.block) {
    auto& x = reach.x[static_cast<std::size_t>(byte.source)];
    x = std::max(x, grid.x_offset[static_cast<std::size_t>(byte.source)] + byte.offset + 1);
  }
  for (const ShuffleAxis& axis : grid.axes) {
    reach.y += (axis.size - 1) * axis.y_stride;
    for (std::size_t k = 0; k < kShuffleSources; ++k)
      if (reach.x[k] > 0) reach.x[k] += (axis.size - 1) * axis.x_stride[k];
  }
  return reach;
}

/// The twin: axis by axis, byte by byte.
void move(const ShuffleGrid& grid, std::size_t axis, std::int64_t y_at, std::array<std::int64_t, kShuffleSources> x_at,
          const ShuffleArgs& args, const std::uint8_t* fill, std::vector<int>& y) {
  if (axis == grid.axes.size()) {
    for (std::size_t k = 0; k < grid.block.size(); ++k) {
      const auto [source, offset] = grid.block[k];
      const std::uint8_t* x = source == kShuffleFill ? fill : args.x[source];
      y[static_cast<std::size_t>(y_at) + k] = x[x_at[static_cast<std::size_t>(source)] + offset];
    }
    return;
  }
  for (std::int64_t step = 0; step < grid.axes[axis].size; ++step) {
    move(grid, axis + 1, y_at, x_at, args, fill, y);
    y_at += grid.axes[axis].y_stride;
    for (std::size_t k = 0; k < kShuffleSources; ++k) x_at[k] += grid.axes[axis].x_stride[k];
  }
}

void check(const ShuffleGrid& grid, std::minstd_rand& random, const std::string& what) {
  const Extents reach = extents_of(grid);
  for (const ShuffleKernel& kernel : shuffle_kernels()) {
    if (!detect_isa().contains(kernel.needs)) continue;
    const ShufflePlan plan({grid}, shuffle_width(kernel.needs));
    ShuffleParams p{.parts = plan.parts.data(), .part_count = std::ssize(plan.parts), .x_size = {}, .fill = nullptr};
    for (const auto fence : {ref::Fence::kBefore, ref::Fence::kAfter})
      for (int threads = 1; threads <= 3; ++threads) {
        std::vector<std::unique_ptr<FencedBytes>> sources;
        ShuffleArgs args{};
        for (std::size_t k = 0; k < kShuffleSources; ++k) {
          sources.push_back(std::make_unique<FencedBytes>(reach.x[k], fence));
          sources.back()->randomize(random, 0, 255);
          p.x_size[k] = reach.x[k];
          if (k < kShuffleFill) args.x[k] = sources.back()->data();
        }
        p.fill = sources[kShuffleFill]->data();
        FencedBytes y(reach.y, fence);
        args.y = y.data();
        for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
        ASSERT_TRUE(y.is_intact()) << kernel.name << " " << what << ": wrote outside its output";
        std::vector<int> expected(static_cast<std::size_t>(reach.y), FencedBytes::kCanary);
        move(grid, 0, grid.y_offset, grid.x_offset, args, p.fill, expected);
        for (std::int64_t k = 0; k < reach.y; ++k)
          ASSERT_EQ(y[k], expected[static_cast<std::size_t>(k)]) << kernel.name << " " << what << ": byte " << k;
      }
  }
}

TEST(Shuffle, MovesEveryByteOfRandomGrids) {
  std::minstd_rand random(1);
  for (int round = 0; round < 300 && !testing::Test::HasFatalFailure(); ++round) {
    ShuffleGrid grid;
    const std::int64_t bytes = pick(random, 0, 2) == 0 ? pick(random, 1, 4) : pick(random, 1, 200);
    const std::int64_t sources = pick(random, 1, 4);
    for (std::int64_t k = 0; k < bytes; ++k) {
      const std::int64_t source = pick(random, 0, sources);
      const bool run = k > 0 && pick(random, 0, 3) > 0;  // mostly the byte after the one before
      const ShuffleByte before = k > 0 ? grid.block.back() : ShuffleByte{};
      grid.block.push_back(run ? ShuffleByte{before.source, before.offset + 1}
                               : ShuffleByte{static_cast<std::int32_t>(source == sources ? kShuffleFill : source),
                                             pick(random, 0, 300)});
    }
    std::int64_t y_stride = bytes;
    const std::int64_t axes = pick(random, 0, 3);
    for (std::int64_t k = 0; k < axes; ++k) {
      y_stride += pick(random, 0, 3) == 0 ? pick(random, 1, 40) : 0;
      ShuffleAxis axis{.size = pick(random, 1, k == 0 ? 150 : 5), .y_stride = y_stride, .x_stride = {}};
      for (std::int64_t& stride : axis.x_stride) stride = pick(random, 0, 3) == 0 ? 0 : pick(random, 1, 70);
      grid.axes.insert(grid.axes.begin(), axis);
      y_stride *= axis.size;
    }
    grid.y_offset = pick(random, 0, 9);
    for (std::int64_t& offset : grid.x_offset) offset = pick(random, 0, 9);
    if (pick(random, 0, 1) == 0) merge_axes(grid);
    check(grid, random, fmt::format("round {}", round));
  }
}

TEST(Shuffle, InterleavesPlanes) {
  std::minstd_rand random(2);
  for (const std::int64_t planes : {2, 3, 4})
    for (const std::int64_t pixels : {1, 5, 16, 63, 64, 127, 1000})
      for (const std::int64_t bytes : {1, 4}) {
        ShuffleGrid grid;
        grid.axes = {{.size = pixels, .y_stride = planes * bytes, .x_stride = {bytes}},
                     {.size = planes, .y_stride = bytes, .x_stride = {pixels * bytes}},
                     {.size = bytes, .y_stride = 1, .x_stride = {1}}};
        grid.block = {{0, 0}};
        EXPECT_GT(bytes_per_window(grid), pixels < 5 ? 0.9 : 3.0);
        check(grid, random, fmt::format("{} planes of {}", planes, pixels));
      }
}

TEST(Shuffle, TellsScatteredBytesFromNearOnes) {
  ShuffleGrid grid;
  grid.axes = {{.size = 100, .y_stride = 80, .x_stride = {1}}, {.size = 80, .y_stride = 1, .x_stride = {100}}};
  grid.block = {{0, 0}};
  EXPECT_LT(bytes_per_window(grid), 1.1);
}

}  // namespace
}  // namespace hedge::kernel
