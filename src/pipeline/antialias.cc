#include "pipeline/antialias.h"

#include <algorithm>
#include <cmath>

#include "pipeline/gray.h"

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
    filter.windows.push_back({first, end - first, static_cast<std::int64_t>(begin)});
  }
  return filter;
}

void AntialiasResampler::plan(const Axis& columns, const Axis& rows, ColorOrder color, kernel::IsaSet isa) {
  gray_ = color == ColorOrder::kGray;
  columns_ = make_filter(columns);
  rows_ = make_filter(rows);
  along_x_ = {.pixels = columns.count,
              .source_pixels = columns.source_size,
              .red_first = color == ColorOrder::kRgb,
              .windows = columns_.windows.data(),
              .weights = columns_.weights.data(),
              .groups = kernel::smooth_groups(columns_.windows)};
  smooth_ = &kernel::first_kernel(kernel::smooth_kernels(), along_x_, isa);
  taps_ = kernel::pack_windows(smooth_->packing, along_x_);
  along_x_.vectors = taps_.vectors.data();
  along_x_.packed_weights = taps_.weights.data();
  const std::int64_t room = kernel::picture_row_room(3 * std::int64_t{columns.count});
  along_y_ = {.floats = std::int64_t{columns.count} * (gray_ ? 1 : 3), .pitch = room};
  weigh_rows_ = &kernel::first_kernel(kernel::weigh_rows_kernels(), along_y_, isa);
  row_.resize(static_cast<std::size_t>(room));
  narrow_.resize(static_cast<std::size_t>(room) * static_cast<std::size_t>(rows.source_size));
}

void AntialiasResampler::read(const media::Frame& frame) {
  frame_ = {.pixels = frame.pixels, .stride = frame.stride};
  next_row_ = rows_.windows.empty() ? 0 : rows_.windows.front().first;
}

void AntialiasResampler::read_rows(std::int32_t end) {
  for (; next_row_ < end; ++next_row_) {
    float* narrow = narrow_.data() + next_row_ * along_y_.pitch;
    smooth_->run(along_x_, {frame_.pixels + std::ptrdiff_t{next_row_} * frame_.stride, narrow}, {});
    if (gray_) to_gray(narrow, along_x_.pixels);
  }
}

const float* AntialiasResampler::row(int y) {
  const kernel::SmoothWindow window = rows_.windows[static_cast<std::size_t>(y)];
  read_rows(window.first + window.count);
  weigh_rows_->run(along_y_,
                   {.x = narrow_.data() + window.first * along_y_.pitch,
                    .weights = rows_.weights.data() + window.begin,
                    .rows = window.count,
                    .y = row_.data()},
                   {});
  return row_.data();
}

}  // namespace hedge::pipeline
