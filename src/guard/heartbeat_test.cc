#include "guard/heartbeat.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "guard/worker_link.h"

namespace hedge::guard {
namespace {

using namespace std::chrono_literals;

/// Every field is made of one number, so a beat put together from two is seen.
Beat beat_of(std::uint64_t number) {
  Beat beat{.beats = number, .frames = number + 1, .frame_index = number + 2};
  beat.written = nanoseconds(number + 3);
  beat.captured = nanoseconds(number + 4);
  beat.decided = nanoseconds(number + 5);
  beat.actuated = nanoseconds(number + 6);
  beat.flags = static_cast<std::uint32_t>(number + 7);
  for (std::size_t k = 0; k < beat.raised.size(); ++k) beat.raised[k] = static_cast<std::uint32_t>(number + 8 + k);
  return beat;
}

TEST(Heartbeat, a_reader_sees_whole_beats_only) {
  auto memory = HeartbeatMemory::create();
  ASSERT_TRUE(memory);
  auto worker = HeartbeatMemory::attach(memory->descriptor());
  ASSERT_TRUE(worker);
  worker->publish(beat_of(0));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t number = 1; !done.load(std::memory_order_relaxed); ++number) worker->publish(beat_of(number));
  });
  std::uint64_t newest = 0;
  int whole = 0;
  while (whole < 200'000 || newest < 1000) {
    const auto beat = memory->read();
    if (!beat) continue;
    ++whole;
    if (*beat != beat_of(beat->beats) || beat->beats < newest) {
      ADD_FAILURE() << "torn at " << beat->beats;
      break;
    }
    newest = beat->beats;
  }
  done = true;
  writer.join();
}

TEST(Heartbeat, a_worker_killed_while_it_writes_leaves_a_whole_beat_or_none_and_the_next_one_works) {
  auto memory = HeartbeatMemory::create();
  ASSERT_TRUE(memory);
  for (int trial = 0; trial < 50; ++trial) {
    memory->clear();
    const pid_t worker = ::fork();
    ASSERT_GE(worker, 0);
    if (worker == 0)
      for (std::uint64_t number = 1;; ++number) memory->publish(beat_of(number));
    while (true) {
      const auto beat = memory->read();
      if (beat && beat->beats > 100) break;
    }
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
    const auto last = memory->read();
    if (last) {
      EXPECT_EQ(*last, beat_of(last->beats));
    }
  }
  memory->clear();
  EXPECT_EQ(memory->read(), Beat{});
}

TEST(Heartbeat, a_worker_cannot_shorten_the_memory_nor_open_the_latch) {
  auto memory = HeartbeatMemory::create();
  ASSERT_TRUE(memory);
  EXPECT_NE(::ftruncate(memory->descriptor(), 0), 0);
  memory->set_latch(true);
  auto worker = HeartbeatMemory::attach(memory->descriptor());
  ASSERT_TRUE(worker);
  EXPECT_TRUE(worker->latched());
  EXPECT_DEATH(worker->set_latch(false), "");
  EXPECT_TRUE(worker->latched());
}

TEST(Heartbeat, a_descriptor_that_is_none_is_an_error) {
  EXPECT_FALSE(HeartbeatMemory::attach(-1));
  const base::Descriptor other(::dup(STDERR_FILENO));
  EXPECT_FALSE(HeartbeatMemory::attach(other.get()));
  ::setenv(kHeartbeatVariable, "x", 1);
  EXPECT_FALSE(WorkerLink::from_environment());
  ::unsetenv(kHeartbeatVariable);
  const auto none = WorkerLink::from_environment();
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
}

struct Linked {
  HeartbeatMemory memory = *HeartbeatMemory::create();
  WorkerLink link{*HeartbeatMemory::attach(memory.descriptor()), 250ms};
};

TEST(WorkerLink, counts_each_flag_so_that_none_is_missed_between_two_reads) {
  Linked side;
  side.link.frame({.index = 7, .captured = 1ms, .decided = 2ms, .actuated = 3ms}, kFlagNotFinite);
  side.link.frame({.index = 8, .captured = 4ms, .decided = 5ms, .actuated = 6ms}, kFlagMissed | kFlagFrozen);
  side.link.idle(0);  // another picture has come; that the last frame was late still holds
  const auto beat = side.memory.read();
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->beats, 3U);
  EXPECT_EQ(beat->frames, 2U);
  EXPECT_EQ(beat->frame_index, 8U);
  EXPECT_EQ(beat->captured, 4ms);
  EXPECT_EQ(beat->flags, kFlagMissed);
  EXPECT_EQ(beat->raised[0], 1U);
  EXPECT_EQ(beat->raised[1], 1U);
  EXPECT_EQ(beat->raised[6], 2U);
}

TEST(WorkerLink, may_act_while_the_latch_is_open_and_the_watchdog_lives) {
  Linked side;
  side.memory.set_seen(monotonic_now());
  EXPECT_EQ(side.link.permission(), Permission::kAct);
  side.memory.set_latch(true);
  EXPECT_EQ(side.link.permission(), Permission::kOverruled);
  side.memory.set_latch(false);
  side.memory.set_seen(monotonic_now() - 1s);
  EXPECT_EQ(side.link.permission(), Permission::kUnwatched);
}

TEST(WorkerLink, a_command_overruled_while_it_is_sent_is_followed_by_safe) {
  Linked side;
  side.memory.set_seen(monotonic_now());
  std::string sent;
  EXPECT_TRUE(side.link.act([&] { sent += "on "; }, [&] { sent += "safe "; }));
  EXPECT_FALSE(side.link.act(
      [&] {
        side.memory.set_latch(true);
        sent += "on ";
      },
      [&] { sent += "safe "; }));
  EXPECT_FALSE(side.link.act([&] { sent += "on "; }, [&] { sent += "safe "; }));
  EXPECT_EQ(sent, "on on safe safe ");
}

}  // namespace
}  // namespace hedge::guard
