#include "op/nn/window.h"

#include <algorithm>

namespace hedge::op {
namespace {

constexpr std::int64_t kSizeMax = 1 << 20;  // no stride, pad, dilation or kernel is larger; keeps products in 64 bits

}  // namespace

std::pair<std::int64_t, std::int64_t> Window::valid(int axis, std::int64_t k) const {
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t offset = k * dilation[at] - pad_begin[at];
  const std::int64_t begin = offset >= 0 ? 0 : (-offset + stride[at] - 1) / stride[at];
  const std::int64_t last = in[at] - 1 - offset;  // largest output * stride that stays inside
  const std::int64_t end = last < 0 ? 0 : last / stride[at] + 1;
  return {std::min(begin, out[at]), std::clamp(end, std::min(begin, out[at]), out[at])};
}

Result<std::array<std::int64_t, Window::kAxes>> spatial_list(const Attributes& attributes, std::string_view name,
                                                             int count, std::int64_t fallback, std::int64_t low) {
  std::array<std::int64_t, Window::kAxes> values;
  values.fill(fallback);
  const auto given = attributes.integers(name);
  if (given.empty()) return values;
  if (given.size() != static_cast<std::size_t>(count))
    return fail(ErrorKind::kInvalid, "{} has {} values for {} spatial axes", name, given.size(), count);
  for (std::size_t k = 0; k < given.size(); ++k) {
    if (given[k] < low || given[k] > kSizeMax) return fail(ErrorKind::kInvalid, "{} holds {}", name, given[k]);
    values[static_cast<std::size_t>(Window::kAxes - count) + k] = given[k];
  }
  return values;
}

Result<Window> make_window(const Attributes& attributes, const Shape& x, std::span<const std::int64_t> kernel) {
  Window window;
  window.rank = x.rank() - 2;
  if (window.rank < 1 || window.rank > Window::kAxes)
    return fail(ErrorKind::kUnsupported, "{} spatial axes; 1 to 3 are supported", std::max(0, window.rank));
  if (kernel.size() != static_cast<std::size_t>(window.rank))
    return fail(ErrorKind::kInvalid, "a kernel of {} axes for {} spatial axes", kernel.size(), window.rank);
  const int lead = Window::kAxes - window.rank;
  window.stride = TRY(spatial_list(attributes, "strides", window.rank, 1, 1));
  window.dilation = TRY(spatial_list(attributes, "dilations", window.rank, 1, 1));
  const auto pads = attributes.integers("pads");
  const std::string_view auto_pad = attributes.string("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (!same && auto_pad != "NOTSET" && auto_pad != "VALID" && !auto_pad.empty())
    return fail(ErrorKind::kInvalid, "auto_pad '{}'", auto_pad);
  const bool explicit_pads = !same && auto_pad != "VALID" && !pads.empty();
  if (explicit_pads && pads.size() != 2 * static_cast<std::size_t>(window.rank))
    return fail(ErrorKind::kInvalid, "{} pads for {} spatial axes", pads.size(), window.rank);
  const bool ceil_mode = attributes.integer("ceil_mode", 0) != 0;
  for (int k = 0; k < window.rank; ++k) {
    const auto at = static_cast<std::size_t>(lead + k);
    const auto source = static_cast<std::size_t>(k);
    window.in[at] = x[k + 2];
    window.kernel[at] = kernel[source];
    if (kernel[source] < 1 || kernel[source] > kSizeMax)
      return fail(ErrorKind::kInvalid, "a kernel of {}", kernel[source]);
    const std::int64_t reach = (window.kernel[at] - 1) * window.dilation[at] + 1;
    const std::int64_t stride = window.stride[at];
    if (same) {
      window.out[at] = (window.in[at] + stride - 1) / stride;
      const std::int64_t total = std::max<std::int64_t>(0, (window.out[at] - 1) * stride + reach - window.in[at]);
      window.pad_begin[at] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.pad_end[at] = total - window.pad_begin[at];
      continue;
    }
    if (explicit_pads) {
      window.pad_begin[at] = pads[source];
      window.pad_end[at] = pads[source + static_cast<std::size_t>(window.rank)];
      for (const std::int64_t pad : {window.pad_begin[at], window.pad_end[at]})
        if (pad < 0 || pad > kSizeMax) return fail(ErrorKind::kInvalid, "a pad of {}", pad);
    }
    const std::int64_t room = window.in[at] + window.pad_begin[at] + window.pad_end[at] - reach;
    if (room < 0)
      return fail(ErrorKind::kInvalid, "a window of {} does not fit into {} with its pads", reach, window.in[at]);
    window.out[at] = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    // With ceil_mode the last window may lie wholly in the padding: then it is dropped.
    if (ceil_mode && (window.out[at] - 1) * stride >= window.in[at] + window.pad_begin[at]) --window.out[at];
  }
  return window;
}

}  // namespace hedge::op
