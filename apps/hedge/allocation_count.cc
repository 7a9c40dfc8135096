#include "hedge/allocation_count.h"

#include <cstddef>

namespace hedge::base {
namespace {
constinit thread_local std::int64_t thread_allocations = 0;
inline void count_allocation() { ++thread_allocations; }
}  // namespace
}  // namespace hedge::base

#include "base/allocation_hooks.h"

namespace hedge::app {

std::int64_t allocations_of_this_thread() { return base::thread_allocations; }

bool counts_allocations() {
#ifdef HEDGE_COUNTS_ALLOCATIONS
  return true;
#else
  return false;
#endif
}

}  // namespace hedge::app
