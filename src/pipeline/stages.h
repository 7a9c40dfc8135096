// The stages that a frame passes, in order, and the clock of each. docs/ARCHITECTURE.md, "life of a frame".
#pragma once

#include <array>
#include <string>

#include "pipeline/latency.h"

namespace hedge::pipeline {

enum class Stage {
  kWait,        ///< captured, but the pipeline was busy with the frame before
  kPreprocess,  ///< pixels -> input tensor
  kInfer,       ///< input -> output tensors
  kDecode,      ///< output tensors -> boxes or classes, NMS
  kTrack,       ///< boxes -> tracks
  kRules,       ///< tracks -> verdict
  kDecision,    ///< captured -> decided: all of the above together
  kAct,         ///< verdict -> handed to the actuators, and sent where sending cannot block
  kActuation,   ///< captured -> acted
  kOutput,      ///< drawing and writing, after the decision
};
inline constexpr int kStageCount = 10;

/// Name for tables and plots.
const char* to_string(Stage stage);

/// The times of one frame.
using StageTimes = std::array<std::chrono::nanoseconds, kStageCount>;

/// The times of all frames.
class StageStatistics {
 public:
  void record(Stage stage, std::chrono::nanoseconds time) { histograms_[static_cast<int>(stage)].record(time); }
  const LatencyHistogram& of(Stage stage) const { return histograms_[static_cast<int>(stage)]; }
  /// One row a stage: p50, p90, p99 and max in milliseconds.
  std::string table() const;

 private:
  std::array<LatencyHistogram, kStageCount> histograms_;
};

}  // namespace hedge::pipeline
