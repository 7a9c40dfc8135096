// Colour to gray, as cv::COLOR_BGR2GRAY weighs it.
#pragma once

#include <cstdint>

#include "pipeline/card.h"

namespace hedge::pipeline {

/// A row of `pixels` BGR pixels of floats becomes one of as many floats, in place.
inline void to_gray(float* row, std::int64_t pixels) {
  for (std::int64_t x = 0; x < pixels; ++x) {
    const float* bgr = row + 3 * x;
    row[x] = bgr[0] * kGrayWeights[0] + bgr[1] * kGrayWeights[1] + bgr[2] * kGrayWeights[2];
  }
}

}  // namespace hedge::pipeline
