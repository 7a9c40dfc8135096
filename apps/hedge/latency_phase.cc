#include "hedge/latency_phase.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "measure/confidence.h"

namespace hedge::app {
namespace {

using pipeline::FrameTimes;
using pipeline::Stage;

constexpr int kBuckets = 120;
constexpr std::size_t kSlowest = 10;
constexpr double kWorstBins = 450;  // at most, so that a bar has two pixels

std::size_t index(Stage stage) { return static_cast<std::size_t>(stage); }
bool is_span(Stage stage) { return stage == Stage::kDecision || stage == Stage::kActuation; }

std::vector<double> times_of(const std::vector<FrameTimes>& frames, Stage stage) {
  std::vector<double> times(frames.size());
  std::ranges::transform(frames, times.begin(), [&](const FrameTimes& frame) { return frame.stage_ms[index(stage)]; });
  return times;
}

/// A histogram's percentiles are right to 1.6 %.
measure::Latency latency_of(const pipeline::LatencyHistogram& times) {
  const auto ms = [](std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-6; };
  return {.count = static_cast<std::size_t>(times.count()),
          .min = ms(times.percentile(0)),
          .p50 = ms(times.percentile(0.5)),
          .p90 = ms(times.percentile(0.9)),
          .p99 = ms(times.percentile(0.99)),
          .p999 = ms(times.percentile(0.999)),
          .max = ms(times.max()),
          .mean = ms(times.mean())};
}

/// The stages that the pipeline has, in their order: those that act only where something does.
std::vector<Stage> stages_of(Stage whole) {
  std::vector<Stage> stages;
  for (int k = 0; k < pipeline::kStageCount; ++k) {
    const auto stage = static_cast<Stage>(k);
    const bool acting = stage == Stage::kRules || stage == Stage::kAct || stage == Stage::kActuation;
    if (stage != Stage::kOutput && (whole == Stage::kActuation || !acting)) stages.push_back(stage);
  }
  return stages;
}

void fill_misses(const std::vector<double>& total, double deadline_ms, report::LatencyPhase& phase) {
  std::int64_t run = 0;
  for (const double time : total) {
    if (time <= deadline_ms) {
      run = 0;
      continue;
    }
    ++phase.misses;
    if (++run == 1) ++phase.miss_runs;
    phase.miss_run_longest = std::max(phase.miss_run_longest, run);
  }
}

void fill_worst(const std::vector<FrameTimes>& frames, const std::vector<double>& total, report::LatencyPhase& phase) {
  phase.worst_bin_seconds = std::max(1.0, std::ceil(phase.seconds / kWorstBins));
  for (std::size_t k = 0; k < frames.size(); ++k) {
    const double at = std::chrono::duration<double>(frames[k].captured).count();
    const auto bin = static_cast<std::size_t>(at / phase.worst_bin_seconds);
    if (phase.worst_ms.size() <= bin) phase.worst_ms.resize(bin + 1);
    phase.worst_ms[bin] = std::max(phase.worst_ms[bin], total[k]);
  }
}

void fill_slowest(const std::vector<FrameTimes>& frames, const std::vector<double>& total,
                  const std::vector<Stage>& stages, report::LatencyPhase& phase) {
  std::vector<std::size_t> order(frames.size());
  std::iota(order.begin(), order.end(), 0);
  const std::size_t count = std::min(kSlowest, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), std::greater<>(),
                            [&](std::size_t k) { return total[k]; });
  for (std::size_t k = 0; k < count; ++k) {
    const FrameTimes& frame = frames[order[k]];
    report::SlowFrame slow{.index = frame.index,
                           .at_seconds = std::chrono::duration<double>(frame.captured).count(),
                           .total_ms = total[order[k]],
                           .stage_ms = {},
                           .preemptions = frame.preemptions,
                           .page_faults = frame.page_faults};
    for (const Stage stage : stages)
      if (!is_span(stage)) slow.stage_ms.push_back(frame.stage_ms[index(stage)]);
    phase.slowest.push_back(slow);
  }
}

}  // namespace

void fill_from(const pipeline::LatencyRecorder& recorder, const pipeline::LatencyHistogram& output,
               report::LatencyPhase& phase) {
  const std::vector<FrameTimes>& frames = recorder.frames();
  const pipeline::LatencyRecorderOptions& options = recorder.options();
  phase.frames = std::ssize(frames);
  phase.warm_up = options.warm_up;
  phase.dropped = recorder.dropped();
  phase.whole = pipeline::to_string(options.whole);
  if (frames.empty()) return;
  phase.seconds = std::chrono::duration<double>(frames.back().captured).count();
  const std::vector<Stage> stages = stages_of(options.whole);
  for (const Stage stage : stages)
    phase.stages.push_back({pipeline::to_string(stage), is_span(stage), measure::latency_of(times_of(frames, stage))});
  phase.stages.push_back({std::string(pipeline::to_string(Stage::kOutput)) + " (after)", true, latency_of(output)});
  std::vector<double> total = times_of(frames, options.whole);
  fill_misses(total, static_cast<double>(options.deadline.count()) * 1e-6, phase);
  fill_worst(frames, total, phase);
  fill_slowest(frames, total, stages, phase);
  phase.histogram = measure::histogram(total, kBuckets);
  phase.total = measure::latency_of(total);
  std::ranges::sort(total);
  if (const auto rank = measure::percentile_bound_rank(phase.frames, 0.999))
    phase.total_p999_bound = total[static_cast<std::size_t>(*rank - 1)];
  if (options.allocations != nullptr) {
    phase.allocations = 0;
    for (const FrameTimes& frame : frames) {
      *phase.allocations += frame.allocations;
      if (frame.allocations > 0) ++phase.frames_with_allocations;
    }
  }
  const pipeline::ThreadUsage usage = recorder.usage();
  phase.thread = {usage.minor_faults, usage.major_faults, usage.voluntary_switches, usage.involuntary_switches};
}

}  // namespace hedge::app
