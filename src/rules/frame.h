// One frame as the rules get it.
#pragma once

#include <chrono>
#include <span>

#include "track/track.h"

namespace hedge::rules {

/// What one frame brings.
struct Frame {
  std::chrono::nanoseconds time{0};  ///< of the capture clock; one that goes back starts everything anew
  int width = 0, height = 0;         ///< pixels
  std::span<const track::Track> tracks;
  std::span<const double> numbers;  ///< by Vocabulary::numbers; NaN, or missing at the end: not known
};

}  // namespace hedge::rules
