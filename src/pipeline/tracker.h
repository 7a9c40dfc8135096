// Counts things, not boxes: a detection keeps the number of the one it overlaps most in the frames just before
// (greedy IoU matching; Bochinski et al. 2017, "High-speed tracking-by-detection without using image information").
#pragma once

#include <vector>

#include "pipeline/prediction.h"

namespace hedge::pipeline {

struct TrackerOptions {
  float iou_min = 0.3f;     ///< overlap that makes two boxes of consecutive frames one thing
  int misses_max = 12;      ///< frames a thing may go unseen before its number retires
  int hits_to_confirm = 5;  ///< frames a thing must be seen before it counts
};

class Tracker {
 public:
  explicit Tracker(const TrackerOptions& options = {}) : options_(options) {}
  /// Sets Detection::track of every detection of the next frame.
  void update(std::vector<Detection>& detections);
  int confirmed() const { return confirmed_; }  ///< things seen so far

 private:
  struct Track {
    int id;
    int class_id;
    Box box;
    int hits;
    int misses;
    bool matched;
  };
  TrackerOptions options_;
  std::vector<Track> tracks_;
  int next_id_ = 0;
  int confirmed_ = 0;
};

}  // namespace hedge::pipeline
