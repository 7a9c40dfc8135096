// What a model says about one frame, in source pixels.
#pragma once

#include <vector>

namespace hedge::pipeline {

/// Pixels of the source frame; x, y is the top left corner.
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;
};

/// Intersection over union, 0 to 1.
float iou(const Box& a, const Box& b);

struct Detection {
  int class_id = 0;
  float score = 0;  ///< 0 to 1
  Box box;
  int track = -1;  ///< number of the person or thing, the same from frame to frame; -1 where not tracked
};

struct ClassScore {
  int class_id = 0;
  float score = 0;
};

/// Reused from frame to frame, so that nothing is allocated once the vectors have grown.
struct Prediction {
  std::vector<Detection> detections;  ///< best score first
  std::vector<ClassScore> classes;    ///< classification: best first
  void clear() {
    detections.clear();
    classes.clear();
  }
};

}  // namespace hedge::pipeline
