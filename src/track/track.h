// What a tracker is told of a frame, and what it says: boxes in, tracks out. A track is one thing followed from frame
// to frame. Times are those of the capture clock, never counts of frames, so that dropped frames change nothing.
#pragma once

#include <chrono>

#include "track/appearance.h"
#include "track/box.h"

namespace hedge::track {

/// One box of a detector in one frame.
struct Observation {
  Box box;
  float score = 0;  ///< 0 to 1
  int class_id = 0;
  Appearance appearance = {};  ///< may be unknown
};

struct Track {
  int id = 0;  ///< from 1, never used again
  int class_id = 0;
  Box box;          ///< smoothed; where the track is not visible, where it is expected
  float score = 0;  ///< of the last observation
  Box velocity;     ///< a second: x and y of the centre, width (restless: gait, turning) and height (smooth)
  std::chrono::nanoseconds first_seen{0};
  std::chrono::nanoseconds last_seen{0};
  int hits = 0;            ///< frames in which it was seen
  bool confirmed = false;  ///< seen long enough to be a thing, and not a flicker of the detector
  bool visible = false;    ///< seen in this frame
};

}  // namespace hedge::track
