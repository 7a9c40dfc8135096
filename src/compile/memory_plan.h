// Where every tensor of a run lives in one arena. Tensors whose lives do not overlap share bytes; an operator that may
// write over its operand does. The idea in one struct: a block is a span of time and a number of bytes.
#pragma once

#include <cstdint>
#include <vector>

namespace hedge::compile {

struct MemoryBlock {
  int first_step = 0;  ///< written
  int last_step = 0;   ///< read for the last time, inclusive
  std::uint64_t size_bytes = 0;
  std::uint64_t offset = 0;  ///< the plan's answer
};

/// Greedy by size (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference"): the largest
/// block first, each into the lowest gap that is free during its life. Returns the arena's size.
std::uint64_t plan_memory(std::vector<MemoryBlock>& blocks);

}  // namespace hedge::compile
