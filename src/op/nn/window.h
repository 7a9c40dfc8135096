// The geometry of a sliding window over up to three spatial axes, from ONNX's attributes: shared by Conv, pooling and
// ConvTranspose. Two-dimensional and one-dimensional windows are three-dimensional ones with leading axes of 1.
#pragma once

#include <array>

#include "op/operator.h"

namespace hedge::op {

struct Window {
  static constexpr int kAxes = 3;
  std::array<std::int64_t, kAxes> in{1, 1, 1};
  std::array<std::int64_t, kAxes> out{1, 1, 1};
  std::array<std::int64_t, kAxes> kernel{1, 1, 1};
  std::array<std::int64_t, kAxes> stride{1, 1, 1};
  std::array<std::int64_t, kAxes> dilation{1, 1, 1};
  std::array<std::int64_t, kAxes> pad_begin{0, 0, 0};
  std::array<std::int64_t, kAxes> pad_end{0, 0, 0};
  int rank = 0;  ///< spatial axes that really exist

  std::int64_t in_elements() const { return in[0] * in[1] * in[2]; }
  std::int64_t out_elements() const { return out[0] * out[1] * out[2]; }
  std::int64_t kernel_elements() const { return kernel[0] * kernel[1] * kernel[2]; }
  /// Output positions along `axis` whose kernel element `k` falls inside the input: [begin, end).
  std::pair<std::int64_t, std::int64_t> valid(int axis, std::int64_t k) const;
  /// First input index that kernel element 0 sees at output position 0.
  std::int64_t origin(int axis, std::int64_t output) const {
    const auto at = static_cast<std::size_t>(axis);
    return output * stride[at] - pad_begin[at];
  }
};

/// `x` is [N, C, spatial...]; `kernel` the spatial kernel dims. Reads strides, dilations, pads, auto_pad and ceil_mode.
Result<Window> make_window(const Attributes& attributes, const Shape& x, std::span<const std::int64_t> kernel);

/// The spatial part of `attributes` lists: `count` values in [low, high], `fallback` where absent.
Result<std::array<std::int64_t, Window::kAxes>> spatial_list(const Attributes& attributes, std::string_view name,
                                                             int count, std::int64_t fallback, std::int64_t low);

}  // namespace hedge::op
