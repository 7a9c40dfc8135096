// The times of every single frame of a run, kept exactly: a histogram's buckets would blur the tail, which is what a
// deadline is about. All memory is taken before the first frame.
#pragma once

#include <atomic>
#include <vector>

#include "pipeline/sink.h"

namespace hedge::pipeline {

struct FrameTimes {
  std::int64_t index = 0;                     ///< of the source, dropped frames counted
  std::chrono::nanoseconds captured{0};       ///< since the first frame that is kept
  std::array<float, kStageCount> stage_ms{};  ///< by Stage; kOutput is not known and 0
  std::uint32_t allocations = 0;              ///< of the frame's thread, from frame in to acted
  std::uint16_t preemptions = 0;              ///< the thread had to leave its core to another, in that time
  std::uint16_t page_faults = 0;              ///< minor and major
};

/// What the kernel counted of the frame's thread.
struct ThreadUsage {
  std::int64_t minor_faults = 0, major_faults = 0, voluntary_switches = 0, involuntary_switches = 0;
};

struct LatencyRecorderOptions {
  std::int64_t frames_max = 0;               ///< that are kept
  std::int64_t warm_up = 0;                  ///< frames before them, which are not
  std::chrono::nanoseconds duration_max{0};  ///< of what is kept; then `stop` turns true. 0: no limit
  std::atomic<bool>* stop = nullptr;
  /// Which times are held against `deadline`: kActuation, or kDecision where nothing acts.
  Stage whole = Stage::kActuation;
  std::chrono::nanoseconds deadline{0};
  /// How often the calling thread has allocated; null: not counted.
  std::int64_t (*allocations)() = nullptr;
};

class LatencyRecorder final : public Sink {
 public:
  explicit LatencyRecorder(const LatencyRecorderOptions& options);
  void on_frame_in(const media::Frame& frame) override;
  base::Status on_frame(const FrameResult& result) override;
  base::Status finish() override { return {}; }

  // After the run:
  const std::vector<FrameTimes>& frames() const { return frames_; }
  std::int64_t dropped() const { return dropped_ - dropped_before_; }  ///< among what is kept
  ThreadUsage usage() const;                                           ///< from the first to the last frame kept
  const LatencyRecorderOptions& options() const { return options_; }

  // At any time, from any thread:
  std::int64_t kept() const { return kept_.load(std::memory_order_relaxed); }
  std::int64_t misses() const { return misses_.load(std::memory_order_relaxed); }
  double worst_ms() const { return worst_ms_.load(std::memory_order_relaxed); }

 private:
  const LatencyRecorderOptions options_;
  std::vector<FrameTimes> frames_;
  std::int64_t seen_ = 0;  ///< frames, warm-up included
  std::int64_t dropped_before_ = 0, dropped_ = 0;
  media::Clock::time_point first_captured_{};
  ThreadUsage begin_{}, frame_in_{}, end_{};
  std::int64_t allocations_in_ = 0;
  std::atomic<std::int64_t> kept_{0}, misses_{0};
  std::atomic<double> worst_ms_{0};
};

}  // namespace hedge::pipeline
