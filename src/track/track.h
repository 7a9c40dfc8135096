// What a tracker says about one frame: things followed from frame to frame, in source pixels.
#pragma once

#include <chrono>

namespace hedge::track {

/// Pixels of the source frame; x, y is the top left corner.
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;
};

/// What a model saw in one frame.
struct Observation {
  Box box;
  float score = 0;  ///< 0 to 1
  int class_id = 0;
};

/// One thing followed from frame to frame.
struct Track {
  int id = 0;
  int class_id = 0;
  Box box;
  float score = 0;                         ///< 0 to 1
  Box velocity;                            ///< per second: dx, dy of the centre, dwidth, dheight
  std::chrono::nanoseconds first_seen{0};  ///< of the capture clock
  std::chrono::nanoseconds last_seen{0};
  int hits = 0;
  bool confirmed = false;
  bool visible = false;  ///< matched in this frame
};

}  // namespace hedge::track
