#include "pipeline/preprocess.h"

#include <algorithm>
#include <cmath>

namespace hedge::pipeline {
namespace {

using base::ErrorKind;
using base::fail;

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::lrintf(std::clamp(value, 0.0f, 255.0f))); }

}  // namespace

base::Result<Preprocessor> Preprocessor::create(const InputCard& card, const tensor::TensorType& input) {
  if (card.kind != InputKind::kImage)
    return fail(ErrorKind::kInvalid, "the card describes a model of tensors: it does not look at pictures or video");
  const bool bytes = input.dtype == tensor::DType::kU8;
  const bool nchw = card.layout == Layout::kNchw;
  const tensor::Shape wanted = nchw ? tensor::Shape{1, card.channels(), card.height, card.width}
                                    : tensor::Shape{1, card.height, card.width, card.channels()};
  if (input.shape != wanted || (input.dtype != tensor::DType::kF32 && !bytes))
    return fail(ErrorKind::kInvalid, "the card describes an input f32[{}], the model has {}", wanted.to_string(),
                input.to_string());
  return Preprocessor(card, bytes);
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
  const auto make_taps = [](std::vector<Tap>& taps, int count, int first_output, float scale, int source_size) {
    taps.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const float at = (static_cast<float>(i + first_output) + 0.5f) / scale - 0.5f;
      const float inside = std::clamp(at, 0.0f, static_cast<float>(source_size - 1));
      const auto first = static_cast<std::int32_t>(inside);
      taps[static_cast<std::size_t>(i)] = {first, std::min(first + 1, source_size - 1),
                                           inside - static_cast<float>(first)};
    }
  };
  mapping_ = {scale_x,      scale_y,      static_cast<float>(left_ - crop_x), static_cast<float>(top_ - crop_y),
              source_width, source_height};
  if (card_.antialias)
    return antialias_.plan({crop_x, filled_w_, scale_x, source_width}, {crop_y, filled_h_, scale_y, source_height},
                           card_.color);
  make_taps(columns_, filled_w_, crop_x, scale_x, source_width);
  make_taps(rows_, filled_h_, crop_y, scale_y, source_height);
  const auto row_size = static_cast<std::size_t>(filled_w_) * static_cast<std::size_t>(card_.channels());
  upper_.resize(row_size);
  lower_.resize(row_size);
}

// One source row, resampled along x, channel after channel in the card's colour order.
void Preprocessor::sample_row(const media::Frame& frame, int source_y, std::vector<float>& planes) const {
  const std::uint8_t* row = frame.pixels + static_cast<std::ptrdiff_t>(source_y) * frame.stride;
  const std::size_t width = columns_.size();
  const bool gray = card_.color == ColorOrder::kGray;
  float* out[3] = {planes.data(), planes.data() + (gray ? 0 : width), planes.data() + (gray ? 0 : 2 * width)};
  if (card_.color == ColorOrder::kRgb) std::swap(out[0], out[2]);
  for (std::size_t x = 0; x < width; ++x) {
    const Tap tap = columns_[x];
    const std::uint8_t* a = row + 3 * static_cast<std::ptrdiff_t>(tap.first);
    const std::uint8_t* b = row + 3 * static_cast<std::ptrdiff_t>(tap.second);
    float bgr[3];
    for (int c = 0; c < 3; ++c) {
      const auto left = static_cast<float>(a[c]);
      bgr[c] = left + (static_cast<float>(b[c]) - left) * tap.weight;
    }
    if (gray) {
      planes[x] = bgr[0] * kGrayWeights[0] + bgr[1] * kGrayWeights[1] + bgr[2] * kGrayWeights[2];
    } else {
      for (int c = 0; c < 3; ++c) out[c][x] = bgr[c];
    }
  }
}

void Preprocessor::write_row(int y, const tensor::TensorView& input, const float* upper, const float* lower,
                             float weight) const {
  const int channels = card_.channels();
  const bool nchw = card_.layout == Layout::kNchw;
  for (int c = 0; c < channels; ++c) {
    const float mean = card_.mean[static_cast<std::size_t>(c)];
    const float scale = card_.scale[static_cast<std::size_t>(c)];
    const float* a = upper + static_cast<std::ptrdiff_t>(c) * filled_w_;
    const float* b = lower + static_cast<std::ptrdiff_t>(c) * filled_w_;
    const std::int64_t step = nchw ? 1 : channels;
    const std::int64_t start = nchw ? (static_cast<std::int64_t>(c) * card_.height + y) * card_.width + left_
                                    : (static_cast<std::int64_t>(y) * card_.width + left_) * channels + c;
    const auto value = [&](int x) { return (a[x] + (b[x] - a[x]) * weight - mean) * scale; };
    if (bytes_) {
      auto* out = reinterpret_cast<std::uint8_t*>(input.data) + start;
      for (int x = 0; x < filled_w_; ++x) out[x * step] = to_byte(value(x));
    } else if (step == 1) {  // apart, so that the compiler sees a unit stride and vectorises
      float* out = reinterpret_cast<float*>(input.data) + start;
      for (int x = 0; x < filled_w_; ++x) out[x] = value(x);
    } else {
      float* out = reinterpret_cast<float*>(input.data) + start;
      for (int x = 0; x < filled_w_; ++x) out[x * step] = value(x);
    }
  }
}

void Preprocessor::pad_row(int y, int x_begin, int x_end, const tensor::TensorView& input) const {
  const int channels = card_.channels();
  const bool nchw = card_.layout == Layout::kNchw;
  for (int c = 0; c < channels; ++c) {
    const float value =
        (card_.pad_value - card_.mean[static_cast<std::size_t>(c)]) * card_.scale[static_cast<std::size_t>(c)];
    for (int x = x_begin; x < x_end; ++x) {
      const std::int64_t at = nchw ? (static_cast<std::int64_t>(c) * card_.height + y) * card_.width + x
                                   : (static_cast<std::int64_t>(y) * card_.width + x) * channels + c;
      if (bytes_)
        reinterpret_cast<std::uint8_t*>(input.data)[at] = to_byte(value);
      else
        reinterpret_cast<float*>(input.data)[at] = value;
    }
  }
}

// Row `row` of the picture, a blend of two source rows, to row `y` of the input. Rows are kept: the next one needs
// them.
void Preprocessor::blend_row(const media::Frame& frame, int row, int y, const tensor::TensorView& input) {
  const Tap tap = rows_[static_cast<std::size_t>(row)];
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
  write_row(y, input, upper_.data(), tap.weight > 0 ? lower_.data() : upper_.data(), tap.weight);
}

ImageMapping Preprocessor::run(const media::Frame& frame, const tensor::TensorView& input) {
  if (frame.width != mapping_.source_width || frame.height != mapping_.source_height) plan(frame.width, frame.height);
  if (card_.antialias) antialias_.read(frame);
  upper_y_ = lower_y_ = -1;  // a new frame: the kept rows are the old one's
  for (int y = 0; y < card_.height; ++y) {
    const int inside = y - top_;
    if (inside < 0 || inside >= filled_h_) {
      pad_row(y, 0, card_.width, input);
      continue;
    }
    if (card_.antialias) {
      const float* row = antialias_.row(inside);
      write_row(y, input, row, row, 0);
    } else {
      blend_row(frame, inside, y, input);
    }
    pad_row(y, 0, left_, input);
    pad_row(y, left_ + filled_w_, card_.width, input);
  }
  return mapping_;
}

}  // namespace hedge::pipeline
