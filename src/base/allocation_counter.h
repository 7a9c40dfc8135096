// Counts allocations of all threads, for tests that prove there are none: malloc and its family are replaced in the
// program that includes this. Include it in exactly one file of a test program.
#pragma once

#include <atomic>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEDGE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEDGE_SANITIZED 1
#endif

namespace hedge::base {
inline std::atomic<long> allocations{0};
inline thread_local long thread_allocations = 0;  // of the calling thread alone
inline void count_allocation() {
  allocations.fetch_add(1, std::memory_order_relaxed);
  ++thread_allocations;
}
}  // namespace hedge::base

#if defined(__GLIBC__) && !defined(HEDGE_SANITIZED)
#define HEDGE_COUNTS_ALLOCATIONS 1
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  hedge::base::count_allocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  hedge::base::count_allocation();
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  hedge::base::count_allocation();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  hedge::base::count_allocation();
  return __libc_memalign(alignment, size);
}
}
#endif
