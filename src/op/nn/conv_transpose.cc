// ConvTranspose: every input element spreads a kernel over the output; output_shape and output_padding as ONNX has
// them.
#include <algorithm>

#include "op/dispatch.h"
#include "op/nn/window.h"

namespace hedge::op {
namespace {

/// The window of the convolution whose gradient this is: `in` and `out` change places.
Result<Window> window_of(const Attributes& attributes, const Shape& x, const Shape& w) {
  const int rank = x.rank() - 2;
  if (rank < 1 || rank > Window::kAxes || w.rank() != x.rank())
    return fail(ErrorKind::kInvalid, "weights {} for an input {}", w.to_string(), x.to_string());
  Window window;
  window.rank = rank;
  window.stride = TRY(spatial_list(attributes, "strides", rank, 1, 1));
  window.dilation = TRY(spatial_list(attributes, "dilations", rank, 1, 1));
  const auto extra = TRY(spatial_list(attributes, "output_padding", rank, 0, 0));
  const auto wanted = TRY(spatial_list(attributes, "output_shape", rank, 0, 1));
  const bool wanted_given = !attributes.integers("output_shape").empty();
  const auto pads = attributes.integers("pads");
  const std::string_view auto_pad = attributes.string("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (!same && auto_pad != "NOTSET" && auto_pad != "VALID" && !auto_pad.empty())
    return fail(ErrorKind::kInvalid, "auto_pad '{}'", auto_pad);
  for (int k = 0; k < rank; ++k) {
    const auto at = static_cast<std::size_t>(Window::kAxes - rank + k);
    window.out[at] = x[k + 2];  // seen from the convolution, our input is its output
    window.kernel[at] = w[k + 2];
    if (window.kernel[at] < 1 || window.out[at] < 1) return fail(ErrorKind::kInvalid, "an empty kernel or input");
    const std::int64_t reach = (window.kernel[at] - 1) * window.dilation[at] + 1 + extra[at];
    const std::int64_t full = (window.out[at] - 1) * window.stride[at] + reach;
    if (wanted_given || same) {
      window.in[at] = wanted_given ? wanted[at] : window.out[at] * window.stride[at];
      const std::int64_t total = std::max<std::int64_t>(0, full - window.in[at]);
      window.pad_begin[at] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.pad_end[at] = total - window.pad_begin[at];
      continue;
    }
    if (!pads.empty() && auto_pad != "VALID") {
      if (pads.size() != 2 * static_cast<std::size_t>(rank)) return fail(ErrorKind::kInvalid, "{} pads", pads.size());
      window.pad_begin[at] = pads[static_cast<std::size_t>(k)];
      window.pad_end[at] = pads[static_cast<std::size_t>(k + rank)];
    }
    for (const std::int64_t pad : {window.pad_begin[at], window.pad_end[at]})
      if (pad < 0 || pad > full) return fail(ErrorKind::kInvalid, "a pad of {}", pad);
    window.in[at] = full - window.pad_begin[at] - window.pad_end[at];
    if (window.in[at] < 0) return fail(ErrorKind::kInvalid, "the pads leave nothing");
  }
  return window;
}

Result<std::vector<TensorType>> infer_conv_transpose(const InferArgs& args) {
  const TensorType &x = args.input(0), &w = args.input(1);
  const Window window = TRY(window_of(args.attributes, x.shape, w.shape));
  const std::int64_t groups = args.attributes.integer("group", 1);
  if (groups < 1 || groups > x.shape[1] || x.shape[1] % groups != 0 || w.shape[0] != x.shape[1] || w.dtype != x.dtype)
    return fail(ErrorKind::kInvalid, "{} groups, input {}, weights {}", groups, x.to_string(), w.to_string());
  std::vector<std::int64_t> dims{x.shape[0], w.shape[1] * groups};
  if (args.has_input(2) && (args.input(2).elements() != dims[1] || args.input(2).dtype != x.dtype))
    return fail(ErrorKind::kInvalid, "a bias {} for {} channels", args.input(2).to_string(), dims[1]);
  for (int k = 0; k < window.rank; ++k) dims.push_back(window.in[static_cast<std::size_t>(3 - window.rank + k)]);
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

template <class T>
void spread(const Window& window, T weight, const std::array<std::int64_t, 3>& k, const T* x, T* y) {
  const auto [d_begin, d_end] = window.valid(0, k[0]);
  const auto [h_begin, h_end] = window.valid(1, k[1]);
  const auto [w_begin, w_end] = window.valid(2, k[2]);
  for (std::int64_t d = d_begin; d < d_end; ++d)
    for (std::int64_t h = h_begin; h < h_end; ++h)
      for (std::int64_t w = w_begin; w < w_end; ++w) {
        const std::int64_t to_d = window.origin(0, d) + k[0] * window.dilation[0];
        const std::int64_t to_h = window.origin(1, h) + k[1] * window.dilation[1];
        const std::int64_t to_w = window.origin(2, w) + k[2] * window.dilation[2];
        y[(to_d * window.in[1] + to_h) * window.in[2] + to_w] +=
            weight * x[(d * window.out[1] + h) * window.out[2] + w];
      }
}

Status run(const RunArgs& args) {
  const Shape &xs = args.input(0).shape(), &ws = args.input(1).shape();
  const Window window = TRY(window_of(args.attributes, xs, ws));
  const std::int64_t groups = args.attributes.integer("group", 1);
  const std::int64_t channels = xs[1] / groups, filters = ws[1];
  return visit_dtype<Types<float, double>>(args.input(0).dtype(), [&]<class T>() {
    const T* x = args.input(0).as<T>().data();
    const T* weights = args.input(1).as<T>().data();
    T* y = args.output(0).as<T>().data();
    const std::int64_t out_plane = window.in_elements(), in_plane = window.out_elements();
    if (args.output(0).type.elements() == 0) return;
    for (std::int64_t n = 0; n < xs[0]; ++n)
      for (std::int64_t m = 0; m < filters * groups; ++m) {
        T* plane = y + (n * filters * groups + m) * out_plane;
        std::fill_n(plane, out_plane, args.has_input(2) ? args.input(2).as<T>()[static_cast<std::size_t>(m)] : T{});
        for (std::int64_t c = m / filters * channels; c < (m / filters + 1) * channels; ++c) {
          const T* w = weights + (c * filters + m % filters) * window.kernel_elements();
          std::array<std::int64_t, 3> k{};
          for (k[0] = 0; k[0] < window.kernel[0]; ++k[0])
            for (k[1] = 0; k[1] < window.kernel[1]; ++k[1])
              for (k[2] = 0; k[2] < window.kernel[2]; ++k[2])
                spread(window, *w++, k, x + (n * xs[1] + c) * in_plane, plane);
        }
      }
  });
}

}  // namespace

extern const Operator kConvTranspose;
const Operator kConvTranspose = {
    .name = "ConvTranspose", .inputs_min = 2, .inputs_max = 3, .infer = infer_conv_transpose, .run = run};

}  // namespace hedge::op
