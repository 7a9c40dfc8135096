#include "engine/team.h"

#include <gtest/gtest.h>
#include <time.h>

#include <numeric>

namespace hedge::engine {
namespace {

struct Sums {
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> by_member = std::vector<std::int64_t>(64);
};

/// Each member adds up its share of the items.
void add_share(void* context, kernel::Slice slice) {
  auto& sums = *static_cast<Sums*>(context);
  const auto range = kernel::share(static_cast<std::int64_t>(sums.items.size()), slice);
  std::int64_t& sum = sums.by_member[static_cast<std::size_t>(slice.index)];
  for (std::int64_t k = range.begin; k < range.end; ++k) sum += sums.items[static_cast<std::size_t>(k)];
}

TEST(Team, EveryItemIsWorkedOnOnceInEveryRound) {
  for (const int size : {1, 2, 3, 8}) {  // more members than cores too
    Team team(size);
    Sums sums;
    sums.items.resize(1001);
    std::iota(sums.items.begin(), sums.items.end(), 0);
    constexpr int kSessions = 20, kRounds = 20;
    for (int session = 0; session < kSessions; ++session) {
      const Team::Session inference(team);
      for (int round = 0; round < kRounds; ++round) team.share(add_share, &sums);
    }
    const auto total = std::accumulate(sums.by_member.begin(), sums.by_member.end(), std::int64_t{0});
    EXPECT_EQ(total, std::int64_t{500500} * kSessions * kRounds) << size << " members";
  }
}

TEST(Team, ASessionWithoutWorkEnds) {
  Team team(3);
  for (int k = 0; k < 100; ++k) const Team::Session inference(team);
}

TEST(Team, AnUnusedTeamStops) {
  for (int k = 0; k < 20; ++k) Team team(4);
}

double cpu_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

TEST(Team, ARestingTeamUsesNoTime) {
  Team team(3);
  Sums sums;
  sums.items.assign(100, 1);
  {
    const Team::Session inference(team);
    team.share(add_share, &sums);
  }
  // While the caller works for 50 ms, spinning members would use as much each where a core is free for them.
  const auto others_ms = [] { return cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_ms(CLOCK_THREAD_CPUTIME_ID); };
  const double others_before = others_ms(), mine_before = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
  while (cpu_ms(CLOCK_THREAD_CPUTIME_ID) - mine_before < 50) continue;
  EXPECT_LT(others_ms() - others_before, 10);
}

}  // namespace
}  // namespace hedge::engine
