// hedge.QPixels: QuantizeLinear of an image of planes, its bytes as pixels. docs/int8.md.
//   x f32[N,C,H,W] -> u8[N,H,W,C]; scale, y_zero
#include "op/hedge/quant.h"
#include "op/quant/quantize.h"

namespace hedge::op {
namespace {

struct Target {
  float scale;
  std::int32_t zero;
};

Result<Target> target_of(const Attributes& attributes) {
  const Target target{TRY(finite_attribute(attributes, "scale", 1)), TRY(zero_attribute(attributes, "y_zero"))};
  if (!(target.scale > 0)) return fail(ErrorKind::kInvalid, "a scale of {}", target.scale);
  return target;
}

Result<std::vector<TensorType>> infer_pixels(const InferArgs& args) {
  (void)TRY(target_of(args.attributes));
  const Shape& x = args.input(0).shape;
  if (args.input(0).dtype != DType::kF32 || x.rank() != 4)
    return fail(ErrorKind::kInvalid, "input {}", args.input(0).to_string());
  return std::vector{TensorType{DType::kU8, {x[0], x[2], x[3], x[1]}}};
}

Status run_pixels(const RunArgs& args) {
  const Target target = TRY(target_of(args.attributes));
  const Shape& shape = args.input(0).shape();
  const auto x = args.input(0).as<float>();
  const auto y = args.output(0).as<std::uint8_t>();
  const auto channels = static_cast<std::size_t>(shape[1]), pixels = static_cast<std::size_t>(shape[2] * shape[3]);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t c = i % channels, pixel = i / channels % pixels, n = i / (channels * pixels);
    y[i] = quantize<std::uint8_t>(x[(n * channels + c) * pixels + pixel], target.scale, target.zero);
  }
  return {};
}

}  // namespace

extern const Operator kHedgeQPixels;
const Operator kHedgeQPixels = {.domain = kHedgeDomain, .name = "QPixels", .infer = infer_pixels, .run = run_pixels};

}  // namespace hedge::op
