// Engine::run allocates nothing: malloc and its family are replaced by counting ones in this test program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "engine/engine.h"
#include "engine/sample_program.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDGE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HEDGE_SANITIZED 1
#endif

namespace {
std::atomic<long> allocations{0};  // of all threads
}

#if defined(__GLIBC__) && !defined(HEDGE_SANITIZED)
#define HEDGE_COUNTS 1
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_memalign(alignment, size);
}
}
#endif

namespace hedge::engine {
namespace {

TEST(Allocation, RunAllocatesNothing) {
#if !defined(HEDGE_COUNTS)
  GTEST_SKIP() << "allocations are counted with glibc's malloc only";
#endif
  const long at_start = allocations.load();
  for (const std::string_view kernel : {"", "ref"})
    for (const int threads : {1, 3}) {
      auto engine = Engine::create(sample_program({.kernel = kernel}), {.threads = threads});
      ASSERT_TRUE(engine.has_value()) << engine.error().message;
      std::vector<StepTime> times(engine->program().steps.size());
      const long before = allocations.load();
      bool good = true;
      for (int k = 0; k < 10; ++k) good = engine->run().has_value() && engine->run_timed(times).has_value() && good;
      EXPECT_EQ(allocations.load() - before, 0) << threads << " threads, kernel '" << kernel << "'";
      EXPECT_TRUE(good);
    }
  EXPECT_GT(allocations.load(), at_start) << "the counter does not count";
}

}  // namespace
}  // namespace hedge::engine
