// Engine::run allocates nothing, however its engine is held.
#include <gtest/gtest.h>

#include "base/allocation_counter.h"
#include "engine/engine.h"
#include "engine/sample_program.h"
#include "engine/slot.h"
#include "engine/team.h"

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

TEST(Allocation, NeitherALeaseNorACallerWithoutTheTeamAllocates) {
#if !defined(HEDGE_COUNTS_ALLOCATIONS)
  GTEST_SKIP() << "allocations are counted with glibc's malloc only";
#endif
  auto team = Team::create(2);
  ASSERT_TRUE(team.has_value());
  auto engine = Engine::create(sample_program(), {.memory = {.huge_pages = true}, .team = *team});
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  Slot slot(std::move(*engine));
  bool good = true;
  const long before = allocations.load();
  for (int k = 0; k < 10; ++k) good = Slot::Lease(slot)->run().has_value() && good;
  {
    const Team::Session other(**team);  // another engine's inference: ours runs alone
    for (int k = 0; k < 10; ++k) good = Slot::Lease(slot)->run().has_value() && good;
  }
  EXPECT_EQ(allocations.load() - before, 0);
  EXPECT_TRUE(good);
}

}  // namespace
}  // namespace hedge::engine
