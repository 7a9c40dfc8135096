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
  /// Room for the candidates of a full picture and for all tracks, so that the fullest frame is not the one that grows.
  void reserve(int tracks_max) {
    detections.reserve(4096);
    tracks.reserve(static_cast<std::size_t>(tracks_max));
  }
  void clear() {
    detections.clear();
    classes.clear();
    tracks.clear();
  }
};

}  // namespace hedge::pipeline
