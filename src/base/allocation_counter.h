// Counts allocations of all threads, for tests that prove there are none. Include it in exactly one file of a test
// program (allocation_hooks.h).
#pragma once

#include <atomic>

namespace hedge::base {
inline std::atomic<long> allocations{0};
inline thread_local long thread_allocations = 0;  // of the calling thread alone
inline void count_allocation() {
  allocations.fetch_add(1, std::memory_order_relaxed);
  ++thread_allocations;
}
}  // namespace hedge::base

#include "base/allocation_hooks.h"
