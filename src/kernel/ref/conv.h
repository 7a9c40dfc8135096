// Plain twin of the convolutions, dense, grouped and depthwise. Weights as the model has them: [KH, KW, C/groups, OC].
#pragma once

#include <cstdint>

#include "kernel/activation.h"
#include "kernel/params.h"
#include "kernel/ref/exact.h"

namespace hedge::kernel::ref {

/// act(sum + bias + residual) or act(sum + bias) + residual.
inline Exact finish(Exact sum, const float* bias, const float* residual, const Epilogue& epilogue) {
  if (bias != nullptr) sum.add(*bias);
  if (residual != nullptr && !epilogue.residual_last) sum.add(*residual);
  sum.value = apply(epilogue.activation, static_cast<float>(sum.value), epilogue.alpha, epilogue.beta);
  if (residual != nullptr && epilogue.residual_last) sum.add(*residual);
  return sum;
}

/// One output element: `pixel` counts over [N, OH, OW].
inline Exact conv(const ConvParams& p, const ConvArgs& args, std::int64_t pixel, std::int64_t channel) {
  const std::int64_t ow = pixel % p.out_w, oh = pixel / p.out_w % p.out_h, n = pixel / (p.out_w * p.out_h);
  const std::int64_t group = channel / p.group_out();
  Exact sum;
  for (std::int64_t kh = 0; kh < p.kernel_h; ++kh)
    for (std::int64_t kw = 0; kw < p.kernel_w; ++kw) {
      const std::int64_t h = oh * p.stride_h - p.pad_top + kh * p.dilation_h;
      const std::int64_t w = ow * p.stride_w - p.pad_left + kw * p.dilation_w;
      if (h < 0 || h >= p.in_h || w < 0 || w >= p.in_w) continue;
      const float* x = args.x + ((n * p.in_h + h) * p.in_w + w) * p.in_c + group * p.group_in();
      const float* weights = args.weights + (kh * p.kernel_w + kw) * p.group_in() * p.out_c + channel;
      for (std::int64_t c = 0; c < p.group_in(); ++c) sum.add(double{x[c]} * double{weights[c * p.out_c]});
    }
  const std::int64_t at = pixel * p.out_c + channel;
  return finish(sum, args.bias != nullptr ? args.bias + channel : nullptr,
                args.residual != nullptr ? args.residual + at : nullptr, p.epilogue);
}

}  // namespace hedge::kernel::ref
