// hedge bench --swap: another thread replaces the engine by a fresh load of its file again and again, as a new model
// reaches a device, while the caller goes from one inference to the next.
#pragma once

#include "hedge/model_options.h"

namespace hedge::app {

/// Milliseconds of inferences.
struct SwapTimes {
  std::vector<double> all, first;  ///< first: those that were a new engine's first
  std::size_t swaps = 0;
  double load_ms = 0;  ///< of one engine, at the median: read, checked and run once before it is published
};

/// Calls the engine for `seconds`, and at least until one was swapped in; a new one comes every `every` seconds, or as
/// fast as it is loaded. All share one team of threads.
base::Result<SwapTimes> measure_swaps(const ModelOptions& model, double seconds, double every);

}  // namespace hedge::app
