// Reshape, Flatten, Squeeze, Unsqueeze: the same elements under another shape; Shape and Size: the shape as a value.
#include <algorithm>
#include <cstring>

#include "op/operator.h"

namespace hedge::op {
namespace {

Status copy(const RunArgs& args) {
  if (const std::size_t size = args.input(0).type.size_bytes(); size > 0)
    std::memcpy(args.output(0).data, args.input(0).data, size);
  return {};
}

Result<std::span<const std::int64_t>> integers_of(const Tensor& value, std::string_view what) {
  if (value.dtype() != DType::kI64 || value.shape().rank() > 1)
    return fail(ErrorKind::kInvalid, "{} is {}, not a list of i64", what, value.type().to_string());
  return value.as<std::int64_t>();
}

/// 0 copies the input's dimension (unless allowzero), one -1 takes what is left.
Result<std::vector<TensorType>> infer_reshape(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const auto wanted = TRY(integers_of(*TRY(args.constant(1, "the shape")), "the shape"));
  const bool allow_zero = args.attributes.integer("allowzero", 0) != 0;
  std::vector<std::int64_t> dims(wanted.begin(), wanted.end());
  int open = -1;
  for (std::size_t k = 0; k < dims.size(); ++k) {
    if (dims[k] == 0 && !allow_zero) {
      if (static_cast<int>(k) >= x.shape.rank())
        return fail(ErrorKind::kInvalid, "dimension {} is 0 (copy), but the input is {}", k, x.to_string());
      dims[k] = x.shape[static_cast<int>(k)];
    } else if (dims[k] == -1) {
      if (open >= 0) return fail(ErrorKind::kInvalid, "two dimensions are -1");
      open = static_cast<int>(k);
      dims[k] = 1;
    }
  }
  Shape shape = TRY(Shape::create(dims));
  if (open >= 0) {
    const std::int64_t rest = shape.elements();
    if (rest == 0 || x.elements() % rest != 0)
      return fail(ErrorKind::kInvalid, "{} does not divide into {}", x.to_string(), shape.to_string());
    shape[open] = x.elements() / rest;
  }
  if (shape.elements() != x.elements())
    return fail(ErrorKind::kInvalid, "{} cannot become {}", x.to_string(), shape.to_string());
  return std::vector{TensorType{x.dtype, shape}};
}

Result<std::vector<TensorType>> infer_flatten(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const std::int64_t given = args.attributes.integer("axis", 1);
  const int axis = given == shape.rank() ? shape.rank() : TRY(tensor::normalize_axis(given, shape.rank()));
  const std::int64_t dims[] = {shape.elements(0, axis), shape.elements(axis, shape.rank())};
  return std::vector{TensorType{args.input(0).dtype, TRY(Shape::create(dims))}};
}

/// Axes as attribute (before opset 13) or input, as a bit mask over `rank`.
Result<std::uint32_t> axes_mask(const InferArgs& args, int rank) {
  std::span<const std::int64_t> axes = args.attributes.integers("axes");
  if (args.has_input(1)) axes = TRY(integers_of(*TRY(args.constant(1, "the axes")), "axes"));
  std::uint32_t mask = 0;
  for (const std::int64_t axis : axes) {
    const std::uint32_t bit = std::uint32_t{1} << TRY(tensor::normalize_axis(axis, rank));
    if ((mask & bit) != 0) return fail(ErrorKind::kInvalid, "axis {} is named twice", axis);
    mask |= bit;
  }
  return mask;
}

Result<std::vector<TensorType>> infer_squeeze(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  std::uint32_t mask = TRY(axes_mask(args, shape.rank()));
  const bool all = !args.attributes.has("axes") && !args.has_input(1);
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool named = (mask >> axis & 1) != 0;
    if (named && shape[axis] != 1)
      return fail(ErrorKind::kInvalid, "axis {} of {} is not 1", axis, args.input(0).to_string());
    if (!named && !(all && shape[axis] == 1)) result.push_back(shape[axis]);
  }
  return std::vector{TensorType{args.input(0).dtype, result}};
}

Result<std::vector<TensorType>> infer_unsqueeze(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  std::span<const std::int64_t> axes = args.attributes.integers("axes");
  if (args.has_input(1)) axes = TRY(integers_of(*TRY(args.constant(1, "the axes")), "axes"));
  const auto rank = static_cast<std::size_t>(shape.rank()) + axes.size();
  if (rank > tensor::kRankMax) return fail(ErrorKind::kResourceLimit, "rank {} is above {}", rank, tensor::kRankMax);
  const std::uint32_t mask = TRY(axes_mask(args, static_cast<int>(rank)));
  Shape result;
  int next = 0;
  for (int axis = 0; axis < static_cast<int>(rank); ++axis)
    result.push_back((mask >> axis & 1) != 0 ? 1 : shape[next++]);
  return std::vector{TensorType{args.input(0).dtype, result}};
}

/// start and end (opset 15) are clamped, never errors.
std::pair<int, int> shape_range(const Attributes& attributes, int rank) {
  const auto clamp = [&](std::int64_t value) {
    return static_cast<int>(std::clamp<std::int64_t>(value < 0 ? value + rank : value, 0, rank));
  };
  const int begin = clamp(std::max<std::int64_t>(attributes.integer("start", 0), -tensor::kRankMax));
  const int end = clamp(std::max<std::int64_t>(attributes.integer("end", rank), -tensor::kRankMax));
  return {begin, std::max(begin, end)};
}

Result<std::vector<TensorType>> infer_shape_of(const InferArgs& args) {
  const auto [begin, end] = shape_range(args.attributes, args.input(0).shape.rank());
  return std::vector{TensorType{DType::kI64, Shape{end - begin}}};
}

Status run_shape_of(const RunArgs& args) {
  const auto [begin, end] = shape_range(args.attributes, args.input(0).shape().rank());
  for (int axis = begin; axis < end; ++axis)
    args.output(0).as<std::int64_t>()[static_cast<std::size_t>(axis - begin)] = args.input(0).shape()[axis];
  return {};
}

Result<std::vector<TensorType>> infer_size(const InferArgs&) { return std::vector{TensorType{DType::kI64, {}}}; }
Status run_size(const RunArgs& args) {
  args.output(0).as<std::int64_t>()[0] = args.input(0).type.elements();
  return {};
}

}  // namespace

extern const Operator kReshape, kFlatten, kSqueeze, kUnsqueeze, kShape, kSize;
const Operator kReshape = {
    .name = "Reshape", .inputs_min = 2, .inputs_max = 2, .opset_min = 5, .infer = infer_reshape, .run = copy};
const Operator kFlatten = {.name = "Flatten", .infer = infer_flatten, .run = copy};
const Operator kSqueeze = {.name = "Squeeze", .inputs_max = 2, .infer = infer_squeeze, .run = copy};
const Operator kUnsqueeze = {.name = "Unsqueeze", .inputs_max = 2, .infer = infer_unsqueeze, .run = copy};
const Operator kShape = {.name = "Shape", .infer = infer_shape_of, .run = run_shape_of};
const Operator kSize = {.name = "Size", .infer = infer_size, .run = run_size};

}  // namespace hedge::op
