// Frame -> input tensor in two passes: rows are resampled once each, then blended, normalised and written in the
// model's layout, or as the bytes that the engine's first step would make of it. Bilinear with half-pixel centres, as
// OpenCV's INTER_LINEAR; or antialiased, where the card says so. The passes are kernels (kernel/picture.h) that all
// give the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "kernel/picture.h"
#include "media/frame.h"
#include "pipeline/antialias.h"
#include "pipeline/card.h"
#include "pipeline/row_prefetch.h"
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
  /// `bytes`, where the engine offers them for that input: written in its place if they are pixel after pixel.
  static base::Result<Preprocessor> create(const InputCard& card, const tensor::TensorType& input,
                                           const std::optional<engine::ByteInput>& bytes = std::nullopt);

  /// run() writes the engine's bytes, not its input.
  bool writes_engine_bytes() const { return writes_engine_bytes_; }

  /// Writes the whole of `input`, or of the engine's bytes. Allocates only when the frame's size differs from the last
  /// one's.
  ImageMapping run(const media::Frame& frame, const tensor::TensorView& input);

 private:
  Preprocessor(InputCard card, bool bytes, kernel::IsaSet isa) : card_(std::move(card)), bytes_(bytes), isa_(isa) {}
  void prepare_output(bool pixel_after_pixel, float step, std::int32_t zero);
  void plan(int source_width, int source_height);
  void plan_taps(int crop_x, int crop_y);
  void plan_kernels();
  RowPrefetch::Rows source_rows(int row) const;
  void blend_row(const media::Frame& frame, int row, std::byte* y);
  void sample_row(const media::Frame& frame, int source_y, std::vector<float>& row) const;
  void write_row(std::byte* y, const float* upper, const float* lower, float weight) const;
  void pad_row(std::byte* y, std::int64_t pixels) const;
  std::size_t element_size() const { return bytes_ ? 1 : sizeof(float); }

  InputCard card_;
  bool bytes_;  ///< what is written is u8: rounded, saturated
  kernel::IsaSet isa_;
  bool writes_engine_bytes_ = false;
  ImageMapping mapping_;
  int left_ = 0, top_ = 0;           ///< where the picture begins in the input
  int filled_w_ = 0, filled_h_ = 0;  ///< its size there
  std::vector<kernel::ResizeTap> columns_, rows_;
  std::vector<kernel::SampleVector> vectors_;  ///< columns_, packed
  kernel::SampleParams sample_{};
  const kernel::SampleKernel* sample_kernel_ = nullptr;
  kernel::BlendParams blend_{};
  const kernel::BlendKernel* blend_kernel_ = nullptr;
  std::vector<kernel::EighthsVector> eighths_vectors_;
  kernel::EighthsParams eighths_{};
  const kernel::EighthsKernel* eighths_kernel_ = nullptr;  ///< or null: some weight along x is no eighth
  RowPrefetch prefetch_;
  std::vector<std::byte> padding_;    ///< a row without picture: pixel after pixel, or channel after channel
  std::vector<float> upper_, lower_;  ///< two resampled source rows
  int upper_y_ = -1, lower_y_ = -1;   ///< which source rows these are
  AntialiasResampler antialias_;      ///< instead of columns_, rows_ and the two rows
};

}  // namespace hedge::pipeline
