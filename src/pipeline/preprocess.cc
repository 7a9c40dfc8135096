#include "pipeline/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernel/divisor.h"
#include "pipeline/gray.h"

namespace hedge::pipeline {

using base::ErrorKind;
using base::fail;

base::Result<Preprocessor> Preprocessor::create(const InputCard& card, const tensor::TensorType& input,
                                                const std::optional<engine::ByteInput>& bytes) {
  if (card.kind != InputKind::kImage)
    return fail(ErrorKind::kInvalid, "the card describes a model of tensors: it does not look at pictures or video");
  const bool is_u8 = input.dtype == tensor::DType::kU8;
  const bool nchw = card.layout == Layout::kNchw;
  const tensor::Shape pixels{1, card.height, card.width, card.channels()};
  const tensor::Shape planes{1, card.channels(), card.height, card.width};
  const tensor::Shape& wanted = nchw ? planes : pixels;
  if (input.shape != wanted || (input.dtype != tensor::DType::kF32 && !is_u8))
    return fail(ErrorKind::kInvalid, "the card describes an input f32[{}], the model has {}", wanted.to_string(),
                input.to_string());
  const bool direct =
      bytes && (bytes->view.type.shape == pixels || (card.channels() == 1 && bytes->view.type.shape == planes));
  Preprocessor made(card, is_u8 || direct, TRY(kernel::usable_isa()));
  made.writes_engine_bytes_ = direct;
  made.prepare_output(direct || !nchw, direct ? bytes->scale : 1, direct ? bytes->zero : 0);
  return made;
}

/// All that does not depend on the frame's size.
void Preprocessor::prepare_output(bool pixel_after_pixel, float step, std::int32_t zero) {
  const std::int64_t channels = card_.channels();
  blend_ = {.pixels = card_.width,
            .channels = channels,
            .pixel_stride = pixel_after_pixel ? channels : 1,
            .channel_stride = pixel_after_pixel ? 1 : std::int64_t{card_.height} * card_.width,
            .divisor = kernel::divisor_of(step),
            .zero = zero};
  for (std::size_t k = 0; k < std::size(blend_.mean); ++k) {
    blend_.mean[k] = card_.mean[k % static_cast<std::size_t>(channels)];
    blend_.scale[k] = card_.scale[k % static_cast<std::size_t>(channels)];
    blend_.normalises = blend_.normalises || blend_.mean[k] != 0 || blend_.scale[k] != 1;
  }
  const auto kernels = bytes_ ? kernel::blend_bytes_kernels() : kernel::blend_floats_kernels();
  blend_kernel_ = &kernel::first_kernel(kernels, blend_, isa_);
  // The padding goes the same way, by the kernel that takes any value.
  const std::vector<float> row(static_cast<std::size_t>(blend_.pixels * channels), card_.pad_value);
  padding_.resize(row.size() * element_size());
  kernel::BlendParams one_row = blend_;
  if (!pixel_after_pixel) one_row.channel_stride = card_.width;
  kernels.back().run(one_row, {row.data(), row.data(), 0, padding_.data()}, {});
}

void Preprocessor::plan(int source_width, int source_height) {
  const auto width = static_cast<float>(card_.width);
  const auto height = static_cast<float>(card_.height);
  const auto source_w = static_cast<float>(source_width);
  const auto source_h = static_cast<float>(source_height);
  float scale_x = width / source_w;
  float scale_y = height / source_h;
  left_ = top_ = 0;
  int crop_x = 0, crop_y = 0;  // of the resized picture, for kCropCenter
  filled_w_ = card_.width;
  filled_h_ = card_.height;
  if (card_.resize == ResizeMode::kLetterbox || card_.resize == ResizeMode::kLetterboxCenter) {
    const float scale = std::min(scale_x, scale_y);
    filled_w_ = std::clamp(static_cast<int>(source_w * scale), 1, card_.width);
    filled_h_ = std::clamp(static_cast<int>(source_h * scale), 1, card_.height);
    if (card_.resize == ResizeMode::kLetterboxCenter) {
      left_ = (card_.width - filled_w_) / 2;
      top_ = (card_.height - filled_h_) / 2;
    }
    scale_x = static_cast<float>(filled_w_) / source_w;
    scale_y = static_cast<float>(filled_h_) / source_h;
  } else if (card_.resize == ResizeMode::kCropCenter) {
    const int wanted_short = card_.resize_short > 0 ? card_.resize_short : std::min(card_.width, card_.height);
    const float scale = std::max({static_cast<float>(wanted_short) / std::min(source_w, source_h), scale_x, scale_y});
    scale_x = scale_y = scale;
    crop_x = static_cast<int>((source_w * scale - width) / 2);
    crop_y = static_cast<int>((source_h * scale - height) / 2);
  }
  mapping_ = {scale_x,      scale_y,      static_cast<float>(left_ - crop_x), static_cast<float>(top_ - crop_y),
              source_width, source_height};
  blend_.pixels = filled_w_;
  if (card_.antialias)
    antialias_.plan({crop_x, filled_w_, scale_x, source_width}, {crop_y, filled_h_, scale_y, source_height},
                    card_.color, isa_);
  else
    plan_taps(crop_x, crop_y);
}

/// Taps of both axes, from where the picture begins in the resized one.
void Preprocessor::plan_taps(int crop_x, int crop_y) {
  const auto make_taps = [](std::vector<kernel::ResizeTap>& taps, int count, int first_output, float scale,
                            int source_size) {
    taps.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const float at = (static_cast<float>(i + first_output) + 0.5f) / scale - 0.5f;
      const float inside = std::clamp(at, 0.0f, static_cast<float>(source_size - 1));
      const auto first = static_cast<std::int32_t>(inside);
      taps[static_cast<std::size_t>(i)] = {first, std::min(first + 1, source_size - 1),
                                           inside - static_cast<float>(first)};
    }
  };
  make_taps(columns_, filled_w_, crop_x, mapping_.scale_x, mapping_.source_width);
  make_taps(rows_, filled_h_, crop_y, mapping_.scale_y, mapping_.source_height);
  plan_kernels();
}

