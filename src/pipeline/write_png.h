// A PNG on disk, whole or not at all.
#pragma once

#include <string>

#include <opencv2/core.hpp>

#include "base/result.h"

namespace hedge::pipeline {

base::Status write_png(const std::string& path, const cv::Mat& bgr);

}  // namespace hedge::pipeline
