#include "engine/team.h"

#include <gtest/gtest.h>
#include <time.h>

#include <array>
#include <numeric>

#include "base/affinity.h"

namespace hedge::engine {
namespace {

std::shared_ptr<Team> make(int size) {
  auto team = Team::create(size);
  EXPECT_TRUE(team.has_value()) << team.error().message;
  return *team;
}

struct Sums {
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> by_slice = std::vector<std::int64_t>(64);
};

/// Each slice adds up its share of the items.
void add_share(void* context, kernel::Slice slice) {
  auto& sums = *static_cast<Sums*>(context);
  const auto range = kernel::share(static_cast<std::int64_t>(sums.items.size()), slice);
  std::int64_t& sum = sums.by_slice[static_cast<std::size_t>(slice.index)];
  for (std::int64_t k = range.begin; k < range.end; ++k) sum += sums.items[static_cast<std::size_t>(k)];
}

Sums make_sums() {
  Sums sums;
  sums.items.resize(1001);
  std::iota(sums.items.begin(), sums.items.end(), 0);
  return sums;
}

std::int64_t total(const Sums& sums) {
  return std::accumulate(sums.by_slice.begin(), sums.by_slice.end(), std::int64_t{0});
}

TEST(Team, EveryItemIsWorkedOnOnceInEveryRound) {
  for (const int size : {1, 2, 3, 8}) {  // more members than cores too
    const auto team = make(size);
    Sums sums = make_sums();
    constexpr int kSessions = 50, kRounds = 40;
    for (int session = 0; session < kSessions; ++session) {
      Team::Session inference(*team);
      for (int round = 0; round < kRounds; ++round) inference.share(add_share, &sums);
    }
    EXPECT_EQ(total(sums), std::int64_t{500500} * kSessions * kRounds) << size << " members";
  }
}

struct Counts {
  std::thread::id caller = std::this_thread::get_id();
  std::array<std::atomic<int>, 64> of_slice{};
  std::atomic<int> by_others{0};
};

void count(void* context, kernel::Slice slice) {
  auto& counts = *static_cast<Counts*>(context);
  counts.of_slice[static_cast<std::size_t>(slice.index)].fetch_add(1);
  if (std::this_thread::get_id() != counts.caller) counts.by_others.fetch_add(1);
}

/// So little work that all who are there arrive at the same slices at once, and often when the round is over. Until
/// the others have done enough; where the machine is too busy for them to come, the caller is alone in the end.
TEST(Team, NoSliceRunsTwiceHoweverShortTheRounds) {
  for (const int size : {2, 3, 4}) {
    const auto team = make(size);
    Counts counts;
    constexpr int kRoundsMax = 3'000'000, kByOthers = 20'000;
    int wrong = 0;
    Team::Session inference(*team);
    for (int round = 1; round <= kRoundsMax && counts.by_others.load() < kByOthers && wrong == 0; ++round) {
      inference.share(count, &counts);
      for (int slice = 0; slice < size; ++slice)
        wrong += counts.of_slice[static_cast<std::size_t>(slice)].load() != round ? 1 : 0;
    }
    EXPECT_EQ(wrong, 0) << size << " members, " << counts.by_others.load() << " slices by others";
  }
}

TEST(Team, ASessionWithoutWorkEnds) {
  const auto team = make(3);
  for (int k = 0; k < 100; ++k) const Team::Session inference(*team);
}

TEST(Team, AnUnusedTeamStops) {
  for (int k = 0; k < 20; ++k) make(4);
}

struct Threads {
  std::vector<std::thread::id> by_slice = std::vector<std::thread::id>(64);
};

void note_thread(void* context, kernel::Slice slice) {
  static_cast<Threads*>(context)->by_slice[static_cast<std::size_t>(slice.index)] = std::this_thread::get_id();
}

TEST(Team, NobodyWaitsForAMemberThatIsNotThere) {
  const auto team = make(2);
  const Team::Session first(*team);
  // As many callers as members: the member leaves its core to the second, so the owner does all slices itself.
  auto owner = std::make_unique<Team::Session>(*team);
  for (int k = 0; k < 100; ++k) {
    Threads threads;
    owner->share(note_thread, &threads);
    for (int slice = 0; slice < team->size(); ++slice)
      EXPECT_EQ(threads.by_slice[static_cast<std::size_t>(slice)], std::this_thread::get_id());
  }
}

TEST(Team, TheOwnerOfACrowdedTeamWorksAlone) {
  const auto team = make(2);
  auto first = std::make_unique<Team::Session>(*team);
  const Team::Session second(*team);
  first.reset();
  for (int k = 0; k < 100; ++k) {
    Team::Session owner(*team);  // has the team, but the second caller has the other core
    Threads threads;
    owner.share(note_thread, &threads);
    EXPECT_EQ(threads.by_slice[0], std::this_thread::get_id());
    EXPECT_EQ(threads.by_slice[1], std::this_thread::get_id());
  }
}

TEST(Team, SeveralCallersShareIt) {
  for (const int size : {2, 3}) {
    const auto team = make(size);
    std::vector<Sums> sums(4, make_sums());
    constexpr int kSessions = 200, kRounds = 20;
    std::vector<std::thread> callers;
    for (Sums& mine : sums)
      callers.emplace_back([&] {
        for (int session = 0; session < kSessions; ++session) {
          Team::Session inference(*team);
          for (int round = 0; round < kRounds; ++round) inference.share(add_share, &mine);
        }
      });
    for (std::thread& caller : callers) caller.join();
    for (const Sums& mine : sums) EXPECT_EQ(total(mine), std::int64_t{500500} * kSessions * kRounds);
  }
}

struct Cores {
  std::atomic<bool> begun{false};
  std::vector<int> of_member;
};

/// The caller stays in slice 0 until slice 1 was run, so nobody but the member can run that.
void note_cores_of_member(void* context, kernel::Slice slice) {
  auto& cores = *static_cast<Cores*>(context);
  if (slice.index == 1) {
    cores.of_member = base::usable_cores();
    cores.begun.store(true);
  }
  while (!cores.begun.load()) std::this_thread::yield();
}

TEST(Team, MembersStayOnTheirCores) {
  const std::vector<int> usable = base::usable_cores();
  ASSERT_FALSE(usable.empty());
  for (const int core : usable) {
    const auto team = Team::create(2, {core, core});
    ASSERT_TRUE(team.has_value()) << team.error().message;
    Cores cores;
    Team::Session inference(**team);
    inference.share(note_cores_of_member, &cores);
    EXPECT_EQ(cores.of_member, std::vector{core});
    EXPECT_EQ(base::usable_cores(), usable);  // the caller is not ours to pin
  }
}

TEST(Team, CoresThatAreNotThereAreRefused) {
  const int core = base::usable_cores().front();
  for (const std::vector<int>& cores : {std::vector{core}, std::vector{core, 4000}, std::vector{core, -1}}) {
    const auto team = Team::create(2, cores);
    ASSERT_FALSE(team.has_value());
    EXPECT_EQ(team.error().kind, base::ErrorKind::kUsage);
  }
}

double cpu_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

TEST(Team, ARestingTeamUsesNoTime) {
  const auto team = make(3);
  Sums sums = make_sums();
  {
    Team::Session inference(*team);
    inference.share(add_share, &sums);
    Team::Session alone(*team);
    alone.share(add_share, &sums);
    inference.share(add_share, &sums);
  }
  // While the caller works for 50 ms, spinning members would use as much each where a core is free for them.
  const auto others_ms = [] { return cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_ms(CLOCK_THREAD_CPUTIME_ID); };
  const double others_before = others_ms(), mine_before = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
  while (cpu_ms(CLOCK_THREAD_CPUTIME_ID) - mine_before < 50) continue;
  EXPECT_LT(others_ms() - others_before, 10);
}

}  // namespace
}  // namespace hedge::engine
