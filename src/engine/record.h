// Records golden vectors by running the engine itself: what it answers now is what verify() (engine/verify.h) asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "format/golden.h"

namespace hedge::engine {

struct RecordOptions {
  std::string label;
  /// For outputs that cannot be exact; by default what their arithmetic deserves (docs/formats/engine.md).
  std::optional<float> tolerance;
};

/// Inputs in the order of the engine's, of exactly their types (kUsage). The engine runs twice: an answer that differs
/// from itself is kUnsupported. What run() refuses is its error.
base::Result<format::GoldenCase> record(Engine& engine, std::vector<format::GoldenInput> inputs,
                                        const RecordOptions& options);

}  // namespace hedge::engine
