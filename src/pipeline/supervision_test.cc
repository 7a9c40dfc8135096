// What the worker sees and does about it, alone and under a watchdog: times are set, nothing sleeps.
#include "pipeline/supervision.h"

#include <gtest/gtest.h>

#include <limits>

#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

using namespace std::chrono_literals;
using act::Ruling;

guard::SafetyConfig quick_config() {
  guard::SafetyConfig config;
  config.watchdog.safe.healthy = 0ms;
  config.watchdog.safe.healthy_frames = 3;
  config.watchdog.safe.stall = 60s;  // tests may be held up
  config.watchdog.safe.no_frames = config.frames.no_frames = 60s;
  config.unwatched = 60s;
  config.budget.misses_max = 3;
  config.budget.misses_of = 10;
  return config;
}

class Bed {
 public:
  explicit Bed(const guard::SafetyConfig& config) : supervision_(*Supervision::create(config, 50ms, std::nullopt)) {}

  /// One frame, 33 ms after the one before, as the runner passes it.
  Ruling frame(std::uint32_t seed, float answer = 1, std::chrono::nanoseconds latency = 5ms) {
    media::Frame frame = random_frame(64, 48, seed);
    frame.index = index_++;
    frame.captured = start_ + index_ * 33ms;
    supervision_->begin(frame, guard::sample_picture(frame.pixels, 3 * 64, 48, frame.stride, 24));
    values_[5] = answer;
    const tensor::ConstTensorView output(tensor::TensorType{tensor::DType::kF32, tensor::Shape{8}},
                                         reinterpret_cast<const std::byte*>(values_.data()));
    supervision_->answered({&output, 1});
    const Ruling ruling = supervision_->ruling();
    StageTimes times{};
    times[static_cast<int>(Stage::kInfer)] = latency / 2;
    times[static_cast<int>(Stage::kDecision)] = times[static_cast<int>(Stage::kActuation)] = latency;
    supervision_->end(frame, times);
    return ruling;
  }
  /// Healthy frames until nobody overrules; how many it took.
  int recover() {
    for (int count = 1; count < 100; ++count)
      if (frame(static_cast<std::uint32_t>(1000 + index_)) == Ruling::kAsAsked) return count;
    return 100;
  }
  Supervision& operator*() { return *supervision_; }

 private:
  std::unique_ptr<Supervision> supervision_;
  media::Clock::time_point start_ = media::Clock::now();  // frames come from the future: none is late by itself
  std::int64_t index_ = 0;
  std::array<float, 8> values_{};
};

TEST(Supervision, NothingIsAllowedBeforeTheFirstHealthyFrame) {
  Bed bed(quick_config());
  EXPECT_EQ((*bed).ruling(), Ruling::kSafe);
  EXPECT_EQ(bed.frame(1), Ruling::kSafe);
  EXPECT_EQ(bed.frame(2), Ruling::kAsAsked);
}

TEST(Supervision, AnAnswerThatIsNoNumberIsOverruledInItsOwnFrame) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Bed bed(quick_config());
    bed.recover();
    EXPECT_EQ(bed.frame(1, bad), Ruling::kSafe);
    EXPECT_GE(bed.recover(), 3);
  }
}

TEST(Supervision, NumbersAreNotLookedAtWhereTheFileSaysSo) {
  guard::SafetyConfig config = quick_config();
  config.check_finite = false;
  Bed bed(config);
  bed.recover();
  EXPECT_EQ(bed.frame(1, std::numeric_limits<float>::quiet_NaN()), Ruling::kAsAsked);
}

TEST(Supervision, APictureThatRepeatsIsOverruled) {
  Bed bed(quick_config());
  bed.recover();
  EXPECT_EQ(bed.frame(7), Ruling::kAsAsked);
  EXPECT_EQ(bed.frame(7), Ruling::kAsAsked);
  EXPECT_EQ(bed.frame(7), Ruling::kSafe);
  EXPECT_LT(bed.recover(), 100);
}

TEST(Supervision, LateFramesAreAFaultWhenTheyAreMany) {
  Bed bed(quick_config());
  bed.recover();
  EXPECT_EQ(bed.frame(1, 1, 51ms), Ruling::kAsAsked);
  EXPECT_EQ(bed.frame(2, 1, 51ms), Ruling::kAsAsked);
  EXPECT_EQ(bed.frame(3, 1, 51ms), Ruling::kAsAsked);
  EXPECT_EQ(bed.frame(4), Ruling::kSafe);
  EXPECT_EQ((*bed).deadlines().misses(), 3u);
}

TEST(Supervision, TheLadderLeavesFramesOutAndEndsInSafe) {
  guard::SafetyConfig config = quick_config();
  config.budget.misses_max = config.budget.misses_of = 64;
  config.ladder.rungs = {guard::Rung::kTrackerLight, guard::Rung::kLowRate, guard::Rung::kSafe};
  config.ladder.down = 300ms;
  config.rate_divisor = 3;
  Bed bed(config);
  bed.recover();
  EXPECT_FALSE((*bed).leaves_out());
  std::uint32_t seed = 1;
  const auto press_until = [&](guard::Rung rung) {
    for (int k = 0; k < 60 && (*bed).rung() != rung; ++k) bed.frame(seed++, 1, 48ms);
    EXPECT_EQ((*bed).rung(), rung);
  };
  press_until(guard::Rung::kTrackerLight);
  EXPECT_TRUE((*bed).gives_up(guard::Rung::kTrackerLight));
  EXPECT_FALSE((*bed).leaves_out());
  press_until(guard::Rung::kLowRate);
  int kept = 0;
  for (int k = 0; k < 30; ++k) kept += (*bed).leaves_out() ? 0 : 1;
  EXPECT_EQ(kept, 10);
  press_until(guard::Rung::kSafe);
  EXPECT_EQ((*bed).ruling(), Ruling::kSafe);
}

TEST(Supervision, WhatIsOverItsBudgetIsTold) {
  guard::SafetyConfig config = quick_config();
  config.budget.stages[static_cast<std::size_t>(guard::Stage::kInfer)] = 10ms;
  Bed bed(config);
  bed.recover();
  EXPECT_EQ((*bed).over_budget(), "");
  bed.frame(1, 1, 30ms);
  EXPECT_NE((*bed).over_budget().find("infer: over its budget in 1 of"), std::string::npos) << (*bed).over_budget();
}

TEST(Supervision, UnderAWatchdogTheLatchDecides) {
  auto memory = guard::HeartbeatMemory::create();
  ASSERT_TRUE(memory.has_value());
  memory->set_latch(true);
  memory->set_seen(guard::monotonic_now());
  auto supervision = *Supervision::create(
      quick_config(), 50ms, guard::WorkerLink(*guard::HeartbeatMemory::attach(memory->descriptor()), 60s));
  EXPECT_EQ(supervision->ruling(), Ruling::kSafe);
  memory->set_latch(false);
  EXPECT_EQ(supervision->ruling(), Ruling::kAsAsked);
  memory->set_seen(guard::monotonic_now() - 61s);
  EXPECT_EQ(supervision->ruling(), Ruling::kSafe);
  supervision->waiting();
  ASSERT_TRUE(memory->read().has_value());
  EXPECT_GT(memory->read()->beats, 0u);
  supervision->stop(guard::StopReason::kError);
  supervision->stop(guard::StopReason::kConfiguration);
  EXPECT_EQ(memory->read()->stop, guard::StopReason::kError);
}

}  // namespace
}  // namespace hedge::pipeline
