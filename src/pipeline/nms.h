// Non-maximum suppression: of boxes of one class that overlap by more than a threshold, the best score stays.
#pragma once

#include <vector>

#include "pipeline/prediction.h"

namespace hedge::pipeline {

/// Greedy, class by class, in place; the result is sorted by score (ties by class, then x, y) and cut at `count_max`.
void suppress(std::vector<Detection>& detections, float iou_max, int count_max);

}  // namespace hedge::pipeline
