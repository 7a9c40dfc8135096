// Detections as COCO's results format: [{"image_id", "category_id", "bbox": [x, y, width, height], "score"}, ...],
// https://cocodataset.org/#format-results. Where the dataset does not number its images, image_id is the number that
// the file's name is, or else the name without its extension.
#pragma once

#include <string>

#include "evaluate/evaluation.h"

namespace hedge::evaluate {

std::string to_coco_results(const Evaluation& evaluation, const Dataset& dataset);

}  // namespace hedge::evaluate
