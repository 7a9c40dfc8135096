// hedge.Conv: NHWC convolution with bias, residual and activation in one step.
//   x f32[N,H,W,C], w f32[KH,KW,C/group,OC], bias f32[OC]?, residual f32[N,OH,OW,OC]? -> f32[N,OH,OW,OC]
// Attributes: strides, pads [top,left,bottom,right], dilations, group, activation, alpha, beta,
// residual_after_activation.
#include "op/hedge/activate.h"
#include "op/hedge/nhwc.h"

namespace hedge::op {
namespace {

Result<NhwcWindow> window_of(const Attributes& attributes, const Shape& x, const Shape& w) {
  if (w.rank() != 4) return fail(ErrorKind::kInvalid, "weights {}", w.to_string());
  return nhwc_window(attributes, x, w[0], w[1]);
}

Result<std::vector<TensorType>> infer_conv(const InferArgs& args) {
  const TensorType &x = args.input(0), &w = args.input(1);
  const NhwcWindow window = TRY(window_of(args.attributes, x.shape, w.shape));
  (void)TRY(fused_activation(args.attributes));
  const std::int64_t groups = args.attributes.integer("group", 1);
  if (x.dtype != DType::kF32 || w.dtype != DType::kF32 || groups < 1 || x.shape[3] % groups != 0 ||
      w.shape[3] % groups != 0 || w.shape[2] != x.shape[3] / groups)
    return fail(ErrorKind::kInvalid, "{} groups, input {}, weights {}", groups, x.to_string(), w.to_string());
  const std::int64_t dims[] = {x.shape[0], window.out_h, window.out_w, w.shape[3]};
  const TensorType type{DType::kF32, TRY(Shape::create(dims))};
  if (args.has_input(2) && !(args.input(2) == TensorType{DType::kF32, Shape{w.shape[3]}}))
    return fail(ErrorKind::kInvalid, "bias {}", args.input(2).to_string());
  if (args.has_input(3) && !(args.input(3) == type))
    return fail(ErrorKind::kInvalid, "residual {} for {}", args.input(3).to_string(), type.to_string());
  return std::vector{type};
}

Status run(const RunArgs& args) {
  const Shape& ws = args.input(1).shape();
  const NhwcWindow window = TRY(window_of(args.attributes, args.input(0).shape(), ws));
  const FusedActivation activation = TRY(fused_activation(args.attributes));
  const bool residual_last = args.attributes.integer("residual_after_activation", 0) != 0;
  const std::int64_t groups = args.attributes.integer("group", 1);
  const std::int64_t out_c = ws[3], channels = ws[2], filters = out_c / groups;
  const float* x = args.input(0).as<float>().data();
  const float* w = args.input(1).as<float>().data();
  const float* bias = args.has_input(2) ? args.input(2).as<float>().data() : nullptr;
  const float* residual = args.has_input(3) ? args.input(3).as<float>().data() : nullptr;
  float* y = args.output(0).as<float>().data();
  if (args.output(0).type.elements() == 0) return {};
  for (std::int64_t n = 0; n < window.batch; ++n)
    for (std::int64_t oh = 0; oh < window.out_h; ++oh)
      for (std::int64_t ow = 0; ow < window.out_w; ++ow) {
        const auto [kh0, kh1] = window.rows_inside(oh);
        const auto [kw0, kw1] = window.columns_inside(ow);
        for (std::int64_t m = 0; m < out_c; ++m) y[m] = bias != nullptr ? bias[m] : 0;
        for (std::int64_t kh = kh0; kh < kh1; ++kh)
          for (std::int64_t kw = kw0; kw < kw1; ++kw) {
            const std::int64_t h = oh * window.stride_h - window.pad_top + kh * window.dilation_h;
            const std::int64_t col = ow * window.stride_w - window.pad_left + kw * window.dilation_w;
            const float* pixel = x + ((n * window.in_h + h) * window.in_w + col) * window.in_c;
            const float* tap = w + (kh * window.kernel_w + kw) * channels * out_c;
            for (std::int64_t g = 0; g < groups; ++g)
              for (std::int64_t c = 0; c < channels; ++c) {
                const float value = pixel[g * channels + c];
                const float* row = tap + c * out_c + g * filters;
                for (std::int64_t m = 0; m < filters; ++m) y[g * filters + m] += value * row[m];
              }
          }
        for (std::int64_t m = 0; m < out_c; ++m) {
          const float extra = residual != nullptr ? residual[m] : 0;
          y[m] = residual_last ? activation(y[m]) + extra : activation(y[m] + extra);
        }
        y += out_c;
        if (residual != nullptr) residual += out_c;
      }
  return {};
}

}  // namespace

extern const Operator kHedgeConv;
const Operator kHedgeConv = {
    .domain = kHedgeDomain, .name = "Conv", .inputs_min = 2, .inputs_max = 4, .infer = infer_conv, .run = run};

}  // namespace hedge::op
