// Plain twin of the integer convolutions: docs/int8.md, line by line. Weights as the model has them:
// [KH, KW, C/groups, OC].
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/check.h"
#include "kernel/exact_activation.h"
#include "kernel/params.h"

namespace hedge::kernel::ref {

/// y_zero + round(clamp(v, y_low - y_zero, y_high - y_zero)), ties to even.
inline std::uint8_t to_byte(float v, std::int32_t zero, std::int32_t low, std::int32_t high) {
  const float lowest = static_cast<float>(low - zero), highest = static_cast<float>(high - zero);
  return static_cast<std::uint8_t>(zero + static_cast<std::int32_t>(std::nearbyint(std::clamp(v, lowest, highest))));
}

/// From a sum to a byte; null pointers are steps that are absent.
inline std::uint8_t quantize_sum(const QuantEpilogue& e, std::int32_t acc, float scale, const float* gain,
                                 const std::uint8_t* residual, const std::uint8_t* table) {
  const auto add_residual = [&](float v) {
    return std::fma(static_cast<float>(*residual - e.residual_zero), e.residual_scale, v);
  };
  float v = static_cast<float>(acc) * scale;
  if (residual != nullptr && !e.residual_last) v = add_residual(v);
  v = exact_activation(e.activation, v, e.alpha, e.beta);
  if (gain != nullptr) v = v * *gain;
  if (residual != nullptr && e.residual_last) v = add_residual(v);
  const std::uint8_t y = to_byte(v, e.y_zero, e.y_low, e.y_high);
  return table != nullptr ? table[y] : y;
}

/// The sequel of a byte: `channel` and `residual` (for kSum) are the output's.
inline std::uint8_t follow(const QConvParams& p, const QConvArgs& args, std::uint8_t byte, std::int64_t channel,
                           const std::uint8_t* residual) {
  const QuantSequel& s = p.sequel;
  if (s.kind == QSequel::kAffine)
    return to_byte(static_cast<float>(args.shift[channel] + byte * args.factor[channel]) * args.sequel_scale[channel],
                   s.y_zero, s.y_low, s.y_high);
  const auto own = static_cast<float>(byte - p.epilogue.y_zero),
             other = static_cast<float>(*residual - s.residual_zero);
  return to_byte(s.residual_first ? std::fma(other, s.residual_scale, own * s.own_scale)
                                  : std::fma(own, s.own_scale, other * s.residual_scale),
                 s.y_zero, s.y_low, s.y_high);
}

/// The sum of one output: `pixel` counts over [N, OH, OW].
inline std::int32_t qconv_sum(const QConvParams& p, const QConvArgs& args, std::int64_t pixel, std::int64_t channel) {
  const std::int64_t ow = pixel % p.out_w, oh = pixel / p.out_w % p.out_h, n = pixel / (p.out_w * p.out_h);
  const std::int64_t group = channel / p.group_out();
  std::int64_t acc = args.bias[channel];
  for (std::int64_t kh = 0; kh < p.kernel_h; ++kh)
    for (std::int64_t kw = 0; kw < p.kernel_w; ++kw) {
      const std::int64_t h = oh * p.stride_h - p.pad_top + kh * p.dilation_h;
      const std::int64_t w = ow * p.stride_w - p.pad_left + kw * p.dilation_w;
      const bool inside = h >= 0 && h < p.in_h && w >= 0 && w < p.in_w;
      const std::uint8_t* x =
          inside ? args.x + ((n * p.in_h + h) * p.in_w + w) * p.x_pitch + group * p.group_in() : nullptr;
      const std::int8_t* weights = args.weights + (kh * p.kernel_w + kw) * p.group_in() * p.out_c + channel;
      for (std::int64_t c = 0; c < p.group_in(); ++c) acc += (inside ? x[c] : p.x_zero) * weights[c * p.out_c];
    }
  HEDGE_CHECK(acc == static_cast<std::int32_t>(acc));  // the caller's duty
  return static_cast<std::int32_t>(acc);
}

/// One output byte.
inline std::uint8_t qconv(const QConvParams& p, const QConvArgs& args, std::int64_t pixel, std::int64_t channel) {
  const std::uint8_t* residual =
      args.residual != nullptr ? args.residual + pixel * p.residual_pitch + channel : nullptr;
  const bool sequel = p.sequel.kind != QSequel::kNone;
  const std::uint8_t byte =
      quantize_sum(p.epilogue, qconv_sum(p, args, pixel, channel), args.scale[channel],
                   args.gain != nullptr ? args.gain + channel : nullptr, sequel ? nullptr : residual, args.table);
  return sequel ? follow(p, args, byte, channel, residual) : byte;
}

/// One output of a convolution whose answers are real.
inline float qconv_real(const QConvParams& p, const QConvArgs& args, std::int64_t pixel, std::int64_t channel) {
  const QuantEpilogue& e = p.epilogue;
  return exact_activation(e.activation, static_cast<float>(qconv_sum(p, args, pixel, channel)) * args.scale[channel],
                          e.alpha, e.beta);
}

}  // namespace hedge::kernel::ref
