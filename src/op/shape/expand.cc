// Expand: broadcasts to a shape; Tile: repeats along each axis.
#include "op/broadcasting.h"
#include "op/operator.h"
#include "op/shape/element_copy.h"

namespace hedge::op {
namespace {

Result<std::span<const std::int64_t>> list_of(const Tensor& value, std::string_view what) {
  if (value.dtype() != DType::kI64 || value.shape().rank() != 1)
    return fail(ErrorKind::kInvalid, "{} is {}, not a list of i64", what, value.type().to_string());
  return value.as<std::int64_t>();
}

Result<std::vector<TensorType>> infer_expand(const InferArgs& args) {
  const auto dims = TRY(list_of(*TRY(args.constant(1, "the shape")), "the shape"));
  const Shape wanted = TRY(Shape::create(dims));
  return std::vector{TensorType{args.input(0).dtype, TRY(tensor::broadcast(args.input(0).shape, wanted))}};
}

Status run_expand(const RunArgs& args) {
  const Shape& shape = args.output(0).shape();
  const std::array<Strides, 1> strides{broadcast_strides(args.input(0).shape(), shape)};
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0));
    Word* y = words<Word>(args.output(0));
    for_each_broadcast(shape, strides, [&](std::int64_t index, const auto& at) { y[index] = x[at[0]]; });
  });
  return {};
}

Result<std::vector<TensorType>> infer_tile(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const auto repeats = TRY(list_of(*TRY(args.constant(1, "repeats")), "repeats"));
  if (repeats.size() != static_cast<std::size_t>(shape.rank()))
    return fail(ErrorKind::kInvalid, "{} repeats for rank {}", repeats.size(), shape.rank());
  std::vector<std::int64_t> dims;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t times = repeats[static_cast<std::size_t>(axis)];
    if (times < 0 || times > tensor::kTensorElementsMax) return fail(ErrorKind::kInvalid, "{} repeats", times);
    dims.push_back(shape[axis] * times);
  }
  return std::vector{TensorType{args.input(0).dtype, TRY(Shape::create(dims))}};
}

Status run_tile(const RunArgs& args) {
  const Shape& from = args.input(0).shape();
  const Shape& to = args.output(0).shape();
  const Strides strides = tensor::row_major_strides(from);
  const std::array<Strides, 0> none{};
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0));
    Word* y = words<Word>(args.output(0));
    for_each_broadcast(to, none, [&](std::int64_t index, const auto&) {
      std::int64_t rest = index, source = 0;
      for (int axis = to.rank() - 1; axis >= 0; --axis) {
        source += rest % to[axis] % from[axis] * strides[static_cast<std::size_t>(axis)];
        rest /= to[axis];
      }
      y[index] = x[source];
    });
  });
  return {};
}

}  // namespace

extern const Operator kExpand, kTile;
const Operator kExpand = {
    .name = "Expand", .inputs_min = 2, .inputs_max = 2, .opset_min = 8, .infer = infer_expand, .run = run_expand};
const Operator kTile = {
    .name = "Tile", .inputs_min = 2, .inputs_max = 2, .opset_min = 6, .infer = infer_tile, .run = run_tile};

}  // namespace hedge::op
