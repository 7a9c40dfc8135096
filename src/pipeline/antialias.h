// Resampling that looks at every source pixel, for models trained on pictures that were made small by PIL or
// torchvision: a triangle as wide as an output pixel is in the source, its weights made to sum to 1 at the borders.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/picture.h"
#include "media/frame.h"
#include "pipeline/card.h"
#include "pipeline/row_prefetch.h"

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
  /// Allocates for this geometry; the kernels are those of a machine with `isa`.
  void plan(const Axis& columns, const Axis& rows, ColorOrder color, kernel::IsaSet isa);
  /// Begins a frame, which must outlive its rows. Allocates nothing.
  void read(const media::Frame& frame);
  /// Output row `y`, pixel after pixel in the card's order of colours: kernel::picture_row_room() floats, valid until
  /// the next row(). Rows are asked for from the top down.
  const float* row(int y);
  /// Source rows of which output row `y` is made.
  RowPrefetch::Rows source_rows(int y) const {
    const kernel::SmoothWindow& window = rows_.windows[static_cast<std::size_t>(y)];
    return {window.first, window.first + window.count};
  }

 private:
  struct Filter {
    std::vector<kernel::SmoothWindow> windows;
    std::vector<float> weights;
  };
  static Filter make_filter(const Axis& axis);
  /// Source rows up to `end` are resampled along x.
  void read_rows(std::int32_t end);

  bool gray_ = false;
  Filter columns_, rows_;
  kernel::SmoothTaps taps_;
  kernel::SmoothParams along_x_{};
  kernel::WeighRowsParams along_y_{};
  const kernel::SmoothKernel* smooth_ = nullptr;
  const kernel::WeighRowsKernel* weigh_rows_ = nullptr;
  media::Frame frame_;         ///< without its owner
  std::int32_t next_row_ = 0;  ///< of the frame, not resampled yet
  std::vector<float> narrow_;  ///< source rows resampled along x, along_y_.pitch apart
  std::vector<float> row_;
};

}  // namespace hedge::pipeline
