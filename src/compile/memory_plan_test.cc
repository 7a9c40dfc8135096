#include "compile/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace hedge::compile {
namespace {

bool overlap(std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

TEST(MemoryPlan, BlocksThatLiveTogetherNeverShareBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<MemoryBlock> blocks;
    for (std::uint32_t k = random() % 40; k > 0; --k) {
      const int first = static_cast<int>(random() % 30);
      blocks.push_back({.first_step = first,
                        .last_step = first + static_cast<int>(random() % 10),
                        .size_bytes = 64 * (1 + random() % 50)});
    }
    const std::uint64_t size = plan_memory(blocks);
    std::uint64_t sum = 0, most = 0;
    for (std::size_t a = 0; a < blocks.size(); ++a) {
      EXPECT_LE(blocks[a].offset + blocks[a].size_bytes, size);
      EXPECT_EQ(blocks[a].offset % 64, 0u);
      sum += blocks[a].size_bytes;
      for (std::size_t b = 0; b < a; ++b)
        if (blocks[a].first_step <= blocks[b].last_step && blocks[b].first_step <= blocks[a].last_step)
          EXPECT_FALSE(overlap(blocks[a].offset, blocks[a].size_bytes, blocks[b].offset, blocks[b].size_bytes));
    }
    for (int step = 0; step < 40; ++step) {
      std::uint64_t alive = 0;
      for (const MemoryBlock& block : blocks)
        if (block.first_step <= step && step <= block.last_step) alive += block.size_bytes;
      most = std::max(most, alive);
    }
    EXPECT_GE(size, most);
    EXPECT_LE(size, sum);
    EXPECT_LE(size, most + most / 2);  // far from a plan that reuses nothing
  }
}

TEST(MemoryPlan, AChainNeedsTwoBlocks) {
  std::vector<MemoryBlock> blocks;
  for (int step = 0; step < 50; ++step)
    blocks.push_back({.first_step = step, .last_step = step + 1, .size_bytes = 128});
  EXPECT_EQ(plan_memory(blocks), 256u);
}

TEST(MemoryPlan, Nothing) {
  std::vector<MemoryBlock> blocks;
  EXPECT_EQ(plan_memory(blocks), 0u);
}

}  // namespace
}  // namespace hedge::compile
