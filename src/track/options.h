// What can be told to a tracker: the [track] table of a pipeline file (docs/tracking.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "track/box_filter.h"

namespace hedge::base {
class Section;
}

namespace hedge::track {

struct TrackerOptions {
  float low_score = 0.1f;    ///< boxes from here on keep a track alive; the detector must hand them over
  float new_score = 0.5f;    ///< boxes from here on begin a track
  float iou_min = 0.1f;      ///< overlap of a detection and where a track is expected
  float iou_min_low = 0.3f;  ///< the same for boxes below the detection threshold, and for tracks not yet confirmed
  float gate = 5.0f;         ///< a box farther than this from where a track is expected is not its own, in deviations
  float appearance = 1.0f;   ///< what a wholly other look costs, where a box that does not fit at all costs 1
  float confirm_s = 0.25f;   ///< seconds a track must have been followed before it counts
  float lost_s = 2.0f;       ///< seconds a confirmed track may go unseen before its number retires
  float coast_s = 0.5f;      ///< seconds out of sight in which a track is expected to go on as it went; then it stands
  float tentative_lost_s = 0.25f;  ///< seconds one that is not confirmed may
  int tracks_max = 200;  ///< bounds the time of a frame: no more tracks begin, and of more boxes the best are taken
  /// Boxes that the detector is known to find where nothing is (a sign, a poster); what lies just there is left aside.
  std::vector<Box> false_boxes;
  Noise noise;
};

/// Reads every key of the table and finishes it.
void read_options(base::Section section, TrackerOptions& options);

/// A TOML text whose only table is [track]; errors are one line with file and line.
base::Result<TrackerOptions> parse_options(std::string_view toml, const std::string& file);
base::Result<TrackerOptions> load_options(const std::filesystem::path& path);

}  // namespace hedge::track
