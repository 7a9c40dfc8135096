#include "base/thread_class.h"

#include <gtest/gtest.h>

#include <thread>

namespace hedge::base {
namespace {

TEST(ThreadClass, ANicerThreadIsNicerAlone) {
  const ThreadClass mine = thread_class();
  ThreadClass seen;
  std::thread([&] {
    become({.policy = SCHED_BATCH, .nice = 19});
    seen = thread_class();
  }).join();
  EXPECT_EQ(seen.policy, SCHED_BATCH);
  EXPECT_EQ(seen.nice, 19);
  EXPECT_EQ(thread_class().nice, mine.nice);
  EXPECT_EQ(thread_class().policy, mine.policy);
}

TEST(ThreadClass, BelowGivesWayButStaysOfItsKind) {
  const ThreadClass fifo{.policy = SCHED_FIFO, .priority = 40};
  EXPECT_EQ(fifo.below().policy, SCHED_FIFO);
  EXPECT_EQ(fifo.below().priority, 39);
  EXPECT_EQ((ThreadClass{.policy = SCHED_FIFO, .priority = 1}.below().priority), 1);
  EXPECT_EQ((ThreadClass{.nice = 5}.below().nice), 5);
  EXPECT_FALSE(ThreadClass{}.realtime());
}

TEST(ThreadClass, ARealtimeThreadIsOneWhereTheKernelAllowsIt) {
  ThreadClass seen;
  std::thread([&] {
    become({.policy = SCHED_FIFO, .priority = 2});
    seen = thread_class();
  }).join();
  if (!seen.realtime()) GTEST_SKIP() << "the kernel refuses SCHED_FIFO here";
  EXPECT_EQ(seen.priority, 2);
}

}  // namespace
}  // namespace hedge::base
