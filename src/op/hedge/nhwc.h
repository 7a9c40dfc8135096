// Geometry of the hedge domain's window operators: batch x height x width x channels, two spatial axes, everything
// explicit (no auto_pad, no ceil_mode: the compiler has resolved them).
#pragma once

#include "op/operator.h"

namespace hedge::op {

struct NhwcWindow {
  std::int64_t batch, in_h, in_w, in_c;
  std::int64_t out_h, out_w;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  std::int64_t pad_top, pad_left, pad_bottom, pad_right;

  /// Kernel rows [begin, end) that fall inside the input at output row `y`; the same for columns.
  std::pair<std::int64_t, std::int64_t> rows_inside(std::int64_t y) const;
  std::pair<std::int64_t, std::int64_t> columns_inside(std::int64_t x) const;
};

/// Reads strides, pads [top, left, bottom, right], dilations and, where present, output_shape [OH, OW] (else computed).
Result<NhwcWindow> nhwc_window(const Attributes& attributes, const Shape& x, std::int64_t kernel_h,
                               std::int64_t kernel_w);

/// kernel_shape [KH, KW] of a pool.
Result<NhwcWindow> nhwc_pool_window(const Attributes& attributes, const TensorType& x);

}  // namespace hedge::op
