// hedge.QConv: NHWC convolution of bytes with everything that follows it, in integers up to the sum.
//   x u8[N,H,W,C], w i8[KH,KW,C/group,OC], bias i32[OC], scale f32[OC], gain f32[OC]?, residual u8[N,OH,OW,OC]?,
//   table u8[256]?, factor i32[OC]?, shift i32[OC]?, sequel_scale f32[OC]? -> u8[N,OH,OW,OC], or, with real = 1, f32
//   (then without gain, residual and table). A sequel takes factor, shift and sequel_scale, or the residual.
// Attributes: strides, pads [top,left,bottom,right], dilations, group, x_zero, the last step's and a sequel's
// (quant.h).
#include <cmath>

#include "kernel/exact_activation.h"
#include "op/hedge/nhwc.h"
#include "op/hedge/quant.h"

namespace hedge::op {
namespace {

constexpr int kBias = 2, kScale = 3, kGain = 4, kResidual = 5, kTable = 6, kFactor = 7, kShift = 8, kSequelScale = 9;

Result<NhwcWindow> window_of(const Attributes& attributes, const Shape& x, const Shape& w) {
  if (w.rank() != 4) return fail(ErrorKind::kInvalid, "weights {}", w.to_string());
  return nhwc_window(attributes, x, w[0], w[1]);
}

Status check_sequel(const InferArgs& args, bool real, std::int64_t out_c) {
  const kernel::QSequel kind = TRY(quant_sequel(args.attributes)).kind;
  const bool affine = kind == kernel::QSequel::kAffine;
  if (kind != kernel::QSequel::kNone && (real || args.has_input(kTable)))
    return fail(ErrorKind::kInvalid, "a sequel to real values or to a table");
  if (kind == kernel::QSequel::kSum && !args.has_input(kResidual)) return fail(ErrorKind::kInvalid, "a sum of nothing");
  if (affine && args.has_input(kResidual)) return fail(ErrorKind::kInvalid, "a residual before an affine sequel");
  for (const int k : {kFactor, kShift, kSequelScale})
    if (args.has_input(k) != affine) return fail(ErrorKind::kInvalid, "operand {} and the sequel do not agree", k);
  TRY(check_operand(args, kFactor, {DType::kI32, Shape{out_c}}, "the factor"));
  TRY(check_operand(args, kShift, {DType::kI32, Shape{out_c}}, "the shift"));
  return check_operand(args, kSequelScale, {DType::kF32, Shape{out_c}}, "the sequel's scale");
}

Result<std::vector<TensorType>> infer_conv(const InferArgs& args) {
  const TensorType &x = args.input(0), &w = args.input(1);
  const NhwcWindow window = TRY(window_of(args.attributes, x.shape, w.shape));
  const bool real = TRY(quant_epilogue(args.attributes)).real;
  (void)TRY(zero_attribute(args.attributes, "x_zero"));
  if (real && (args.has_input(kGain) || args.has_input(kResidual) || args.has_input(kTable)))
    return fail(ErrorKind::kInvalid, "real values with a gain, a residual or a table");
  const std::int64_t groups = args.attributes.integer("group", 1), out_c = w.shape[3];
  if (x.dtype != DType::kU8 || w.dtype != DType::kI8 || groups < 1 || x.shape[3] % groups != 0 || out_c % groups != 0 ||
      w.shape[2] != x.shape[3] / groups)
    return fail(ErrorKind::kInvalid, "{} groups, input {}, weights {}", groups, x.to_string(), w.to_string());
  if (w.shape.elements(0, 3) > kQConvDepthMax)
    return fail(ErrorKind::kUnsupported, "sums of {} products", w.shape.elements(0, 3));
  if (!args.has_input(kBias) || !args.has_input(kScale)) return fail(ErrorKind::kInvalid, "no bias or no scale");
  const std::int64_t dims[] = {x.shape[0], window.out_h, window.out_w, out_c};
  const TensorType type{real ? DType::kF32 : DType::kU8, TRY(Shape::create(dims))};
  TRY(check_operand(args, kBias, {DType::kI32, Shape{out_c}}, "the bias"));
  TRY(check_operand(args, kScale, {DType::kF32, Shape{out_c}}, "the scale"));
  TRY(check_operand(args, kGain, {DType::kF32, Shape{out_c}}, "the gain"));
  TRY(check_operand(args, kResidual, type, "the residual"));
  TRY(check_operand(args, kTable, {DType::kU8, Shape{256}}, "the table"));
  TRY(check_sequel(args, real, out_c));
  return std::vector{type};
}

/// The sum of one output, bias included. It wraps rather than overflows where a file's bias is absurd.
std::int32_t sum_of(const NhwcWindow& window, const std::uint8_t* x, const std::int8_t* w, std::int64_t channels,
                    std::int64_t out_c, std::int64_t oh, std::int64_t ow, std::int32_t x_zero, std::int32_t bias) {
  auto sum = static_cast<std::uint32_t>(bias);
  for (std::int64_t kh = 0; kh < window.kernel_h; ++kh)
    for (std::int64_t kw = 0; kw < window.kernel_w; ++kw) {
      const std::int64_t h = oh * window.stride_h - window.pad_top + kh * window.dilation_h;
      const std::int64_t col = ow * window.stride_w - window.pad_left + kw * window.dilation_w;
      const bool inside = h >= 0 && h < window.in_h && col >= 0 && col < window.in_w;
      const std::uint8_t* pixel = inside ? x + (h * window.in_w + col) * window.in_c : nullptr;
      const std::int8_t* tap = w + (kh * window.kernel_w + kw) * channels * out_c;
      for (std::int64_t c = 0; c < channels; ++c)
        sum += static_cast<std::uint32_t>((inside ? std::int32_t{pixel[c]} : x_zero) * std::int32_t{tap[c * out_c]});
    }
  return static_cast<std::int32_t>(sum);
}

/// The product wraps rather than overflows where a file's factors are absurd.
std::uint8_t affine_sequel(const kernel::QuantSequel& sequel, std::uint8_t byte, const RunArgs& args, std::size_t c) {
  const auto factor = static_cast<std::uint32_t>(args.input(kFactor).as<std::int32_t>()[c]);
  const auto shift = static_cast<std::uint32_t>(args.input(kShift).as<std::int32_t>()[c]);
  const float v =
      static_cast<float>(static_cast<std::int32_t>(shift + byte * factor)) * args.input(kSequelScale).as<float>()[c];
  return to_byte(v, sequel.y_zero, sequel.y_low, sequel.y_high);
}

/// `own` and `residual` less their zero points.
std::uint8_t sum_sequel(const kernel::QuantSequel& sequel, std::int32_t own, std::int32_t residual) {
  const auto mine = static_cast<float>(own), other = static_cast<float>(residual);
  const float v = sequel.residual_first ? std::fma(other, sequel.residual_scale, mine * sequel.own_scale)
                                        : std::fma(mine, sequel.own_scale, other * sequel.residual_scale);
  return to_byte(v, sequel.y_zero, sequel.y_low, sequel.y_high);
}

Status run(const RunArgs& args) {
  const Shape& ws = args.input(1).shape();
  const NhwcWindow window = TRY(window_of(args.attributes, args.input(0).shape(), ws));
  const kernel::QuantEpilogue epilogue = TRY(quant_epilogue(args.attributes));
  const kernel::QuantSequel sequel = TRY(quant_sequel(args.attributes));
  const bool affine = sequel.kind == kernel::QSequel::kAffine, sums = sequel.kind == kernel::QSequel::kSum;
  const std::int32_t x_zero = TRY(zero_attribute(args.attributes, "x_zero"));
  const std::int64_t groups = args.attributes.integer("group", 1), out_c = ws[3], channels = ws[2];
  const std::uint8_t* x = args.input(0).as<std::uint8_t>().data();
  const std::int8_t* w = args.input(1).as<std::int8_t>().data();
  const auto bias = args.input(kBias).as<std::int32_t>();
  const auto scale = args.input(kScale).as<float>();
  const float* gain = args.has_input(kGain) ? args.input(kGain).as<float>().data() : nullptr;
  const std::uint8_t* residual = args.has_input(kResidual) ? args.input(kResidual).as<std::uint8_t>().data() : nullptr;
  const std::uint8_t* table = args.has_input(kTable) ? args.input(kTable).as<std::uint8_t>().data() : nullptr;
  auto* y = reinterpret_cast<std::uint8_t*>(args.output(0).data);
  auto* y_real = reinterpret_cast<float*>(args.output(0).data);
  std::size_t at = 0;
  if (args.output(0).type.elements() == 0) return {};
  for (std::int64_t n = 0; n < window.batch; ++n)
    for (std::int64_t oh = 0; oh < window.out_h; ++oh)
      for (std::int64_t ow = 0; ow < window.out_w; ++ow)
        for (std::int64_t m = 0; m < out_c; ++m, ++at) {
          const std::int64_t first = m / (out_c / groups) * channels;
          const auto c = static_cast<std::size_t>(m);
          const std::int32_t sum = sum_of(window, x + n * window.in_h * window.in_w * window.in_c + first, w + m,
                                          channels, out_c, oh, ow, x_zero, bias[c]);
          float v = static_cast<float>(sum) * scale[c];
          const auto add_residual = [&] {
            if (residual != nullptr && !sums)
              v = std::fma(static_cast<float>(residual[at] - epilogue.residual_zero), epilogue.residual_scale, v);
          };
          if (!epilogue.residual_last) add_residual();
          v = kernel::exact_activation(epilogue.activation, v, epilogue.alpha, epilogue.beta);
          if (epilogue.real) {
            y_real[at] = v;
            continue;
          }
          if (gain != nullptr) v *= gain[c];
          if (epilogue.residual_last) add_residual();
          std::uint8_t byte = to_byte(v, epilogue.y_zero, epilogue.y_low, epilogue.y_high);
          if (affine) byte = affine_sequel(sequel, byte, args, c);
          if (sums) byte = sum_sequel(sequel, byte - epilogue.y_zero, residual[at] - sequel.residual_zero);
          y[at] = table != nullptr ? table[byte] : byte;
        }
  return {};
}

}  // namespace

extern const Operator kHedgeQConv;
const Operator kHedgeQConv = {
    .domain = kHedgeDomain, .name = "QConv", .inputs_min = 4, .inputs_max = 10, .infer = infer_conv, .run = run};

}  // namespace hedge::op
