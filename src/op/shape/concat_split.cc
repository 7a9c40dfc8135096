// Concat: operands one after the other along an axis. Split: the reverse, by sizes, a count of parts, or evenly.
#include <algorithm>
#include <cstring>

#include "op/operator.h"

namespace hedge::op {
namespace {

/// Copies `rows` runs of bytes between two pitches.
void copy_runs(std::byte* to, std::size_t to_pitch, const std::byte* from, std::size_t from_pitch, std::size_t run,
               std::size_t rows) {
  if (run == 0) return;
  for (std::size_t row = 0; row < rows; ++row) std::memcpy(to + row * to_pitch, from + row * from_pitch, run);
}

Result<std::vector<TensorType>> infer_concat(const InferArgs& args) {
  TensorType type = args.input(0);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 1), type.shape.rank()));
  std::vector<std::int64_t> dims(type.shape.begin(), type.shape.end());
  for (std::size_t k = 1; k < args.inputs.size(); ++k) {
    const TensorType& other = args.inputs[k];
    bool fits = other.dtype == type.dtype && other.shape.rank() == type.shape.rank();
    for (int a = 0; fits && a < type.shape.rank(); ++a) fits = a == axis || other.shape[a] == type.shape[a];
    if (!fits)
      return fail(ErrorKind::kInvalid, "{} and {} do not join at axis {}", type.to_string(), other.to_string(), axis);
    dims[static_cast<std::size_t>(axis)] += other.shape[axis];
  }
  type.shape = TRY(Shape::create(dims));
  return std::vector{type};
}

Status run_concat(const RunArgs& args) {
  const Shape& shape = args.output(0).shape();
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 1), shape.rank()));
  const std::size_t size = tensor::size_of(args.output(0).dtype());
  const auto rows = static_cast<std::size_t>(shape.elements(0, axis));
  const std::size_t pitch = static_cast<std::size_t>(shape.elements(axis, shape.rank())) * size;
  std::size_t offset = 0;
  if (args.output(0).type.elements() == 0) return {};
  for (const ConstTensorView& x : args.inputs) {
    const std::size_t run = static_cast<std::size_t>(x.shape().elements(axis, shape.rank())) * size;
    copy_runs(args.output(0).data + offset, pitch, x.data, run, run, rows);
    offset += run;
  }
  return {};
}

Result<std::vector<TensorType>> infer_split(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), x.shape.rank()));
  const std::int64_t length = x.shape[axis];
  std::span<const std::int64_t> sizes = args.attributes.integers("split");  // before opset 13
  if (args.has_input(1)) {
    const Tensor* value = TRY(args.constant(1, "the sizes of the split"));
    if (value->dtype() != DType::kI64 || value->shape().rank() != 1)
      return fail(ErrorKind::kInvalid, "split is {}, not a list of i64", value->type().to_string());
    sizes = value->as<std::int64_t>();
  }
  const auto parts = static_cast<std::int64_t>(args.output_count);
  if (!sizes.empty() && static_cast<std::int64_t>(sizes.size()) != parts)
    return fail(ErrorKind::kInvalid, "{} sizes for {} outputs", sizes.size(), parts);
  if (const std::int64_t wanted = args.attributes.integer("num_outputs", parts); wanted != parts)
    return fail(ErrorKind::kInvalid, "num_outputs is {}, the node has {}", wanted, parts);
  std::vector<TensorType> types;
  std::int64_t left = length;
  const std::int64_t even = (length + parts - 1) / parts;  // the last part is smaller where it does not divide
  for (std::int64_t k = 0; k < parts; ++k) {
    const std::int64_t part = sizes.empty() ? std::min(even, left) : sizes[static_cast<std::size_t>(k)];
    if (part < 0 || part > left) return fail(ErrorKind::kInvalid, "parts do not add up to {} of axis {}", length, axis);
    left -= part;
    types.push_back(x);
    types.back().shape[axis] = part;
  }
  if (left != 0) return fail(ErrorKind::kInvalid, "parts do not add up to {} of axis {}", length, axis);
  return types;
}

Status run_split(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), shape.rank()));
  const std::size_t size = tensor::size_of(args.input(0).dtype());
  const auto rows = static_cast<std::size_t>(shape.elements(0, axis));
  const std::size_t pitch = static_cast<std::size_t>(shape.elements(axis, shape.rank())) * size;
  std::size_t offset = 0;
  for (const TensorView& y : args.outputs) {
    const std::size_t run = static_cast<std::size_t>(y.shape().elements(axis, shape.rank())) * size;
    if (y.data != nullptr) copy_runs(y.data, run, args.input(0).data + offset, pitch, run, rows);
    offset += run;
  }
  return {};
}

}  // namespace

extern const Operator kConcat, kSplit;
const Operator kConcat = {.name = "Concat", .inputs_max = kVariadic, .infer = infer_concat, .run = run_concat};
const Operator kSplit = {
    .name = "Split", .inputs_max = 2, .outputs_max = kVariadic, .infer = infer_split, .run = run_split};

}  // namespace hedge::op
