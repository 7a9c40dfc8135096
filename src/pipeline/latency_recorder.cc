#include "pipeline/latency_recorder.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace hedge::pipeline {
namespace {

ThreadUsage usage_of_this_thread() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return {usage.ru_minflt, usage.ru_majflt, usage.ru_nvcsw, usage.ru_nivcsw};
}

template <class Narrow>
Narrow narrowed(std::int64_t value) {
  return static_cast<Narrow>(std::min<std::int64_t>(value, std::numeric_limits<Narrow>::max()));
}

float milliseconds(std::chrono::nanoseconds time) {
  return static_cast<float>(static_cast<double>(time.count()) * 1e-6);
}

}  // namespace

LatencyRecorder::LatencyRecorder(const LatencyRecorderOptions& options) : options_(options) {
  frames_.resize(static_cast<std::size_t>(options.frames_max));  // written once: its pages are there from now on
  frames_.clear();
}

void LatencyRecorder::on_frame_in(const media::Frame&) {
  frame_in_ = usage_of_this_thread();
  if (seen_ == options_.warm_up) begin_ = frame_in_;
  if (options_.allocations != nullptr) allocations_in_ = options_.allocations();
}

base::Status LatencyRecorder::on_frame(const FrameResult& result) {
  const std::int64_t allocations = options_.allocations != nullptr ? options_.allocations() - allocations_in_ : 0;
  const ThreadUsage now = usage_of_this_thread();
  if (seen_++ < options_.warm_up) {
    dropped_before_ = dropped_ = result.dropped;
    return {};
  }
  if (frames_.size() == frames_.capacity()) return {};
  end_ = now;
  dropped_ = result.dropped;
  if (frames_.empty()) first_captured_ = result.frame.captured;
  FrameTimes times{.index = result.frame.index,
                   .captured = result.frame.captured - first_captured_,
                   .allocations = narrowed<std::uint32_t>(allocations),
                   .preemptions = narrowed<std::uint16_t>(now.involuntary_switches - frame_in_.involuntary_switches),
                   .page_faults = narrowed<std::uint16_t>(now.minor_faults + now.major_faults - frame_in_.minor_faults -
                                                          frame_in_.major_faults)};
  for (std::size_t k = 0; k < times.stage_ms.size(); ++k) times.stage_ms[k] = milliseconds(result.times[k]);
  frames_.push_back(times);
  const std::chrono::nanoseconds whole = result.times[static_cast<std::size_t>(options_.whole)];
  kept_.fetch_add(1, std::memory_order_relaxed);
  if (whole > options_.deadline) misses_.fetch_add(1, std::memory_order_relaxed);
  worst_ms_.store(std::max(worst_ms(), static_cast<double>(milliseconds(whole))), std::memory_order_relaxed);
  if (options_.duration_max.count() > 0 && options_.stop != nullptr && times.captured >= options_.duration_max)
    options_.stop->store(true);
  return {};
}

ThreadUsage LatencyRecorder::usage() const {
  return {.minor_faults = end_.minor_faults - begin_.minor_faults,
          .major_faults = end_.major_faults - begin_.major_faults,
          .voluntary_switches = end_.voluntary_switches - begin_.voluntary_switches,
          .involuntary_switches = end_.involuntary_switches - begin_.involuntary_switches};
}

}  // namespace hedge::pipeline
