// A BGR picture that we own: the canvas that boxes are drawn on.
#pragma once

#include <cstdint>
#include <vector>

#include "media/frame.h"

namespace hedge::pipeline {

struct Picture {
  int width = 0;                    ///< pixels
  int height = 0;                   ///< pixels
  std::vector<std::uint8_t> bytes;  ///< BGR, row-major, no padding

  int stride() const { return 3 * width; }
  /// Takes the frame's pixels; allocates only when the size changes.
  void copy_from(const media::Frame& frame);
};

}  // namespace hedge::pipeline
