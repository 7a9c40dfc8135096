// Recorded tracks as JSON lines, one frame a line: what `hedge run --jsonl` writes, so that rules can be tried without
// a camera. docs/formats/track_lines.md is the schema.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/frame.h"
#include "rules/terms.h"

namespace hedge::rules {

struct RecordedFrame {
  std::int64_t index = 0;
  std::chrono::nanoseconds time{0};
  int width = 0, height = 0;
  std::vector<track::Track> tracks;
  std::vector<double> numbers;  ///< by the vocabulary
  Frame frame() const { return {time, width, height, tracks, numbers}; }
};

struct TrackLinesOptions {
  int width = 0, height = 0;  ///< of frames that do not say theirs
};

/// `name` is for errors: "name:line: ...". Frames whose times go back are an error, and so is a track without a number.
base::Result<std::vector<RecordedFrame>> parse_track_lines(std::string_view text, const std::string& name,
                                                           const Vocabulary& vocabulary,
                                                           const TrackLinesOptions& options = {});

/// The classes of lines that name them (`class` and `label`), by number; for files without a card. Gaps are "class N".
std::vector<std::string> labels_of_track_lines(std::string_view text);

}  // namespace hedge::rules
