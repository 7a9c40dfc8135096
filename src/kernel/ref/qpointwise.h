// Plain twins of the integer kernels that pass once over memory, docs/int8.md line by line. Indices count elements of
// the output without gaps.
#pragma once

#include "kernel/ref/qconv.h"

namespace hedge::kernel::ref {

inline std::uint8_t qtable(const QTableParams& p, const QTableArgs& args, std::int64_t index) {
  return args.table[args.x[index / p.columns * p.x_pitch + index % p.columns]];
}

inline std::uint8_t qbinary(const QBinaryParams& p, const QBinaryArgs& args, std::int64_t index) {
  const std::int64_t row = index / p.columns, column = index % p.columns;
  const std::int32_t a = args.a[row * p.a_pitch + column] - p.a_zero;
  const std::int32_t b = args.b[row / p.rows_per_b * p.b_pitch + column] - p.b_zero;
  const float v = p.function == QBinary::kAdd
                      ? std::fma(static_cast<float>(a), p.a_scale, static_cast<float>(b) * p.b_scale)
                      : static_cast<float>(a * b) * p.a_scale;
  return to_byte(v, p.y_zero, p.y_low, p.y_high);
}

/// `pixel` counts over [N, OH, OW]. A maximum over nothing is 0, an average over nothing the zero point.
inline std::uint8_t qpool(const QPoolParams& p, const QPoolArgs& args, std::int64_t pixel, std::int64_t channel) {
  const std::int64_t ow = pixel % p.out_w, oh = pixel / p.out_w % p.out_h, n = pixel / (p.out_w * p.out_h);
  std::int32_t sum = 0;
  std::uint8_t highest = 0;
  std::int64_t count = 0;
  for (std::int64_t kh = 0; kh < p.kernel_h; ++kh)
    for (std::int64_t kw = 0; kw < p.kernel_w; ++kw) {
      const std::int64_t h = oh * p.stride_h - p.pad_top + kh * p.dilation_h;
      const std::int64_t w = ow * p.stride_w - p.pad_left + kw * p.dilation_w;
      const bool inside = h >= 0 && h < p.in_h && w >= 0 && w < p.in_w;
      // Pads count where they are told to; what lies even beyond the pads (ceil_mode) never does.
      if (inside || (p.count_include_pad && h < p.in_h + p.pad_bottom && w < p.in_w + p.pad_right)) ++count;
      if (!inside) continue;
      const std::uint8_t x = args.x[((n * p.in_h + h) * p.in_w + w) * p.x_pitch + channel];
      sum += x - p.x_zero;
      highest = std::max(highest, x);
    }
  if (!p.average) return highest;
  const float scale = p.scale / static_cast<float>(std::max<std::int64_t>(count, 1));
  return to_byte(static_cast<float>(sum) * scale, p.y_zero, p.y_low, p.y_high);
}

/// `pixel` counts over [N, OH, OW].
inline std::uint8_t qresize(const QResizeParams& p, const QResizeArgs& args, std::int64_t pixel, std::int64_t channel) {
  const std::int64_t n = pixel / (p.out_h * p.out_w);
  const ResizeTap &row = p.rows[pixel / p.out_w % p.out_h], &column = p.columns[pixel % p.out_w];
  const auto at = [&](std::int64_t h, std::int64_t w) {
    return args.x[((n * p.in_h + h) * p.in_w + w) * p.x_pitch + channel];
  };
  if (!p.linear) return at(row.first, column.first);
  const auto across = [&](std::int64_t h) {
    const float left = at(h, column.first), right = at(h, column.second), step = (right - left) * column.weight;
    return left + step;
  };
  const float upper = across(row.first), lower = across(row.second), step = (lower - upper) * row.weight;
  const float t = upper + step;
  return to_byte((t - static_cast<float>(p.x_zero)) * p.scale, p.y_zero, p.y_low, p.y_high);
}

/// saturate(round(x / scale) + zero); what is not a number becomes the zero point.
inline std::uint8_t quantize(const QuantizeParams& p, const QuantizeArgs& args, std::int64_t index) {
  const float v = args.x[index] / p.scale;
  return std::isnan(v) ? static_cast<std::uint8_t>(p.zero) : to_byte(v, p.zero, 0, 255);
}

/// `index` counts over [batch, pixels, channels].
inline std::uint8_t qpixels(const QPixelsParams& p, const QuantizeArgs& args, std::int64_t index) {
  const std::int64_t c = index % p.channels, pixel = index / p.channels % p.pixels, n = index / p.channels / p.pixels;
  return quantize({.scale = p.scale, .zero = p.zero}, args, (n * p.channels + c) * p.pixels + pixel);
}

inline float dequantize(const QuantizeParams& p, const DequantizeArgs& args, std::int64_t index) {
  return static_cast<float>(args.x[index] - p.zero) * p.scale;
}

}  // namespace hedge::kernel::ref
