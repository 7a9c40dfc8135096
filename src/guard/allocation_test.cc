// What runs once a frame or once a poll allocates nothing.
#include "base/allocation_counter.h"

#include <vector>

#include <gtest/gtest.h>

#include "guard/check_finite.h"
#include "guard/deadline_monitor.h"
#include "guard/frame_monitor.h"
#include "guard/ladder.h"
#include "guard/noisy_picture.h"
#include "guard/safe_state.h"
#include "guard/thermal.h"
#include "guard/worker_link.h"

namespace hedge::guard {
namespace {

using namespace std::chrono_literals;

TEST(Guard, a_frame_and_a_poll_allocate_nothing) {
#ifndef HEDGE_COUNTS_ALLOCATIONS
  GTEST_SKIP() << "allocations are not counted in this build";
#else
  auto memory = HeartbeatMemory::create();
  WorkerLink link(*HeartbeatMemory::attach(memory->descriptor()), 250ms);
  DeadlineMonitor deadline({.deadline = 50ms});
  FrameMonitor frames({}, 0ms);
  Ladder ladder({.rungs = {Rung::kTrackerLight, Rung::kSafe}});
  const ThermalZones zones;
  SafeState state({}, 0ms);
  const NoisyPicture picture(768, 576, 120);
  const std::vector<float> tensor(10'000, 1.0F);
  const auto once = [&](int k) {
    const nanoseconds now = 33ms * k;
    std::uint32_t flags = frames.frame(sample_picture(picture.pixels().data(), 3 * 768, 576, 3 * 768, 24), now);
    flags |= check_finite(tensor) ? 0U : std::uint32_t{kFlagNotFinite};
    deadline.begin(now);
    deadline.stage(Stage::kInfer, 20ms);
    flags |= deadline.end(now + 60ms).flags();
    if (ladder.step({.now = now, .pressure = deadline.pressure(), .thermal_c = zones.celsius()}) == Rung::kSafe)
      flags |= kFlagOverload;
    bool sent = false;
    link.act([&] { sent = true; }, [] {});
    link.frame({.captured = now}, flags);
    state.step({.now = now, .beat = memory->read()});
    return sent;
  };
  once(0);
  const long before = base::allocations.load();
  for (int k = 1; k < 100; ++k) once(k);
  EXPECT_EQ(base::allocations.load(), before);
#endif
}

}  // namespace
}  // namespace hedge::guard
