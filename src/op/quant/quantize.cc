// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear. https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
#include "op/quant/quantize.h"

#include "op/dispatch.h"

namespace hedge::op {

Result<ScaleWalk> ScaleWalk::create(const Attributes& attributes, const Shape& x, const Shape& scale) {
  ScaleWalk walk;
  if (scale.elements() == 1 && scale.rank() <= 1) return walk;
  const int axis = TRY(tensor::normalize_axis(attributes.integer("axis", 1), x.rank()));
  const std::int64_t block = attributes.integer("block_size", 0);
  walk.per_tensor = false;
  walk.blocked = block > 0;
  walk.length = static_cast<std::size_t>(x[axis]);
  walk.inner = static_cast<std::size_t>(x.elements(axis + 1, x.rank()));
  if (!walk.blocked) {
    if (scale.rank() != 1 || scale[0] != x[axis])
      return fail(ErrorKind::kInvalid, "scale {} for axis {} of {}", scale.to_string(), axis, x.to_string());
    return walk;
  }
  walk.block = static_cast<std::size_t>(block);
  Shape expected = x;
  expected[axis] = (x[axis] - 1) / block + 1;
  if (!(scale == expected))
    return fail(ErrorKind::kInvalid, "scale {} for blocks of {} of {}", scale.to_string(), block, x.to_string());
  return walk;
}

std::int64_t zero_point_at(const ConstTensorView& view, std::size_t k) {
  std::int64_t value = 0;
  if (view.present())
    (void)visit_dtype<IntegerTypes>(view.dtype(),
                                    [&]<class T>() { value = static_cast<std::int64_t>(view.as<T>()[k]); });
  return value;
}

namespace {

using QuantTypes = Types<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t>;
using RealTypes = Types<float, tensor::Half, tensor::BFloat16, std::int32_t>;
using ScaleTypes = Types<float, tensor::Half, tensor::BFloat16>;

template <class T>
float real(T x) {
  return static_cast<float>(static_cast<Compute<T>>(x));
}

/// Zero points of the quantized type, as many as scales; all 0 where they are absent.
template <class Q>
struct ZeroPoints {
  const Q* values = nullptr;

  explicit ZeroPoints(const RunArgs& args) : values(args.has_input(2) ? args.input(2).as<Q>().data() : nullptr) {}
  std::int64_t operator[](std::size_t k) const { return values != nullptr ? static_cast<std::int64_t>(values[k]) : 0; }
};

Status check_zero_point(const InferArgs& args) {
  if (args.has_input(2) && !(args.input(2).shape.elements() == args.input(1).shape.elements()))
    return fail(ErrorKind::kInvalid, "zero point {} for scale {}", args.input(2).to_string(),
                args.input(1).to_string());
  if (args.has_input(2) && !tensor::is_integer(args.input(2).dtype))
    return fail(ErrorKind::kInvalid, "the zero point is {}", tensor::to_string(args.input(2).dtype));
  return {};
}

Result<std::vector<TensorType>> infer_quantize(const InferArgs& args) {
  TRY(check_zero_point(args));
  (void)TRY(ScaleWalk::create(args.attributes, args.input(0).shape, args.input(1).shape));
  DType dtype = DType::kU8;
  if (args.attributes.integer("output_dtype", 0) != 0)
    dtype = TRY(tensor::dtype_from_onnx(args.attributes.integer("output_dtype", 0)));
  if (args.has_input(2)) dtype = args.input(2).dtype;
  return std::vector{TensorType{dtype, args.input(0).shape}};
}

Status run_quantize(const RunArgs& args) {
  const ScaleWalk walk = TRY(ScaleWalk::create(args.attributes, args.input(0).shape(), args.input(1).shape()));
  return visit_dtype<RealTypes>(args.input(0).dtype(), [&]<class T>() {
    return visit_dtype<ScaleTypes>(args.input(1).dtype(), [&]<class S>() {
      return visit_dtype<QuantTypes>(args.output(0).dtype(), [&]<class Q>() {
        const auto x = args.input(0).as<T>();
        const auto scale = args.input(1).as<S>();
        const auto y = args.output(0).as<Q>();
        const ZeroPoints<Q> zero(args);
        for (std::size_t i = 0; i < x.size(); ++i) {
          const std::size_t k = walk.index(i);
          y[i] = quantize<Q>(real(x[i]), real(scale[k]), zero[k]);
        }
      });
    });
  });
}

Result<std::vector<TensorType>> infer_dequantize(const InferArgs& args) {
  TRY(check_zero_point(args));
  if (args.has_input(2) && args.input(2).dtype != args.input(0).dtype)
    return fail(ErrorKind::kInvalid, "zero point {} for {}", args.input(2).to_string(), args.input(0).to_string());
  (void)TRY(ScaleWalk::create(args.attributes, args.input(0).shape, args.input(1).shape));
  return std::vector{TensorType{args.input(1).dtype, args.input(0).shape}};
}

Status run_dequantize(const RunArgs& args) {
  using Stored = Types<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::int32_t>;
  const ScaleWalk walk = TRY(ScaleWalk::create(args.attributes, args.input(0).shape(), args.input(1).shape()));
  return visit_dtype<Stored>(args.input(0).dtype(), [&]<class Q>() {
    return visit_dtype<ScaleTypes>(args.input(1).dtype(), [&]<class S>() {
      const auto x = args.input(0).as<Q>();
      const auto scale = args.input(1).as<S>();
      const auto y = args.output(0).as<S>();
      const ZeroPoints<Q> zero(args);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t k = walk.index(i);
        y[i] = static_cast<S>(static_cast<float>(static_cast<std::int64_t>(x[i]) - zero[k]) * real(scale[k]));
      }
    });
  });
}

Result<std::vector<TensorType>> infer_dynamic(const InferArgs& args) {
  if (args.input(0).dtype != DType::kF32) return fail(ErrorKind::kInvalid, "input {}", args.input(0).to_string());
  return std::vector{TensorType{DType::kU8, args.input(0).shape}, TensorType{DType::kF32, {}},
                     TensorType{DType::kU8, {}}};
}

Status run_dynamic_quantize(const RunArgs& args) {
  const auto x = args.input(0).as<float>();
  float low = 0, high = 0;  // zero must be exact
  for (const float value : x) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const float scale = high > low ? (high - low) / 255 : 1;
  const std::uint8_t zero = quantize<std::uint8_t>(-low, scale, 0);
  const auto y = args.output(0).as<std::uint8_t>();
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = quantize<std::uint8_t>(x[i], scale, zero);
  if (args.has_output(1)) args.output(1).as<float>()[0] = scale;
  if (args.has_output(2)) args.output(2).as<std::uint8_t>()[0] = zero;
  return {};
}

}  // namespace

extern const Operator kQuantizeLinear, kDequantizeLinear, kDynamicQuantizeLinear;
const Operator kQuantizeLinear = {.name = "QuantizeLinear",
                                  .inputs_min = 2,
                                  .inputs_max = 3,
                                  .opset_min = 10,
                                  .infer = infer_quantize,
                                  .run = run_quantize};
const Operator kDequantizeLinear = {.name = "DequantizeLinear",
                                    .inputs_min = 2,
                                    .inputs_max = 3,
                                    .opset_min = 10,
                                    .infer = infer_dequantize,
                                    .run = run_dequantize};
const Operator kDynamicQuantizeLinear = {.name = "DynamicQuantizeLinear",
                                         .outputs_min = 3,
                                         .outputs_max = 3,
                                         .opset_min = 11,
                                         .infer = infer_dynamic,
                                         .run = run_dynamic_quantize};

}  // namespace hedge::op
