// Frame -> input tensor in two passes: rows are resampled and split by channel once each, then blended, normalised and
// written in the model's layout. Bilinear with half-pixel centres, as OpenCV's INTER_LINEAR; or antialiased, where the
// card says so.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "media/frame.h"
#include "pipeline/antialias.h"
#include "pipeline/card.h"
#include "tensor/tensor.h"

namespace hedge::pipeline {

/// From input pixels back to source pixels: source = (input - offset) / scale.
struct ImageMapping {
  float scale_x = 1;
  float scale_y = 1;
  float offset_x = 0;  ///< input pixels
  float offset_y = 0;
  int source_width = 0;
  int source_height = 0;
};

class Preprocessor {
 public:
  /// Checks the card against the model's input: rank 4, f32 or u8, the card's size. A misfit is kInvalid and says both.
  static base::Result<Preprocessor> create(const InputCard& card, const tensor::TensorType& input);

  /// Writes the whole of `input`. Allocates only when the frame's size differs from the last one's.
  ImageMapping run(const media::Frame& frame, const tensor::TensorView& input);

 private:
  /// One output coordinate as a blend of two source coordinates.
  struct Tap {
    std::int32_t first;   ///< index of the first source pixel
    std::int32_t second;  ///< of the second; the same at the border
    float weight;         ///< of the second
  };
  Preprocessor(InputCard card, bool bytes) : card_(std::move(card)), bytes_(bytes) {}
  void plan(int source_width, int source_height);
  void blend_row(const media::Frame& frame, int row, int y, const tensor::TensorView& input);
  void sample_row(const media::Frame& frame, int source_y, std::vector<float>& planes) const;
  void write_row(int y, const tensor::TensorView& input, const float* upper, const float* lower, float weight) const;
  void pad_row(int y, int x_begin, int x_end, const tensor::TensorView& input) const;

  InputCard card_;
  bool bytes_;  ///< the input is u8: rounded, saturated
  ImageMapping mapping_;
  int left_ = 0, top_ = 0;           ///< where the picture begins in the input
  int filled_w_ = 0, filled_h_ = 0;  ///< its size there
  std::vector<Tap> columns_, rows_;
  std::vector<float> upper_, lower_;  ///< two resampled source rows, channel after channel
  AntialiasResampler antialias_;      ///< instead of columns_, rows_ and the two rows
  int upper_y_ = -1, lower_y_ = -1;   ///< which source rows these are
};

}  // namespace hedge::pipeline
