// hedge evaluate --mot: how right tracks are against ground truth, without a model.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace hedge::app {

struct EvaluateTracksOptions {
  std::vector<std::string> files;  ///< ground truth, output
  double iou_min = 0.5;
};

base::Result<int> evaluate_tracks(const EvaluateTracksOptions& options, const std::vector<std::string>& bars,
                                  bool json);

}  // namespace hedge::app
