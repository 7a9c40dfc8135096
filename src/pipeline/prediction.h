// What a model says about one frame, in source pixels.
#pragma once

#include <vector>

#include "track/track.h"

namespace hedge::pipeline {

using track::Box;

struct Detection {
  int class_id = 0;
  float score = 0;  ///< 0 to 1
  Box box;
  int track = -1;  ///< number of its track; -1 where it has none
};

struct ClassScore {
  int class_id = 0;
  float score = 0;
};

/// Reused from frame to frame, so that nothing is allocated once the vectors have grown.
struct Prediction {
  std::vector<Detection> detections;  ///< best score first
  std::vector<ClassScore> classes;    ///< classification: best first
  std::vector<track::Track> tracks;   ///< all that is followed, by number; also what is unconfirmed or out of sight
  void clear() {
    detections.clear();
    classes.clear();
    tracks.clear();
  }
};

}  // namespace hedge::pipeline
