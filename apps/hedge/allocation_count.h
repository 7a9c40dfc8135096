// How often a thread has allocated: what `hedge latency-report` shows of the frame's thread.
#pragma once

#include <cstdint>

namespace hedge::app {

/// Calls of malloc, calloc, realloc, memalign, aligned_alloc and posix_memalign, and so of `new`, that the calling
/// thread has made, in our code and in all libraries. Not memory that is mapped without them.
std::int64_t allocations_of_this_thread();

/// False in builds whose allocator is another's (sanitizers): the count stays 0 there and means nothing.
bool counts_allocations();

}  // namespace hedge::app
