// How far two opinions about one frame contradict each other: where they do, a label is worth asking for (query by
// committee, Seung, Opper and Sompolinsky 1992). 0: they say the same; 1: nothing of it. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/prediction.h"

namespace hedge::pipeline {

/// What each class of another model is called here: its number in the first model's card. By label, so that a detector
/// of eighty classes can be asked about one.
class ClassMap {
 public:
  /// kInvalid where the two have no label in common.
  static base::Result<ClassMap> create(const std::vector<std::string>& first, const std::vector<std::string>& other);
  int to_first(int other) const { return at(to_first_, other); }  ///< -1: the first model has no such class
  bool shared(int first) const { return at(shared_, first) > 0; }

 private:
  static int at(const std::vector<int>& values, int index) {
    return index >= 0 && index < std::ssize(values) ? values[static_cast<std::size_t>(index)] : -1;
  }
  std::vector<int> to_first_, shared_;
};

/// Detections: 1 - 2 m / (a + b) for a and b boxes of classes that both know and m pairs of one class that overlap by
/// half (IoU), the best scores first; 0 where neither finds any. Classes: 1 where the best ones differ, else 0.
/// Allocates nothing once it has seen the largest frame.
class DisagreementMeter {
 public:
  explicit DisagreementMeter(ClassMap classes) : classes_(std::move(classes)) {}
  double operator()(const Prediction& first, const Prediction& other);

 private:
  double of_boxes(const std::vector<Detection>& first, const std::vector<Detection>& other);
  ClassMap classes_;
  std::vector<bool> taken_;
};

/// Of the detector and the tracker, in the same measure: what the detector is sure of, against the confirmed tracks. A
/// track that is out of sight, or held by a box below the detector's threshold, has no detection; a box that no
/// confirmed track expected has no track.
double track_disagreement(const Prediction& prediction);

}  // namespace hedge::pipeline
