#include "pipeline/latency_recorder.h"

#include <gtest/gtest.h>

namespace hedge::pipeline {
namespace {

using namespace std::chrono_literals;

std::int64_t allocations_so_far = 0;

/// Gives a recorder frames as a runner would, at 10 ms.
class Feed {
 public:
  explicit Feed(LatencyRecorder& recorder) : recorder_(recorder) {}
  /// Acted on after `latency`, having allocated `allocations` times.
  void frame(std::chrono::nanoseconds latency, std::int64_t allocations = 0, std::int64_t dropped = 0) {
    const media::Frame frame{.index = ++index_ + dropped, .captured = begin_ + index_ * 10ms};
    recorder_.on_frame_in(frame);
    allocations_so_far += allocations;
    StageTimes times{};
    times[static_cast<std::size_t>(Stage::kActuation)] = latency;
    times[static_cast<std::size_t>(Stage::kInfer)] = latency / 2;
    EXPECT_TRUE(recorder_
                    .on_frame({.frame = frame,
                               .prediction = prediction_,
                               .card = card_,
                               .times = times,
                               .statistics = statistics_,
                               .reaction = nullptr,
                               .annotated = nullptr,
                               .frames = index_,
                               .dropped = dropped})
                    .has_value());
    allocations_so_far += 100;  // of sinks and of the source: not of the frame
  }

 private:
  LatencyRecorder& recorder_;
  const media::Clock::time_point begin_ = media::Clock::now();
  std::int64_t index_ = 0;
  Prediction prediction_;
  Card card_;
  StageStatistics statistics_;
};

LatencyRecorderOptions options(std::int64_t frames, std::int64_t warm_up) {
  return {.frames_max = frames, .warm_up = warm_up, .deadline = 50ms, .allocations = [] { return allocations_so_far; }};
}

TEST(LatencyRecorder, WarmUpIsLeftAside) {
  LatencyRecorder recorder(options(10, 2));
  Feed feed(recorder);
  feed.frame(500ms, 7, 3);
  feed.frame(400ms, 7, 3);
  feed.frame(20ms, 2, 4);
  feed.frame(60ms, 0, 6);
  ASSERT_EQ(recorder.frames().size(), 2u);
  EXPECT_EQ(recorder.kept(), 2);
  EXPECT_EQ(recorder.misses(), 1);
  EXPECT_NEAR(recorder.worst_ms(), 60, 1e-3);
  EXPECT_EQ(recorder.dropped(), 3);
  EXPECT_EQ(recorder.frames()[0].captured, 0ms);
  EXPECT_EQ(recorder.frames()[1].captured, 10ms);
  EXPECT_EQ(recorder.frames()[0].allocations, 2u);
  EXPECT_EQ(recorder.frames()[1].allocations, 0u);
  EXPECT_NEAR(recorder.frames()[1].stage_ms[static_cast<std::size_t>(Stage::kInfer)], 30, 1e-3);
}

TEST(LatencyRecorder, KeepsNoMoreThanItHasRoomFor) {
  LatencyRecorder recorder(options(3, 0));
  Feed feed(recorder);
  for (int k = 0; k < 9; ++k) feed.frame(1ms);
  EXPECT_EQ(recorder.frames().size(), 3u);
  EXPECT_EQ(recorder.frames().capacity(), 3u);
}

TEST(LatencyRecorder, StopsWhenTheTimeIsUp) {
  std::atomic<bool> stop{false};
  LatencyRecorderOptions timed = options(100, 1);
  timed.duration_max = 30ms;
  timed.stop = &stop;
  LatencyRecorder recorder(timed);
  Feed feed(recorder);
  for (int frames = 0; !stop && frames < 50; ++frames) feed.frame(1ms);
  EXPECT_EQ(recorder.frames().size(), 4u);  // at 0, 10, 20 and 30 ms
}

}  // namespace
}  // namespace hedge::pipeline
