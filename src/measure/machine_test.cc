// On the machine that runs it: what is read must be there, and must move as it should.
#include "measure/machine.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "measure/burn.h"
#include "measure/process_watch.h"

namespace hedge::measure {
namespace {

using namespace std::chrono_literals;

TEST(Machine, EveryFactHasAKeyAndAValue) {
  const std::vector<Fact> facts = machine_facts();
  for (const Fact& fact : facts) {
    EXPECT_FALSE(fact.key.empty());
    EXPECT_FALSE(fact.label.empty()) << fact.key;
    EXPECT_FALSE(fact.value.empty()) << fact.key;
  }
  std::string release;
  std::ifstream("/proc/sys/kernel/osrelease") >> release;
  EXPECT_EQ(fact(facts, "kernel"), "Linux " + release);
  EXPECT_EQ(fact(facts, "no such"), "");
}

TEST(Machine, WorkIsNotIdleness) {
  const CoreTimes before = core_times();
  std::atomic<bool> stop{false};
  long turns = 0;
  std::thread busy([&] { turns = burn(stop); });
  const auto end = std::chrono::steady_clock::now() + 300ms;
  std::this_thread::sleep_until(end);
  stop = true;
  busy.join();
  const CoreTimes after = core_times();
  EXPECT_GT(turns, 0);
  EXPECT_GT(after.all - before.all, after.idle - before.idle + 5);  // ticks, of which there are 100 a second
}

TEST(ProcessWatch, MemoryAndDescriptorsThatAreHeldAreSeen) {
  constexpr std::int64_t kHeld = 64 << 20;
  std::atomic<int> seen{0};
  ProcessWatch watch(10ms, [&](const ProcessSample&) { ++seen; });
  const auto wait_for = [&](int samples) {
    for (const int until = seen + samples; seen < until;) std::this_thread::yield();
  };
  wait_for(2);
  {
    const std::vector<char> held(kHeld, 1);
    const volatile char* kept = held.data();  // else the compiler leaves it out
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    wait_for(2);
    EXPECT_EQ(*kept, 1);
    ::close(descriptor);
  }
  wait_for(2);
  const std::vector<ProcessSample> samples = watch.stop();
  ASSERT_GE(samples.size(), 5u);
  std::int64_t most = 0;
  int descriptors = 0;
  for (std::size_t k = 1; k < samples.size(); ++k) {
    EXPECT_GT(samples[k].at_seconds, samples[k - 1].at_seconds);
    most = std::max(most, samples[k].resident_bytes);
    descriptors = std::max(descriptors, samples[k].descriptors);
  }
  EXPECT_GT(most, samples[0].resident_bytes + kHeld / 2);
  EXPECT_EQ(descriptors, samples[0].descriptors + 1);
  EXPECT_EQ(samples.back().descriptors, samples[0].descriptors);
}

}  // namespace
}  // namespace hedge::measure
