// Engine::run allocates nothing.
#include <gtest/gtest.h>

#include "base/allocation_counter.h"
#include "engine/engine.h"
#include "engine/sample_program.h"

namespace hedge::engine {
namespace {

using base::allocations;

TEST(Allocation, RunAllocatesNothing) {
#if !defined(HEDGE_COUNTS_ALLOCATIONS)
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
