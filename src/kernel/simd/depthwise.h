// Depthwise convolution: each channel with its own small filter, channels across the vector. Inside the image four
// neighbouring outputs share every weight that is loaded; at the borders one output at a time skips what lies outside.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::ConvArgs;
using hedge::kernel::ConvParams;
using hedge::kernel::Slice;

/// kPixels neighbouring outputs of one row, kVectors vectors of channels from channel c on; taps [kh0,kh1) x [kw0,kw1).
template <int kPixels, int kVectors>
inline __attribute__((always_inline)) void depthwise_tile(const ConvParams& p, const ConvArgs& args, const float* window,
                                                          int64_t out, int64_t c, int64_t lanes_left, int64_t kh0, int64_t kh1,
                                                          int64_t kw0, int64_t kw1) {
  T sum[kPixels][kVectors];
  const int64_t step = p.stride_w * p.in_c;
  for (int j = 0; j < kVectors; ++j) {
    const int64_t lanes = lanes_left - j * Vec::kWidth;
    const T bias = args.bias != nullptr ? Vec::load_some(args.bias + c + j * Vec::kWidth, lanes) : Vec::zero();
    for (int i = 0; i < kPixels; ++i) sum[i][j] = bias;
  }
  for (int64_t kh = kh0; kh < kh1; ++kh)
    for (int64_t kw = kw0; kw < kw1; ++kw) {
      const float* weights = args.weights + (kh * p.kernel_w + kw) * p.out_c + c;
      const float* x = window + (kh * p.dilation_h * p.in_w + kw * p.dilation_w) * p.in_c + c;
      for (int j = 0; j < kVectors; ++j) {
        const int64_t lanes = lanes_left - j * Vec::kWidth;
        const T w = Vec::load_some(weights + j * Vec::kWidth, lanes);
        for (int i = 0; i < kPixels; ++i)
          sum[i][j] = Vec::fma(Vec::load_some(x + i * step + j * Vec::kWidth, lanes), w, sum[i][j]);
      }
    }
  for (int i = 0; i < kPixels; ++i)
    for (int j = 0; j < kVectors; ++j) {
      const int64_t lanes = lanes_left - j * Vec::kWidth, at = (out + i) * p.out_c + c + j * Vec::kWidth;
      T value = sum[i][j];
      if (args.residual == nullptr) {
        value = activate(p.epilogue, value);
      } else {
        const T extra = Vec::load_some(args.residual + at, lanes);
        value = p.epilogue.residual_last ? Vec::add(activate(p.epilogue, value), extra) : activate(p.epilogue, Vec::add(value, extra));
      }
      Vec::store_some(args.y + at, value, lanes);
    }
}

template <int kPixels>
inline void depthwise_channels(const ConvParams& p, const ConvArgs& args, const float* window, int64_t out, int64_t kh0,
                               int64_t kh1, int64_t kw0, int64_t kw1) {
  int64_t c = 0;
  for (; p.out_c - c > Vec::kWidth; c += 2 * Vec::kWidth)
    depthwise_tile<kPixels, 2>(p, args, window, out, c, p.out_c - c, kh0, kh1, kw0, kw1);
  if (c < p.out_c) depthwise_tile<kPixels, 1>(p, args, window, out, c, p.out_c - c, kh0, kh1, kw0, kw1);
}

inline void depthwise(const ConvParams& p, const ConvArgs& args, Slice slice) {
  constexpr int kPixels = Vec::kWidth == 16 ? 4 : 2;
  const auto rows = share(p.batch * p.out_h, slice);
  const auto first_tap = [](int64_t origin, int64_t dilation) { return origin >= 0 ? 0 : (-origin + dilation - 1) / dilation; };
  const auto end_tap = [](int64_t origin, int64_t in, int64_t kernel, int64_t dilation) {
    const int64_t end = origin >= in ? 0 : (in - 1 - origin) / dilation + 1;
    return end < kernel ? end : kernel;
  };
  // Outputs [inner_begin, inner_end) of a row see the whole kernel.
  const int64_t inner_begin = (p.pad_left + p.stride_w - 1) / p.stride_w;
  const int64_t reach = (p.kernel_w - 1) * p.dilation_w;
  int64_t inner_end = p.in_w - 1 - reach + p.pad_left < 0 ? 0 : (p.in_w - 1 - reach + p.pad_left) / p.stride_w + 1;
  if (inner_end > p.out_w) inner_end = p.out_w;
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const int64_t n = row / p.out_h, oh = row % p.out_h, top = oh * p.stride_h - p.pad_top;
    const int64_t kh0 = first_tap(top, p.dilation_h), kh1 = end_tap(top, p.in_h, p.kernel_h, p.dilation_h);
    for (int64_t ow = 0; ow < p.out_w;) {
      const int64_t left = ow * p.stride_w - p.pad_left, out = row * p.out_w + ow;
      // May point before the image; only taps inside are read.
      const float* window = args.x + ((n * p.in_h + top) * p.in_w + left) * p.in_c;
      if (ow >= inner_begin && ow + kPixels <= inner_end) {
        depthwise_channels<kPixels>(p, args, window, out, kh0, kh1, 0, p.kernel_w);
        ow += kPixels;
        continue;
      }
      depthwise_channels<1>(p, args, window, out, kh0, kh1, first_tap(left, p.dilation_w),
                            end_tap(left, p.in_w, p.kernel_w, p.dilation_w));
      ++ow;
    }
  }
}

}  // namespace
