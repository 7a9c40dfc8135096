// Depthwise convolution: each channel with its own small filter, channels across the vector. For the usual filters a
// tile of neighbouring outputs loads each input column once and adds it to every output that sees it.
#pragma once

#include "kernel/simd/epilogue.h"
#include "kernel/simd/window_taps.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::ConvArgs;
using hedge::kernel::ConvParams;
using hedge::kernel::Slice;

/// One output row's place in the input: `line` is where tap (0, 0) of output column 0 lies, maybe before the image;
/// only taps inside are read.
struct DepthwiseRow {
  const float* line;
  int64_t out;  ///< index of the row's first output pixel
  Taps taps;
};

inline const float* residual_at(const ConvArgs& args, int64_t at) {
  return args.residual != nullptr ? args.residual + at : nullptr;
}

/// Any filter, one output pixel.
inline void depthwise_pixel(const ConvParams& p, const ConvArgs& args, const DepthwiseRow& row, int64_t ow) {
  const Taps columns = taps_inside(ow * p.stride_w - p.pad_left, p.in_w, p.kernel_w, p.dilation_w);
  const float* window = row.line + ow * p.stride_w * p.in_c;
  const Adding adding(p.epilogue, args.residual);
  for (int64_t c = 0; c < p.out_c; c += Vec::kWidth) {
    const int64_t lanes = p.out_c - c, at = (row.out + ow) * p.out_c + c;
    T sum[1] = {args.bias != nullptr ? Vec::load_some(args.bias + c, lanes) : Vec::zero()};
    for (int64_t kh = row.taps.begin; kh < row.taps.end; ++kh)
      for (int64_t kw = columns.begin; kw < columns.end; ++kw) {
        const float* x = window + (kh * p.dilation_h * p.in_w + kw * p.dilation_w) * p.in_c + c;
        const float* w = args.weights + (kh * p.kernel_w + kw) * p.out_c + c;
        sum[0] = Vec::fma(Vec::load_some(x, lanes), Vec::load_some(w, lanes), sum[0]);
      }
    finish_rows<1, 1>(p.epilogue, adding, sum, residual_at(args, at), args.y + at, p.out_c, lanes);
  }
}

template <bool kWhole>
inline T load_lanes(const float* from, int64_t lanes) {
  return kWhole ? Vec::load(from) : Vec::load_some(from, lanes);
}

template <bool kWhole>
inline void store_lanes(float* to, T x, int64_t lanes) {
  if (kWhole)
    Vec::store(to, x);
  else
    Vec::store_some(to, x, lanes);
}

/// A clamp, be it without limits, is part of every tile's loop. What else there is to do is part of the usual tiles'
/// (of eight pixels, whole vectors of channels); elsewhere it follows from memory.
struct TileFinish {
  float low, high;
  bool more;

  TileFinish(const ConvParams& p, const ConvArgs& args) : low(-__builtin_inff()), high(__builtin_inff()) {
    using namespace hedge::kernel;  // NOLINT: the numbers of the activations
    const auto function = static_cast<uint8_t>(p.epilogue.activation);
    more = args.residual != nullptr || function > kActivationClip;
    if (more) return;
    if (function == kActivationRelu) low = 0;
    if (function == kActivationClip) low = p.epilogue.alpha, high = p.epilogue.beta;
  }
};

/// What follows, on channels from `c` on of kPixels outputs from `at` on.
template <int kPixels>
__attribute__((noinline)) void finish_pixels(const ConvParams& p, const ConvArgs& args, int64_t at, int64_t c) {
  const Adding adding(p.epilogue, args.residual);
  for (; c < p.out_c; c += Vec::kWidth) {
    float* const y = args.y + at + c;
    const int64_t lanes = p.out_c - c;
    T sum[kPixels];
    HEDGE_UNROLL
    for (int i = 0; i < kPixels; ++i) sum[i] = Vec::load_some(y + i * p.out_c, lanes);
    finish_rows<kPixels, 1>(p.epilogue, adding, sum, residual_at(args, at + c), y, p.out_c, lanes);
  }
}

