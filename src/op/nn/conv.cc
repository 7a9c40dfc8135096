// Conv: 1 to 3 spatial axes, groups, dilations, any padding. Weights scale whole output rows, so that the inner loop is
// a plain multiply-add over contiguous memory. conv_sums.h says in which order.
#include <algorithm>

#include "op/dispatch.h"
#include "op/nn/conv_sums.h"
#include "op/nn/window.h"

namespace hedge::op {
namespace {

using ConvTypes = Types<float, double>;

Result<Window> window_of(const Attributes& attributes, const Shape& x, const Shape& w) {
  if (w.rank() != x.rank() || x.rank() < 3)
    return fail(ErrorKind::kInvalid, "weights {} for an input {}", w.to_string(), x.to_string());
  const auto kernel = w.dims().subspan(2);
  if (const auto given = attributes.integers("kernel_shape"); !given.empty() && !std::ranges::equal(given, kernel))
    return fail(ErrorKind::kInvalid, "kernel_shape differs from the weights {}", w.to_string());
  return make_window(attributes, x, kernel);
}

Result<std::vector<TensorType>> infer_conv(const InferArgs& args) {
  const TensorType &x = args.input(0), &w = args.input(1);
  const Window window = TRY(window_of(args.attributes, x.shape, w.shape));
  const std::int64_t groups = args.attributes.integer("group", 1);
  if (groups < 1 || x.shape[1] % groups != 0 || w.shape[0] % groups != 0 || w.shape[1] != x.shape[1] / groups)
    return fail(ErrorKind::kInvalid, "{} groups, input {}, weights {}", groups, x.to_string(), w.to_string());
  if (w.dtype != x.dtype) return fail(ErrorKind::kInvalid, "input {}, weights {}", x.to_string(), w.to_string());
  if (args.has_input(2) && (args.input(2).elements() != w.shape[0] || args.input(2).dtype != x.dtype))
    return fail(ErrorKind::kInvalid, "a bias {} for {} channels", args.input(2).to_string(), w.shape[0]);
  std::vector<std::int64_t> dims{x.shape[0], w.shape[0]};
  for (int k = 0; k < window.rank; ++k) dims.push_back(window.out[static_cast<std::size_t>(3 - window.rank + k)]);
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

/// sums += the x plane under one weight tap.
template <class T>
void add_tap(const Window& window, T weight, std::int64_t kd, std::int64_t kh, std::int64_t kw, const T* x,
             ConvSums<T>& sums) {
  const auto [d_begin, d_end] = window.valid(0, kd);
  const auto [h_begin, h_end] = window.valid(1, kh);
  const auto [w_begin, w_end] = window.valid(2, kw);
  const std::int64_t step = window.stride[2];
  for (std::int64_t d = d_begin; d < d_end; ++d)
    for (std::int64_t h = h_begin; h < h_end; ++h) {
      const std::int64_t in_d = window.origin(0, d) + kd * window.dilation[0];
      const std::int64_t in_h = window.origin(1, h) + kh * window.dilation[1];
      const T* row = x + (in_d * window.in[1] + in_h) * window.in[2] + kw * window.dilation[2] - window.pad_begin[2];
      sums.add_run(weight, row + w_begin * step, step, (d * window.out[1] + h) * window.out[2] + w_begin,
                   w_end - w_begin);
    }
  sums.end_tap();
}

std::size_t scratch_bytes(const InferArgs& args) {
  const auto window = window_of(args.attributes, args.input(0).shape, args.input(1).shape);
  const auto plane = window ? static_cast<std::size_t>(window->out_elements()) : 0;
  return Scratch::booking<double>(ConvSums<double>::elements(plane));
}

Status run(const RunArgs& args) {
  const Shape &xs = args.input(0).shape(), &ws = args.input(1).shape();
  const Window window = TRY(window_of(args.attributes, xs, ws));
  const std::int64_t groups = args.attributes.integer("group", 1);
  const std::int64_t channels = ws[1], filters = ws[0] / groups;
  return visit_dtype<ConvTypes>(args.input(0).dtype(), [&]<class T>() {
    const T* x = args.input(0).as<T>().data();
    const T* weights = args.input(1).as<T>().data();
    const T* bias = args.has_input(2) ? args.input(2).as<T>().data() : nullptr;
    T* y = args.output(0).as<T>().data();
    const std::int64_t in_plane = window.in_elements(), out_plane = window.out_elements();
    if (args.output(0).type.elements() == 0) return;
    const auto memory = args.scratch.take<T>(ConvSums<T>::elements(static_cast<std::size_t>(out_plane)));
    ConvSums<T> sums(memory, channels * window.kernel_elements(), filters);
    for (std::int64_t n = 0; n < xs[0]; ++n)
      for (std::int64_t m = 0; m < ws[0]; ++m, y += out_plane) {
        sums.begin();
        const T* w = weights + m * channels * window.kernel_elements();
        for (std::int64_t c = 0; c < channels; ++c) {
          const T* plane = x + (n * xs[1] + m / filters * channels + c) * in_plane;
          for (std::int64_t kd = 0; kd < window.kernel[0]; ++kd)
            for (std::int64_t kh = 0; kh < window.kernel[1]; ++kh)
              for (std::int64_t kw = 0; kw < window.kernel[2]; ++kw) add_tap(window, *w++, kd, kh, kw, plane, sums);
        }
        for (std::int64_t i = 0; i < out_plane; ++i)
          y[i] = sums.total()[static_cast<std::size_t>(i)] + (bias != nullptr ? bias[m] : T{});
      }
  });
}

}  // namespace

extern const Operator kConv;
const Operator kConv = {
    .name = "Conv", .inputs_min = 2, .inputs_max = 3, .infer = infer_conv, .run = run, .scratch_bytes = scratch_bytes};

}  // namespace hedge::op
