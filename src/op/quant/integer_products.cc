// ConvInteger, QLinearConv, MatMulInteger, QLinearMatMul: products of 8-bit operands in 32-bit integers.
#include <algorithm>

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/nn/mat_mul_shape.h"
#include "op/nn/window.h"
#include "op/quant/quantize.h"

namespace hedge::op {
namespace {

using ByteTypes = Types<std::uint8_t, std::int8_t>;

/// Where the operands of a form stand: QLinear* carry scales, *Integer do not.
struct Layout {
  int x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias;
};
constexpr Layout kLinear = {0, 1, 2, 3, 4, 5, 6, 7, 8};
constexpr Layout kInteger = {0, -1, 2, 1, -1, 3, -1, -1, -1};

ConstTensorView view_of(const RunArgs& args, int k) {
  return k >= 0 && args.has_input(k) ? args.input(k) : ConstTensorView();
}

/// The last step of a QLinear form: i32 -> 8 bits with the scales of operands and output.
template <class Q>
Q requantize(std::int32_t sum, float multiplier, std::int64_t zero) {
  return quantize<Q>(static_cast<float>(sum) * multiplier, 1.0f, zero);
}

/// Scales are f32, zero points of their operand's type, the output's type that of its zero point.
Status check_types(const InferArgs& args, const Layout& at, bool requantizes) {
  const auto is_byte = [](DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; };
  for (const int k : {at.x, at.w, requantizes ? at.y_zero : at.x})
    if (!is_byte(args.input(k).dtype))
      return fail(ErrorKind::kUnsupported, "operand {} is {}, not u8 or i8", k, args.input(k).to_string());
  for (const int k : {at.x_scale, at.w_scale, at.y_scale})
    if (k >= 0 && args.input(k).dtype != DType::kF32)
      return fail(ErrorKind::kUnsupported, "scale {} is {}, not f32", k, args.input(k).to_string());
  for (const auto [zero, operand] : {std::pair(at.x_zero, at.x), std::pair(at.w_zero, at.w)})
    if (args.has_input(zero) && args.input(zero).dtype != args.input(operand).dtype)
      return fail(ErrorKind::kInvalid, "zero point {} for {}", args.input(zero).to_string(),
                  args.input(operand).to_string());
  return {};
}

/// 32-bit sums wrap.
std::int32_t wrapped_sum(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

Result<Window> conv_window(const Attributes& attributes, const Shape& x, const Shape& w) {
  if (w.rank() != x.rank() || x.rank() < 3)
    return fail(ErrorKind::kInvalid, "weights {} for {}", w.to_string(), x.to_string());
  return make_window(attributes, x, w.dims().subspan(2));
}

template <bool kRequantize>
Result<std::vector<TensorType>> infer_conv(const InferArgs& args) {
  constexpr Layout at = kRequantize ? kLinear : kInteger;
  const TensorType &x = args.input(at.x), &w = args.input(at.w);
  TRY(check_types(args, at, kRequantize));
  const Window window = TRY(conv_window(args.attributes, x.shape, w.shape));
  const std::int64_t groups = args.attributes.integer("group", 1);
  if (groups < 1 || x.shape[1] % groups != 0 || w.shape[0] % groups != 0 || w.shape[1] != x.shape[1] / groups)
    return fail(ErrorKind::kInvalid, "{} groups, input {}, weights {}", groups, x.to_string(), w.to_string());
  for (const int k : {at.w_scale, at.w_zero})
    if (k >= 0 && args.has_input(k) && args.input(k).elements() != 1 && args.input(k).elements() != w.shape[0])
      return fail(ErrorKind::kInvalid, "operand {} is {}", k, args.input(k).to_string());
  for (const int k : {at.x_scale, at.x_zero, at.y_scale, at.y_zero})
    if (k >= 0 && args.has_input(k) && args.input(k).elements() != 1)
      return fail(ErrorKind::kInvalid, "operand {} is {}, not one number", k, args.input(k).to_string());
  if (kRequantize && args.has_input(at.bias) &&
      (args.input(at.bias).elements() != w.shape[0] || args.input(at.bias).dtype != DType::kI32))
    return fail(ErrorKind::kInvalid, "bias {}", args.input(at.bias).to_string());
  std::vector<std::int64_t> dims{x.shape[0], w.shape[0]};
  for (int k = 0; k < window.rank; ++k) dims.push_back(window.out[static_cast<std::size_t>(3 - window.rank + k)]);
  return std::vector{TensorType{kRequantize ? args.input(at.y_zero).dtype : DType::kI32, TRY(Shape::create(dims))}};
}

template <class X, class W>
void convolve_plane(const Window& window, const X* x, std::int32_t x_zero, const W* w, std::int32_t w_zero,
                    std::int32_t* sums) {
  for (std::int64_t kd = 0; kd < window.kernel[0]; ++kd)
    for (std::int64_t kh = 0; kh < window.kernel[1]; ++kh)
      for (std::int64_t kw = 0; kw < window.kernel[2]; ++kw) {
        const std::int32_t weight = static_cast<std::int32_t>(*w++) - w_zero;
        const auto [d0, d1] = window.valid(0, kd);
        const auto [h0, h1] = window.valid(1, kh);
        const auto [w0, w1] = window.valid(2, kw);
        for (std::int64_t d = d0; d < d1; ++d)
          for (std::int64_t h = h0; h < h1; ++h) {
            const X* row = x +
                           ((window.origin(0, d) + kd * window.dilation[0]) * window.in[1] + window.origin(1, h) +
                            kh * window.dilation[1]) *
                               window.in[2] +
                           kw * window.dilation[2] - window.pad_begin[2];
            std::int32_t* out = sums + (d * window.out[1] + h) * window.out[2];
            for (std::int64_t i = w0; i < w1; ++i)
              out[i] = wrapped_sum(out[i], weight * (static_cast<std::int32_t>(row[i * window.stride[2]]) - x_zero));
          }
      }
}

template <bool kRequantize>
std::size_t conv_scratch(const InferArgs& args) {
  const auto types = infer_conv<kRequantize>(args);
  return types ? Scratch::booking<std::int32_t>(static_cast<std::size_t>((*types)[0].elements())) : 0;
}

template <bool kRequantize>
Status run_conv(const RunArgs& args) {
  constexpr Layout at = kRequantize ? kLinear : kInteger;
  const Shape &xs = args.input(at.x).shape(), &ws = args.input(at.w).shape();
  const Window window = TRY(conv_window(args.attributes, xs, ws));
  const std::int64_t channels = ws[1], filters = ws[0] / args.attributes.integer("group", 1);
  const ConstTensorView w_zero = view_of(args, at.w_zero);
  const auto x_zero = static_cast<std::int32_t>(zero_point_at(view_of(args, at.x_zero), 0));
  const std::int64_t plane = window.out_elements();
  const auto sums = args.scratch.take<std::int32_t>(static_cast<std::size_t>(args.output(0).type.elements()));
  std::ranges::fill(sums, 0);
  if (sums.empty()) return {};
  TRY(visit_dtype<ByteTypes>(args.input(at.x).dtype(), [&]<class X>() {
    return visit_dtype<ByteTypes>(args.input(at.w).dtype(), [&]<class W>() {
      const X* x = args.input(at.x).as<X>().data();
      const W* w = args.input(at.w).as<W>().data();
      for (std::int64_t n = 0; n < xs[0]; ++n)
        for (std::int64_t m = 0; m < ws[0]; ++m)
          for (std::int64_t c = 0; c < channels; ++c)
            convolve_plane(
                window, x + (n * xs[1] + m / filters * channels + c) * window.in_elements(), x_zero,
                w + (m * channels + c) * window.kernel_elements(),
                static_cast<std::int32_t>(
                    w_zero.present()
                        ? zero_point_at(w_zero, w_zero.type.elements() == 1 ? 0 : static_cast<std::size_t>(m))
                        : 0),
                sums.data() + (n * ws[0] + m) * plane);
    });
  }));
  if constexpr (!kRequantize) {
    std::ranges::copy(sums, args.output(0).as<std::int32_t>().begin());
    return {};
  }
  const auto w_scales = args.input(kLinear.w_scale).as<float>();
  const float scale = args.input(kLinear.x_scale).as<float>()[0] / args.input(kLinear.y_scale).as<float>()[0];
  const std::int64_t zero = zero_point_at(view_of(args, kLinear.y_zero), 0);
  return visit_dtype<ByteTypes>(args.output(0).dtype(), [&]<class Q>() {
    const auto y = args.output(0).as<Q>();
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t m = i / static_cast<std::size_t>(plane) % static_cast<std::size_t>(ws[0]);
      const std::int32_t bias = args.has_input(kLinear.bias) ? args.input(kLinear.bias).as<std::int32_t>()[m] : 0;
      y[i] = requantize<Q>(wrapped_sum(sums[i], bias), scale * w_scales[w_scales.size() == 1 ? 0 : m], zero);
    }
  });
}

template <bool kRequantize>
Result<std::vector<TensorType>> infer_mat_mul(const InferArgs& args) {
  constexpr Layout at = kRequantize ? kLinear : kInteger;
  TRY(check_types(args, at, kRequantize));
  const MatMulShape shape = TRY(mat_mul_shape(args.input(at.x).shape, args.input(at.w).shape));
  for (const int k : {at.x_scale, at.x_zero, at.w_scale, at.w_zero, at.y_scale, at.y_zero}) {
    if (k < 0 || !args.has_input(k)) continue;
    const bool fits = args.input(k).elements() == 1 ||
                      ((k == at.w_scale || k == at.w_zero) && args.input(k).elements() == shape.n) ||
                      ((k == at.x_scale || k == at.x_zero) && args.input(k).elements() == shape.m);
    if (!fits) return fail(ErrorKind::kUnsupported, "operand {} is {}", k, args.input(k).to_string());
  }
  return std::vector{TensorType{kRequantize ? args.input(at.y_zero).dtype : DType::kI32, shape.output}};
}

template <bool kRequantize>
Status run_mat_mul(const RunArgs& args) {
  constexpr Layout at = kRequantize ? kLinear : kInteger;
  const MatMulShape shape = TRY(mat_mul_shape(args.input(at.x).shape(), args.input(at.w).shape()));
  const ConstTensorView a_zero = view_of(args, at.x_zero), b_zero = view_of(args, at.w_zero);
  const auto pick = [](const ConstTensorView& view, std::int64_t k) {
    return view.present() ? static_cast<std::int32_t>(
                                zero_point_at(view, view.type.elements() == 1 ? 0 : static_cast<std::size_t>(k)))
                          : 0;
  };
  const std::array<Strides, 2> strides{broadcast_strides(shape.a_batch, shape.batch),
                                       broadcast_strides(shape.b_batch, shape.batch)};
  return visit_dtype<ByteTypes>(args.input(at.x).dtype(), [&]<class A>() {
    return visit_dtype<ByteTypes>(args.input(at.w).dtype(), [&]<class B>() {
      return visit_dtype<Types<std::int32_t, std::uint8_t, std::int8_t>>(args.output(0).dtype(), [&]<class Y>() {
        const auto y = args.output(0).as<Y>();
        for_each_broadcast(shape.batch, strides, [&](std::int64_t batch, const auto& offset) {
          const A* a = args.input(at.x).as<A>().data() + offset[0] * shape.m * shape.k;
          const B* b = args.input(at.w).as<B>().data() + offset[1] * shape.k * shape.n;
          for (std::int64_t m = 0; m < shape.m; ++m)
            for (std::int64_t n = 0; n < shape.n; ++n) {
              std::uint32_t sum = 0;  // wraps, as the specification's 32-bit accumulator may
              for (std::int64_t k = 0; k < shape.k; ++k)
                sum += static_cast<std::uint32_t>((static_cast<std::int32_t>(a[m * shape.k + k]) - pick(a_zero, m)) *
                                                  (static_cast<std::int32_t>(b[k * shape.n + n]) - pick(b_zero, n)));
              Y& out = y[static_cast<std::size_t>((batch * shape.m + m) * shape.n + n)];
              if constexpr (kRequantize) {
                const auto scale_at = [&](int operand, std::int64_t k) {
                  const auto scales = args.input(operand).as<float>();
                  return scales[scales.size() == 1 ? 0 : static_cast<std::size_t>(k)];
                };
                const float multiplier = scale_at(at.x_scale, m) * scale_at(at.w_scale, n) / scale_at(at.y_scale, 0);
                out =
                    requantize<Y>(static_cast<std::int32_t>(sum), multiplier, zero_point_at(args.input(at.y_zero), 0));
              } else {
                out = static_cast<Y>(sum);
              }
            }
        });
      });
    });
  });
}

}  // namespace

extern const Operator kConvInteger, kQLinearConv, kMatMulInteger, kQLinearMatMul;
const Operator kConvInteger = {.name = "ConvInteger",
                               .inputs_min = 2,
                               .inputs_max = 4,
                               .opset_min = 10,
                               .infer = infer_conv<false>,
                               .run = run_conv<false>,
                               .scratch_bytes = conv_scratch<false>};
const Operator kQLinearConv = {.name = "QLinearConv",
                               .inputs_min = 8,
                               .inputs_max = 9,
                               .opset_min = 10,
                               .infer = infer_conv<true>,
                               .run = run_conv<true>,
                               .scratch_bytes = conv_scratch<true>};
const Operator kMatMulInteger = {.name = "MatMulInteger",
                                 .inputs_min = 2,
                                 .inputs_max = 4,
                                 .opset_min = 10,
                                 .infer = infer_mat_mul<false>,
                                 .run = run_mat_mul<false>};
const Operator kQLinearMatMul = {.name = "QLinearMatMul",
                                 .inputs_min = 8,
                                 .inputs_max = 8,
                                 .opset_min = 10,
                                 .infer = infer_mat_mul<true>,
                                 .run = run_mat_mul<true>};

}  // namespace hedge::op
