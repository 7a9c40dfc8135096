// Decides on the recorded frames of a run again, by the same pipeline, and compares each stage bit by bit. Nothing is
// opened that acts, and nothing is sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/log_directory.h"
#include "pipeline/frame_finder.h"
#include "pipeline/log_compare.h"
#include "pipeline/runner.h"

namespace hedge::pipeline {

struct ReplayOptions {
  std::int64_t from = 0;        ///< index of the first frame that is compared; those before are only run
  std::int64_t to = INT64_MAX;  ///< and of the last
};

struct ReplayReport {
  std::int64_t frames = 0;    ///< compared
  std::int64_t diverged = 0;  ///< of these, the ones with a difference
  std::int64_t without_memory =
      0;                     ///< of these, the ones of which only what follows from the frame itself was compared
  std::int64_t missing = 0;  ///< in the log, but their pictures are not to be had
  std::optional<Divergence> first;
  std::int64_t first_frame = -1;     ///< its index
  std::vector<std::string> remarks;  ///< what could not be compared, and why; a line each
};

/// `runner` is newly made by what the run says; with an inert Reaction where it had rules.
base::Result<ReplayReport> replay(format::RunReader& log, bool log_begins, Runner& runner, FrameFinder& frames,
                                  const ReplayOptions& options);

}  // namespace hedge::pipeline
