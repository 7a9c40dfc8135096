// A process that records all the time, killed at any moment, a hundred times over the same spool: what can be seen in
// it is whole, and the next process begins where this one ended.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>
#include <thread>

#include "base/killed_child.h"
#include "capture/recorder.h"
#include "capture/spool.h"
#include "capture/test_frames.h"

namespace hedge::capture {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t kSpoolBytes = 150000;  // so that events are evicted as well
constexpr const char* kSpoolVariable = "HEDGE_TEST_SPOOL";

// The child: this program again, started by the test below. Disabled, since alone it would never end.
TEST(KilledRecorder, DISABLED_Child) {
  const char* spool = ::getenv(kSpoolVariable);
  ASSERT_NE(spool, nullptr);
  auto recorder = Recorder::create(
      {.config = {.spool = spool, .spool_bytes_max = kSpoolBytes, .triggers = {trigger_config("t", 200ms, 200ms)}},
       .every_frame = true,
       .log = [](const std::string& line) {
         if (line.starts_with("recorded")) {
           EXPECT_EQ(::write(base::kChildReady, "!", 1), 1);
         }
       }});
  ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
  for (std::int64_t k = 0;; ++k) {
    const bool on = k % 10 == 5;
    (*recorder)->on_frame(grey_frame(k), k * 100ms, {&on, 1});
  }
}

TEST(KilledRecorder, LeavesAReadableSpoolEachOfAHundredTimes) {
  const fs::path spool = fs::temp_directory_path() / ("hedge-kill-" + std::to_string(::getpid()));
  fs::remove_all(spool);
  fs::create_directories(spool);
  std::mt19937 random(11);
  std::set<std::string> seen;
  int leftovers = 0;
  for (int round = 0; round < base::kKills; ++round) {
    int ready = -1;
    const pid_t child = base::start_child("KilledRecorder.DISABLED_Child", kSpoolVariable, spool, ready);
    // One in ten dies while it starts, the others within the time of an event or two after their first or second.
    char answer = 0;
    for (int wanted = round % 10 == 0 ? 0 : 1 + round % 2; wanted > 0; --wanted)
      ASSERT_EQ(::read(ready, &answer, 1), 1);
    std::this_thread::sleep_for(std::uniform_int_distribution(0, 30)(random) * 1ms);
    ::close(ready);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));  // it did not end by itself
    // As a reader sees it, before anybody has cleaned up.
    std::uint64_t bytes = 0;
    const auto events = list_events(spool);
    ASSERT_TRUE(events.has_value());
    for (const StoredEvent& event : *events) {
      bytes += event.bytes;
      seen.insert(event.name.to_string());
      const auto verified = verify_event(event.path);
      ASSERT_TRUE(verified.has_value()) << verified.error().message;
    }
    EXPECT_LE(bytes, kSpoolBytes);
    for (const auto& entry : fs::directory_iterator(spool)) {
      const std::string name = entry.path().filename().string();
      ASSERT_TRUE(name.starts_with('.') || EventName::parse(name).has_value()) << name;
      leftovers += name.starts_with(".coming") || name.starts_with(".leaving");
    }
    // As the next process finds it.
    const auto reopened = Spool::open(spool, kSpoolBytes);
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    EXPECT_EQ((*reopened)->bytes(), bytes);
    ASSERT_EQ(std::distance(fs::directory_iterator(spool), fs::directory_iterator()),
              static_cast<std::ptrdiff_t>(events->size()) + 1);  // and the lock
  }
  EXPECT_GT(seen.size(), static_cast<std::size_t>(base::kKills / 2));  // else nothing was tried
  EXPECT_GT(leftovers, base::kKills / 10);                             // some were killed in the middle of an event
  for (const StoredEvent& event : list_events(spool).value())
    EXPECT_GE(decode_video(event.path / "clip.mp4").value().size(), 3u);
  std::printf("events seen: %zu, half-written ones removed: %d\n", seen.size(), leftovers);
  fs::remove_all(spool);
}

}  // namespace
}  // namespace hedge::capture
