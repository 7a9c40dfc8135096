#include "pipeline/stages.h"

#include <fmt/format.h>

namespace hedge::pipeline {
namespace {

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-6; }

}  // namespace

const char* to_string(Stage stage) {
  switch (stage) {
    case Stage::kWait: return "wait";
    case Stage::kPreprocess: return "preprocess";
    case Stage::kInfer: return "infer";
    case Stage::kDecode: return "decode";
    case Stage::kTrack: return "track";
    case Stage::kRules: return "rules";
    case Stage::kAct: return "act";
    case Stage::kActuation: return "capture to actuation";
    case Stage::kDecision: return "capture to decision";
    case Stage::kOutput: return "output";
  }
  return "?";
}

std::string StageStatistics::table() const {
  std::string text = fmt::format("{:<20} {:>8} {:>8} {:>8} {:>8}   ms\n", "stage", "p50", "p90", "p99", "max");
  for (int k = 0; k < kStageCount; ++k) {
    const LatencyHistogram& times = histograms_[k];
    if (times.count() == 0) continue;
    text += fmt::format("{:<20} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f}\n", to_string(static_cast<Stage>(k)),
                        milliseconds(times.percentile(0.5)), milliseconds(times.percentile(0.9)),
                        milliseconds(times.percentile(0.99)), milliseconds(times.max()));
  }
  return text;
}

}  // namespace hedge::pipeline
