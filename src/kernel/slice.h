// A thread's share of a step: slice `index` of `count`. Shares are contiguous, disjoint and the same on every run.
#pragma once

#include <cstdint>

namespace hedge::kernel {

struct Slice {
  int index = 0;
  int count = 1;
};

struct Range {
  std::int64_t begin;
  std::int64_t end;
};

/// The share of `items` in whole blocks of `block`, so that neighbours never share a tile or a cache line.
/// Static: a copy compiled for AVX-512 must never be the one that the linker keeps for everybody (params.h).
static inline Range share(std::int64_t items, Slice slice, std::int64_t block = 1) {
  const std::int64_t blocks = (items + block - 1) / block;
  const std::int64_t begin = blocks * slice.index / slice.count * block;
  const std::int64_t end = blocks * (slice.index + 1) / slice.count * block;
  return {begin < items ? begin : items, end < items ? end : items};
}

}  // namespace hedge::kernel
