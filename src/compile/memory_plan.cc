#include "compile/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "base/aligned_buffer.h"

namespace hedge::compile {

std::uint64_t plan_memory(std::vector<MemoryBlock>& blocks) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return blocks[a].size_bytes != blocks[b].size_bytes ? blocks[a].size_bytes > blocks[b].size_bytes : a < b;
  });
  std::vector<const MemoryBlock*> placed;  // by offset
  std::uint64_t arena_bytes = 0;
  for (const std::size_t k : order) {
    MemoryBlock& block = blocks[k];
    const std::uint64_t size = base::align_up(block.size_bytes);
    std::uint64_t offset = 0;
    for (const MemoryBlock* other : placed) {
      if (other->last_step < block.first_step || block.last_step < other->first_step) continue;
      if (offset + size <= other->offset) break;  // fits into the gap below
      offset = std::max(offset, other->offset + base::align_up(other->size_bytes));
    }
    block.offset = offset;
    arena_bytes = std::max(arena_bytes, offset + size);
    placed.insert(std::ranges::upper_bound(placed, offset, {}, &MemoryBlock::offset), &block);
  }
  return arena_bytes;
}

}  // namespace hedge::compile
