// Boxes with numbers, frame by frame, as MOTChallenge writes them: docs/formats/tracks.md.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "evaluate/sample.h"

namespace hedge::evaluate {

struct TrackBox {
  std::int64_t frame = 0;  ///< from 1
  std::int64_t id = 0;     ///< of the thing
  Rectangle box;
  double confidence = 1;  ///< of ground truth: 0 where it does not count
  int class_id = -1;      ///< MOTChallenge's, from 1; -1: not said
};

/// The lines of a file in their order; a broken line, or a second box of one number in one frame, is kInvalid with file
/// and line.
base::Result<std::vector<TrackBox>> read_mot(const std::filesystem::path& file);

}  // namespace hedge::evaluate
