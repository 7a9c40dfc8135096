#include "pipeline/antialias.h"

#include <algorithm>
#include <cmath>

namespace hedge::pipeline {

AntialiasResampler::Filter AntialiasResampler::make_filter(const Axis& axis) {
  const double scale = axis.scale;
  const double support = std::max(1.0, 1 / scale);
  Filter filter;
  for (int k = axis.first; k < axis.first + axis.count; ++k) {
    const double center = (k + 0.5) / scale;
    const int first = std::clamp(static_cast<int>(std::floor(center - support + 0.5)), 0, axis.source_size - 1);
    const int end = std::clamp(static_cast<int>(std::floor(center + support + 0.5)), first + 1, axis.source_size);
    const std::size_t begin = filter.weights.size();
    double sum = 0;
    for (int x = first; x < end; ++x) {
      const double weight = std::max(0.0, 1 - std::abs(x + 0.5 - center) / support);
      filter.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    if (sum <= 0) filter.weights[begin] = static_cast<float>(sum = 1);  // beyond the picture: its border
    for (std::size_t w = begin; w < filter.weights.size(); ++w) filter.weights[w] /= static_cast<float>(sum);
    filter.windows.push_back({first, end - first, begin});
  }
  return filter;
}

void AntialiasResampler::plan(const Axis& columns, const Axis& rows, ColorOrder color) {
  color_ = color;
  columns_ = make_filter(columns);
  rows_ = make_filter(rows);
  row_.resize(static_cast<std::size_t>(columns.count) * (color == ColorOrder::kGray ? 1 : 3));
  narrow_.resize(row_.size() * static_cast<std::size_t>(rows.source_size));
}

void AntialiasResampler::read_row(const std::uint8_t* pixels, float* planes) const {
  const std::size_t width = columns_.windows.size();
  for (std::size_t x = 0; x < width; ++x) {
    const Window window = columns_.windows[x];
    const float* weights = columns_.weights.data() + window.begin;
    const std::uint8_t* pixel = pixels + 3 * static_cast<std::ptrdiff_t>(window.first);
    float bgr[3] = {};
    for (std::int32_t k = 0; k < window.count; ++k, pixel += 3)
      for (int c = 0; c < 3; ++c) bgr[c] += weights[k] * static_cast<float>(pixel[c]);
    if (color_ == ColorOrder::kGray) {
      planes[x] = bgr[0] * kGrayWeights[0] + bgr[1] * kGrayWeights[1] + bgr[2] * kGrayWeights[2];
      continue;
    }
    if (color_ == ColorOrder::kRgb) std::swap(bgr[0], bgr[2]);
    for (std::size_t c = 0; c < 3; ++c) planes[c * width + x] = bgr[c];
  }
}

void AntialiasResampler::read(const media::Frame& frame) {
  if (rows_.windows.empty()) return;
  const Window last = rows_.windows.back();
  for (std::int32_t y = rows_.windows.front().first; y < last.first + last.count; ++y)
    read_row(frame.pixels + static_cast<std::ptrdiff_t>(y) * frame.stride,
             narrow_.data() + static_cast<std::size_t>(y) * row_.size());
}

const float* AntialiasResampler::row(int y) {
  const Window window = rows_.windows[static_cast<std::size_t>(y)];
  std::ranges::fill(row_, 0.0f);
  for (std::int32_t k = 0; k < window.count; ++k) {
    const float weight = rows_.weights[window.begin + static_cast<std::size_t>(k)];
    const float* source = narrow_.data() + static_cast<std::size_t>(window.first + k) * row_.size();
    for (std::size_t x = 0; x < row_.size(); ++x) row_[x] += weight * source[x];
  }
  return row_.data();
}

}  // namespace hedge::pipeline