void Preprocessor::plan_kernels() {
  sample_ = {.pixels = filled_w_,
             .source_pixels = mapping_.source_width,
             .red_first = card_.color == ColorOrder::kRgb,
             .taps = columns_.data()};
  sample_kernel_ = &kernel::first_kernel(kernel::sample_kernels(), sample_, isa_);
  vectors_ = kernel::pack_taps(sample_kernel_->packing, sample_);
  sample_.vectors = vectors_.data();
  const auto room = static_cast<std::size_t>(kernel::picture_row_room(3 * std::int64_t{filled_w_}));
  upper_.resize(room);
  lower_.resize(room);
  if (!bytes_) return;
  eighths_ = {.sample = sample_, .blend = blend_};
  eighths_kernel_ = kernel::find_kernel(kernel::eighths_kernels(), eighths_, isa_);
  if (eighths_kernel_ == nullptr) return;
  eighths_vectors_ = kernel::pack_eighths(eighths_kernel_->packing, sample_);
  eighths_.vectors = eighths_vectors_.data();
}

/// One source row, resampled along x, pixel after pixel in the card's colour order.
void Preprocessor::sample_row(const media::Frame& frame, int source_y, std::vector<float>& row) const {
  sample_kernel_->run(sample_, {frame.pixels + std::ptrdiff_t{source_y} * frame.stride, row.data()}, {});
  if (card_.color == ColorOrder::kGray) to_gray(row.data(), sample_.pixels);
}

/// What row `row` of the picture reads, as far as it matters to prefetching.
RowPrefetch::Rows Preprocessor::source_rows(int row) const {
  if (card_.antialias) return antialias_.source_rows(row);
  const kernel::ResizeTap& tap = rows_[static_cast<std::size_t>(row)];
  return {tap.first, tap.second + 1};
}

/// Row `row` of the picture, a blend of two source rows. Resampled rows are kept: the next one needs them.
void Preprocessor::blend_row(const media::Frame& frame, int row, std::byte* y) {
  const kernel::ResizeTap tap = rows_[static_cast<std::size_t>(row)];
  if (const float eighths = 8 * tap.weight; eighths_kernel_ != nullptr && eighths == std::floor(eighths)) {
    const auto pixels = [&](int source_y) { return frame.pixels + std::ptrdiff_t{source_y} * frame.stride; };
    eighths_kernel_->run(
        eighths_,
        {pixels(tap.first), pixels(tap.second), static_cast<std::int32_t>(eighths), reinterpret_cast<std::uint8_t*>(y)},
        {});
    return;
  }
  if (tap.first != upper_y_) {
    if (tap.first == lower_y_) {
      std::swap(upper_, lower_);
      std::swap(upper_y_, lower_y_);
    } else {
      sample_row(frame, tap.first, upper_);
      upper_y_ = tap.first;
    }
  }
  if (tap.weight > 0 && tap.second != lower_y_) {
    sample_row(frame, tap.second, lower_);
    lower_y_ = tap.second;
  }
  write_row(y, upper_.data(), tap.weight > 0 ? lower_.data() : upper_.data(), tap.weight);
}

void Preprocessor::write_row(std::byte* y, const float* upper, const float* lower, float weight) const {
  blend_kernel_->run(blend_, {upper, lower, weight, y}, {});
}

void Preprocessor::pad_row(std::byte* y, std::int64_t pixels) const {
  const bool planes = blend_.channel_stride != 1;
  const std::int64_t runs = planes ? blend_.channels : 1;
  const auto size = static_cast<std::ptrdiff_t>(element_size());
  for (std::int64_t c = 0; c < runs; ++c)
    std::memcpy(y + c * blend_.channel_stride * size, padding_.data() + c * card_.width * size,
                static_cast<std::size_t>(pixels * blend_.pixel_stride * size));
}

ImageMapping Preprocessor::run(const media::Frame& frame, const tensor::TensorView& input) {
  if (frame.width != mapping_.source_width || frame.height != mapping_.source_height) plan(frame.width, frame.height);
  if (card_.antialias) antialias_.read(frame);
  upper_y_ = lower_y_ = -1;  // a new frame: the kept rows are the old one's
  prefetch_.begin();
  prefetch_.ask(frame, source_rows(0));
  const auto pixel_size = static_cast<std::ptrdiff_t>(element_size()) * blend_.pixel_stride;
  for (int y = 0; y < card_.height; ++y) {
    std::byte* begin = input.data + y * card_.width * pixel_size;
    const int inside = y - top_;
    if (inside < 0 || inside >= filled_h_) {
      pad_row(begin, card_.width);
      continue;
    }
    if (inside + 1 < filled_h_) prefetch_.ask(frame, source_rows(inside + 1));
    std::byte* picture = begin + left_ * pixel_size;
    if (card_.antialias) {
      const float* row = antialias_.row(inside);
      write_row(picture, row, row, 0);
    } else {
      blend_row(frame, inside, picture);
    }
    pad_row(begin, left_);
    pad_row(picture + filled_w_ * pixel_size, card_.width - left_ - filled_w_);
  }
  return mapping_;
}

}  // namespace hedge::pipeline
