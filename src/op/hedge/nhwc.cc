#include "op/hedge/nhwc.h"

#include <algorithm>

namespace hedge::op {
namespace {

constexpr std::int64_t kSizeMax = 1 << 20;

Status read(const Attributes& attributes, std::string_view name, std::size_t count, std::int64_t low,
            std::int64_t* values) {
  const auto given = attributes.integers(name);
  if (given.empty()) return {};
  if (given.size() != count) return fail(ErrorKind::kInvalid, "{} has {} values, not {}", name, given.size(), count);
  for (std::size_t k = 0; k < count; ++k) {
    if (given[k] < low || given[k] > kSizeMax) return fail(ErrorKind::kInvalid, "{} holds {}", name, given[k]);
    values[k] = given[k];
  }
  return {};
}

std::pair<std::int64_t, std::int64_t> inside(std::int64_t origin, std::int64_t in, std::int64_t kernel,
                                             std::int64_t dilation) {
  const std::int64_t begin = origin >= 0 ? 0 : (-origin + dilation - 1) / dilation;
  const std::int64_t end = origin >= in ? 0 : (in - 1 - origin) / dilation + 1;
  return {begin, std::clamp(end, begin, std::max(begin, kernel))};
}

}  // namespace

std::pair<std::int64_t, std::int64_t> NhwcWindow::rows_inside(std::int64_t y) const {
  return inside(y * stride_h - pad_top, in_h, kernel_h, dilation_h);
}
std::pair<std::int64_t, std::int64_t> NhwcWindow::columns_inside(std::int64_t x) const {
  return inside(x * stride_w - pad_left, in_w, kernel_w, dilation_w);
}

Result<NhwcWindow> nhwc_window(const Attributes& attributes, const Shape& x, std::int64_t kernel_h,
                               std::int64_t kernel_w) {
  if (x.rank() != 4) return fail(ErrorKind::kInvalid, "an input {} is not NHWC", x.to_string());
  std::int64_t strides[2] = {1, 1}, dilations[2] = {1, 1}, pads[4] = {0, 0, 0, 0}, out[2] = {0, 0};
  TRY(read(attributes, "strides", 2, 1, strides));
  TRY(read(attributes, "dilations", 2, 1, dilations));
  TRY(read(attributes, "pads", 4, 0, pads));
  TRY(read(attributes, "output_shape", 2, 1, out));
  if (kernel_h < 1 || kernel_w < 1 || kernel_h > kSizeMax || kernel_w > kSizeMax)
    return fail(ErrorKind::kInvalid, "a kernel of {}x{}", kernel_h, kernel_w);
  NhwcWindow window{.batch = x[0],
                    .in_h = x[1],
                    .in_w = x[2],
                    .in_c = x[3],
                    .out_h = out[0],
                    .out_w = out[1],
                    .kernel_h = kernel_h,
                    .kernel_w = kernel_w,
                    .stride_h = strides[0],
                    .stride_w = strides[1],
                    .dilation_h = dilations[0],
                    .dilation_w = dilations[1],
                    .pad_top = pads[0],
                    .pad_left = pads[1],
                    .pad_bottom = pads[2],
                    .pad_right = pads[3]};
  if (out[0] == 0) {
    const std::int64_t room_h = x[1] + pads[0] + pads[2] - ((kernel_h - 1) * dilations[0] + 1);
    const std::int64_t room_w = x[2] + pads[1] + pads[3] - ((kernel_w - 1) * dilations[1] + 1);
    if (room_h < 0 || room_w < 0) return fail(ErrorKind::kInvalid, "the window does not fit into {}", x.to_string());
    window.out_h = room_h / strides[0] + 1;
    window.out_w = room_w / strides[1] + 1;
  }
  return window;
}

Result<NhwcWindow> nhwc_pool_window(const Attributes& attributes, const TensorType& x) {
  const auto kernel = attributes.integers("kernel_shape");
  if (kernel.size() != 2 || (x.dtype != DType::kF32 && x.dtype != DType::kU8))
    return fail(ErrorKind::kInvalid, "a pool of {} with {} kernel axes", x.to_string(), kernel.size());
  return nhwc_window(attributes, x.shape, kernel[0], kernel[1]);
}

}  // namespace hedge::op
