// Tensors made from nothing: Constant, ConstantOfShape, EyeLike, Range.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "op/dispatch.h"
#include "op/math/wrap.h"

namespace hedge::op {
namespace {

/// The one attribute that holds the value: a tensor, a number or a list.
Result<std::vector<TensorType>> infer_constant(const InferArgs& args) {
  const Attributes& attributes = args.attributes;
  const auto vector_of = [](DType dtype, std::size_t count) -> Result<std::vector<TensorType>> {
    const std::int64_t dims[] = {static_cast<std::int64_t>(count)};
    return std::vector{TensorType{dtype, TRY(Shape::create(dims))}};
  };
  if (const Tensor* value = attributes.tensor("value")) return std::vector{value->type()};
  if (attributes.has("value_float")) return std::vector{TensorType{DType::kF32, {}}};
  if (attributes.has("value_int")) return std::vector{TensorType{DType::kI64, {}}};
  if (attributes.has("value_floats")) return vector_of(DType::kF32, attributes.reals("value_floats").size());
  if (attributes.has("value_ints")) return vector_of(DType::kI64, attributes.integers("value_ints").size());
  return fail(ErrorKind::kUnsupported, "a constant that is no tensor of numbers");
}

Status run_constant(const RunArgs& args) {
  const Attributes& attributes = args.attributes;
  const TensorView& y = args.output(0);
  if (const Tensor* value = attributes.tensor("value")) {
    if (!value->bytes().empty()) std::memcpy(y.data, value->bytes().data(), value->bytes().size());
  } else if (attributes.has("value_float")) {
    y.as<float>()[0] = attributes.real("value_float", 0);
  } else if (attributes.has("value_int")) {
    y.as<std::int64_t>()[0] = attributes.integer("value_int", 0);
  } else if (y.dtype() == DType::kF32) {
    std::ranges::copy(attributes.reals("value_floats"), y.as<float>().begin());
  } else {
    std::ranges::copy(attributes.integers("value_ints"), y.as<std::int64_t>().begin());
  }
  return {};
}

Result<std::vector<TensorType>> infer_constant_of_shape(const InferArgs& args) {
  const Tensor* dims = TRY(args.constant(0, "the shape"));
  if (dims->dtype() != DType::kI64 || dims->shape().rank() != 1)
    return fail(ErrorKind::kInvalid, "the shape is {}, not a list of i64", dims->type().to_string());
  const Tensor* value = args.attributes.tensor("value");
  if (value != nullptr && value->shape().elements() != 1)
    return fail(ErrorKind::kInvalid, "value has {} elements, not 1", value->shape().elements());
  return std::vector{
      TensorType{value != nullptr ? value->dtype() : DType::kF32, TRY(Shape::create(dims->as<std::int64_t>()))}};
}

Status run_constant_of_shape(const RunArgs& args) {
  const TensorView& y = args.output(0);
  const Tensor* value = args.attributes.tensor("value");
  const std::size_t size = tensor::size_of(y.dtype());
  const std::size_t total = y.type.size_bytes();
  if (value == nullptr) {
    if (total > 0) std::memset(y.data, 0, total);
    return {};
  }
  for (std::size_t offset = 0; offset < total; offset += size)
    std::memcpy(y.data + offset, value->bytes().data(), size);
  return {};
}

Result<std::vector<TensorType>> infer_eye_like(const InferArgs& args) {
  if (args.input(0).shape.rank() != 2) return fail(ErrorKind::kInvalid, "rank {}, not 2", args.input(0).shape.rank());
  TensorType type = args.input(0);
  if (args.attributes.has("dtype")) type.dtype = TRY(tensor::dtype_from_onnx(args.attributes.integer("dtype", 1)));
  return std::vector{type};
}

Status run_eye_like(const RunArgs& args) {
  const std::int64_t k = args.attributes.integer("k", 0);
  return visit_dtype<AllTypes>(args.output(0).dtype(), [&]<class T>() {
    const auto y = args.output(0).as<T>();
    const std::int64_t rows = args.output(0).shape()[0], columns = args.output(0).shape()[1];
    std::ranges::fill(y, T{});
    for (std::int64_t row = 0; row < rows; ++row) {
      if (k < -rows || k > columns) continue;
      const std::int64_t column = row + k;
      if (column >= 0 && column < columns) y[static_cast<std::size_t>(row * columns + column)] = static_cast<T>(1.0f);
    }
  });
}

using RangeTypes = Types<float, double, std::int16_t, std::int32_t, std::int64_t>;

Result<std::vector<TensorType>> infer_range(const InferArgs& args) {
  const Tensor* operands[3];
  for (int k = 0; k < 3; ++k) {
    operands[k] = TRY(args.constant(k, "a bound of the range"));
    if (operands[k]->shape().elements() != 1 || operands[k]->dtype() != operands[0]->dtype())
      return fail(ErrorKind::kInvalid, "start, limit and delta are not three numbers of one type");
  }
  double count = 0;
  TRY(visit_dtype<RangeTypes>(operands[0]->dtype(), [&]<class T>() {
    const auto at = [&](int k) { return static_cast<double>(operands[k]->as<T>()[0]); };
    count = std::ceil((at(1) - at(0)) / at(2));
  }));
  if (!std::isfinite(count)) return fail(ErrorKind::kInvalid, "delta is zero or a bound is not finite");
  const std::int64_t dims[] = {saturate_cast<std::int64_t>(std::max(0.0, count))};
  return std::vector{TensorType{operands[0]->dtype(), TRY(Shape::create(dims))}};
}

Status run_range(const RunArgs& args) {
  return visit_dtype<RangeTypes>(args.input(0).dtype(), [&]<class T>() {
    T value = args.input(0).as<T>()[0];
    const T delta = args.input(2).as<T>()[0];
    for (T& y : args.output(0).as<T>()) {
      y = value;
      value = wrap_add(value, delta);
    }
  });
}

}  // namespace

extern const Operator kConstant, kConstantOfShape, kEyeLike, kRange;
const Operator kConstant = {
    .name = "Constant", .inputs_min = 0, .inputs_max = 0, .infer = infer_constant, .run = run_constant};
const Operator kConstantOfShape = {
    .name = "ConstantOfShape", .opset_min = 9, .infer = infer_constant_of_shape, .run = run_constant_of_shape};
const Operator kEyeLike = {.name = "EyeLike", .opset_min = 9, .infer = infer_eye_like, .run = run_eye_like};
const Operator kRange = {
    .name = "Range", .inputs_min = 3, .inputs_max = 3, .opset_min = 11, .infer = infer_range, .run = run_range};

}  // namespace hedge::op
