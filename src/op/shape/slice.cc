// Slice: a range with a step along each axis, as Python's x[start:end:step]. Attributes before opset 10, inputs since.
#include <algorithm>

#include "op/broadcasting.h"
#include "op/operator.h"
#include "op/shape/element_copy.h"
#include "op/shape/move_geometry.h"

namespace hedge::op {
namespace {

/// An index of a list operand of i32 or i64; the caller has checked the type.
std::int64_t index_at(const ConstTensorView& view, std::size_t k) {
  return view.dtype() == DType::kI64 ? view.as<std::int64_t>()[k] : view.as<std::int32_t>()[k];
}

Status check_list(const ConstTensorView& view, std::size_t count, std::string_view what) {
  if ((view.dtype() != DType::kI64 && view.dtype() != DType::kI32) || view.shape().rank() != 1 ||
      static_cast<std::size_t>(view.type.elements()) != count)
    return fail(ErrorKind::kInvalid, "{} is {}, not a list of {} integers", what, view.type.to_string(), count);
  return {};
}

/// Fills one axis by Python's clamping.
Status set_axis(SliceRanges& ranges, const Shape& shape, std::int64_t axis_given, std::int64_t start, std::int64_t end,
                std::int64_t step) {
  const auto axis = static_cast<std::size_t>(TRY(tensor::normalize_axis(axis_given, shape.rank())));
  if (step == 0) return fail(ErrorKind::kInvalid, "a step is 0");
  const std::int64_t length = shape[static_cast<int>(axis)];
  // Far beyond the ends is as good as one beyond; this also keeps the sums below from overflowing.
  const auto bounded = [&](std::int64_t index) {
    index = std::clamp<std::int64_t>(index, -length - 1, 2 * length + 1);
    return index < 0 ? index + length : index;
  };
  step = std::clamp<std::int64_t>(step, -length - 1, length + 1);
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
  start = std::clamp(bounded(start), step > 0 ? std::int64_t{0} : std::int64_t{-1}, high);
  end = std::clamp(bounded(end), low, high + (step > 0 ? 0 : 1));
  const std::int64_t span = step > 0 ? end - start : start - end;
  const std::int64_t magnitude = step > 0 ? step : -step;
  ranges.start[axis] = start;
  ranges.step[axis] = step;
  ranges.count[axis] = span > 0 ? (span + magnitude - 1) / magnitude : 0;
  return {};
}

/// From attributes, or from the values of inputs 1..4 (`operand(k)` gives the view, or null).
template <class Operand>
Result<SliceRanges> ranges_of(const Attributes& attributes, const Shape& shape, Operand operand) {
  SliceRanges ranges;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    ranges.step[at] = 1;
    ranges.count[at] = shape[axis];
  }
  if (const ConstTensorView* starts = operand(1)) {
    const ConstTensorView *ends = operand(2), *axes = operand(3), *steps = operand(4);
    const auto count = static_cast<std::size_t>(starts->type.elements());
    if (ends == nullptr) return fail(ErrorKind::kInvalid, "ends is missing");
    TRY(check_list(*starts, count, "starts"));
    TRY(check_list(*ends, count, "ends"));
    if (axes != nullptr) TRY(check_list(*axes, count, "axes"));
    if (steps != nullptr) TRY(check_list(*steps, count, "steps"));
    for (std::size_t k = 0; k < count; ++k)
      TRY(set_axis(ranges, shape, axes != nullptr ? index_at(*axes, k) : static_cast<std::int64_t>(k),
                   index_at(*starts, k), index_at(*ends, k), steps != nullptr ? index_at(*steps, k) : 1));
    return ranges;
  }
  const auto starts = attributes.integers("starts"), ends = attributes.integers("ends"),
             axes = attributes.integers("axes");
  if (starts.size() != ends.size() || (!axes.empty() && axes.size() != starts.size()))
    return fail(ErrorKind::kInvalid, "starts, ends and axes differ in length");
  for (std::size_t k = 0; k < starts.size(); ++k)
    TRY(set_axis(ranges, shape, axes.empty() ? static_cast<std::int64_t>(k) : axes[k], starts[k], ends[k], 1));
  return ranges;
}

}  // namespace

Result<SliceRanges> slice_ranges(const InferArgs& args) {
  std::array<ConstTensorView, 5> views;
  for (int k = 1; k < 5; ++k)
    if (args.has_input(k)) views[static_cast<std::size_t>(k)] = TRY(args.constant(k, "a bound of the slice"))->view();
  const auto operand = [&](int k) -> const ConstTensorView* {
    return args.has_input(k) ? &views[static_cast<std::size_t>(k)] : nullptr;
  };
  return ranges_of(args.attributes, args.input(0).shape, operand);
}

namespace {

Result<std::vector<TensorType>> infer_slice(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const SliceRanges ranges = TRY(slice_ranges(args));
  TensorType type = x;
  for (int axis = 0; axis < x.shape.rank(); ++axis) type.shape[axis] = ranges.count[static_cast<std::size_t>(axis)];
  return std::vector{type};
}

Status run(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const auto operand = [&](int k) { return args.has_input(k) ? &args.input(k) : nullptr; };
  const SliceRanges ranges = TRY(ranges_of(args.attributes, shape, operand));
  const Strides from = tensor::row_major_strides(shape);
  std::array<Strides, 1> strides{};
  std::int64_t first = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    if (ranges.count[at] != args.output(0).shape()[axis])
      return fail(ErrorKind::kInvalid, "the bounds changed since the shape was inferred");
    strides[0][at] = from[at] * ranges.step[at];
    first += from[at] * ranges.start[at];
  }
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0)) + (args.output(0).type.elements() > 0 ? first : 0);
    Word* y = words<Word>(args.output(0));
    for_each_broadcast(args.output(0).shape(), strides,
                       [&](std::int64_t index, const auto& at) { y[index] = x[at[0]]; });
  });
  return {};
}

}  // namespace

extern const Operator kSlice;
const Operator kSlice = {.name = "Slice", .inputs_max = 5, .infer = infer_slice, .run = run};

}  // namespace hedge::op