/// kPixels outputs from column `ow` on and channels [c, c_end), filter of width kKernel without dilation. `kBorder`:
/// some columns may lie outside the image and are read from a vector of zeros. `kWhole`: whole vectors of channels.
template <int kKernel, int kStride, int kPixels, bool kBorder, bool kWhole, bool kMore = false>
inline void depthwise_channels(const ConvParams& p, const ConvArgs& args, const TileFinish& finish,
                               const DepthwiseRow& row, int64_t ow, int64_t c, int64_t c_end) {
  alignas(64) static constexpr float kZeros[Vec::kWidth] = {};
  constexpr int kColumns = (kPixels - 1) * kStride + kKernel;
  const int64_t left = ow * kStride - p.pad_left, pitch = p.in_c, line_pitch = p.dilation_h * p.in_w * p.in_c;
  const float* window = row.line + ow * kStride * pitch;
  const Adding adding(p.epilogue, args.residual);
  const T low = Vec::set(finish.low), high = Vec::set(finish.high);
  for (; c < c_end; c += Vec::kWidth) {
    const int64_t lanes = kWhole ? Vec::kWidth : c_end - c, at = (row.out + ow) * pitch + c;
    const T bias = args.bias != nullptr ? load_lanes<kWhole>(args.bias + c, lanes) : Vec::zero();
    T sum[kPixels];
    HEDGE_UNROLL
    for (int i = 0; i < kPixels; ++i) sum[i] = bias;
    for (int64_t kh = row.taps.begin; kh < row.taps.end; ++kh) {
      const float* line = window + kh * line_pitch + c;
      const float* weights = args.weights + kh * kKernel * pitch + c;
      T w[kKernel];
      HEDGE_UNROLL
      for (int kw = 0; kw < kKernel; ++kw) w[kw] = load_lanes<kWhole>(weights + kw * pitch, lanes);
      HEDGE_UNROLL
      for (int column = 0; column < kColumns; ++column) {
        const float* from = line + column * pitch;
        if (kBorder && (left + column < 0 || left + column >= p.in_w)) from = kZeros;
        const T x = load_lanes<kWhole>(from, lanes);
        HEDGE_UNROLL
        for (int i = 0; i < kPixels; ++i) {
          const int tap = column - i * kStride;
          if (tap >= 0 && tap < kKernel) sum[i] = Vec::fma(x, w[tap], sum[i]);
        }
      }
    }
    if constexpr (kMore) {
      finish_rows<kPixels, 1>(p.epilogue, adding, sum, residual_at(args, at), args.y + at, pitch, lanes);
    } else {
      HEDGE_UNROLL
      for (int i = 0; i < kPixels; ++i)
        store_lanes<kWhole>(args.y + at + i * pitch, Vec::min(high, Vec::max(low, sum[i])), lanes);
    }
  }
}

/// Eight pixels inside the image have loops of their own: all others pay for the question whether a column is inside.
template <int kKernel, int kStride, int kPixels>
inline void depthwise_tile(const ConvParams& p, const ConvArgs& args, const TileFinish& finish, const DepthwiseRow& row,
                           int64_t ow, bool border) {
  const int64_t whole = p.out_c / Vec::kWidth * Vec::kWidth;
  int64_t finished = 0;  // channels
  if (kPixels == 8 && finish.more) {
    if (border)
      depthwise_channels<kKernel, kStride, kPixels, true, true, true>(p, args, finish, row, ow, 0, whole);
    else
      depthwise_channels<kKernel, kStride, kPixels, false, true, true>(p, args, finish, row, ow, 0, whole);
    finished = whole;
  } else if (kPixels == 8 && !border) {
    depthwise_channels<kKernel, kStride, kPixels, false, true>(p, args, finish, row, ow, 0, whole);
  } else {
    depthwise_channels<kKernel, kStride, kPixels, true, true>(p, args, finish, row, ow, 0, whole);
  }
  if (kPixels == 8 && !border)
    depthwise_channels<kKernel, kStride, kPixels, false, false>(p, args, finish, row, ow, whole, p.out_c);
  else
    depthwise_channels<kKernel, kStride, kPixels, true, false>(p, args, finish, row, ow, whole, p.out_c);
  if (finish.more && finished < p.out_c) finish_pixels<kPixels>(p, args, (row.out + ow) * p.out_c, finished);
}

template <int kKernel, int kStride, int kPixels>
inline void depthwise_tiles(const ConvParams& p, const ConvArgs& args, const TileFinish& finish,
                            const DepthwiseRow& row) {
  constexpr int kColumns = (kPixels - 1) * kStride + kKernel;
  for (int64_t next = 0; next < p.out_w; next += kPixels) {
    // The last tile reaches back and computes a few outputs again.
    const int64_t ow = next + kPixels <= p.out_w ? next : p.out_w - kPixels, left = ow * kStride - p.pad_left;
    depthwise_tile<kKernel, kStride, kPixels>(p, args, finish, row, ow, left < 0 || left + kColumns > p.in_w);
  }
}

template <int kKernel, int kStride>
inline void depthwise_row(const ConvParams& p, const ConvArgs& args, const TileFinish& finish,
                          const DepthwiseRow& row) {
  if (p.out_w >= 8) return depthwise_tiles<kKernel, kStride, 8>(p, args, finish, row);
  if (kKernel > 3 || p.out_w >= 4) return depthwise_tiles<kKernel, kStride, 4>(p, args, finish, row);
  depthwise_tiles<kKernel, kStride, 1>(p, args, finish, row);
}

inline void depthwise(const ConvParams& p, const ConvArgs& args, Slice slice) {
  const auto rows = share(p.batch * p.out_h, slice);
  const TileFinish finish(p, args);
  for (int64_t index = rows.begin; index < rows.end; ++index) {
    const int64_t n = index / p.out_h, top = index % p.out_h * p.stride_h - p.pad_top;
    const DepthwiseRow row{args.x + ((n * p.in_h + top) * p.in_w - p.pad_left) * p.in_c, index * p.out_w,
                           taps_inside(top, p.in_h, p.kernel_h, p.dilation_h)};
    const int64_t kind = p.dilation_w == 1 && (p.out_w >= 4 || p.kernel_w == 3) ? p.kernel_w * 10 + p.stride_w : 0;
    switch (kind) {
      case 31: depthwise_row<3, 1>(p, args, finish, row); break;
      case 32: depthwise_row<3, 2>(p, args, finish, row); break;
      case 51: depthwise_row<5, 1>(p, args, finish, row); break;
      case 52: depthwise_row<5, 2>(p, args, finish, row); break;
      default:
        for (int64_t ow = 0; ow < p.out_w; ++ow) depthwise_pixel(p, args, row, ow);
    }
  }
}

}  // namespace
