// COCO's metrics of detection, equal to pycocotools with area = all and at most 100 detections a class and image:
// https://cocodataset.org/#detection-eval. test/evaluate compares the two.
#pragma once

#include <span>
#include <vector>

#include "evaluate/match.h"

namespace hedge::evaluate {

/// One image: what is there, and what the model says (any order; equal scores keep theirs).
struct ImageBoxes {
  std::span<const TrueBox> truths;
  std::span<const ScoredBox> detections;
};

struct ClassPrecision {
  int class_id = 0;
  std::int64_t truths = 0;  ///< true boxes, without crowds
  double map = 0;           ///< mean over the overlaps 0.50, 0.55 ... 0.95
  double ap50 = 0;
  double ap75 = 0;
  double ar100 = 0;  ///< recall with 100 detections an image, mean over the overlaps
};

struct AveragePrecision {
  // Means over the classes that occur; NaN where none does.
  double map = 0;
  double ap50 = 0;
  double ap75 = 0;
  double ar100 = 0;
  std::vector<ClassPrecision> classes;  ///< those that occur, by number
};

AveragePrecision average_precision(std::span<const ImageBoxes> images);

struct OperatingPoint {
  double precision = 0;  ///< NaN where nothing is detected
  double recall = 0;     ///< NaN where nothing is there
};

/// Over all classes together, of the detections with at least this score, at an overlap of 0.5.
OperatingPoint operating_point(std::span<const ImageBoxes> images, double score_min);

}  // namespace hedge::evaluate
