// Two records of one frame, bit by bit and in the order in which things happen: where they first part says which stage
// answered differently.
#pragma once

#include <optional>
#include <string>

#include "format/decision_log.h"

namespace hedge::pipeline {

struct Divergence {
  std::string stage;   ///< "picture", "input tensor", "output tensors", "detections", "tracks", "numbers", "verdict",
                       ///< "actuators"
  std::string values;  ///< what was recorded and what came now
};

struct CompareOptions {
  /// Tracker and rules have seen all frames since the run began; else what they remember cannot be the same, and only
  /// what follows from the frame alone is compared.
  bool with_memory = true;
};

std::optional<Divergence> compare(const format::LogFrame& recorded, const format::LogFrame& now,
                                  const CompareOptions& options = {});

}  // namespace hedge::pipeline
