// Resampling that looks at every source pixel, for models trained on pictures that were made small by PIL or
// torchvision: a triangle as wide as an output pixel is in the source, its weights made to sum to 1 at the borders.
#pragma once

#include <cstdint>
#include <vector>

#include "media/frame.h"
#include "pipeline/card.h"

namespace hedge::pipeline {

class AntialiasResampler {
 public:
  /// Outputs [first, first + count) of an axis of `source_size` pixels resized by `scale`.
  struct Axis {
    int first = 0;
    int count = 0;
    float scale = 1;
    int source_size = 0;
  };
  /// Allocates for this geometry.
  void plan(const Axis& columns, const Axis& rows, ColorOrder color);
  /// Resamples the frame along x; row() then along y. Allocates nothing.
  void read(const media::Frame& frame);
  /// Output row `y`: channel after channel in the card's order of colours. Valid until the next row().
  const float* row(int y);

 private:
  /// One output coordinate: weights [begin, begin + count) for source coordinates from `first`.
  struct Window {
    std::int32_t first;
    std::int32_t count;
    std::size_t begin;
  };
  struct Filter {
    std::vector<Window> windows;
    std::vector<float> weights;
  };
  static Filter make_filter(const Axis& axis);
  void read_row(const std::uint8_t* pixels, float* planes) const;

  ColorOrder color_ = ColorOrder::kBgr;
  Filter columns_, rows_;
  std::vector<float> narrow_;  ///< source rows resampled along x
  std::vector<float> row_;
};

}  // namespace hedge::pipeline
