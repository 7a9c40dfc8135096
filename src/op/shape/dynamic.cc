// Operators whose output shape depends on values: NonZero, Compress, Unique. They run in the interpreter and fold when
// constant; an engine, whose shapes are static, cannot hold them.
#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>

#include "op/dispatch.h"
#include "op/reduce/axis_walk.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_dynamic(const InferArgs&) {
  return fail(ErrorKind::kUnsupported, "the output's shape depends on values, but an engine's shapes are static");
}

Result<std::vector<Tensor>> run_non_zero(const RunArgs& args) {
  const ConstTensorView& x = args.input(0);
  std::vector<std::int64_t> found;
  TRY(visit_dtype<AllTypes>(x.dtype(), [&]<class T>() {
    const auto values = x.as<T>();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (static_cast<Compute<T>>(values[i]) != Compute<T>{}) found.push_back(static_cast<std::int64_t>(i));
  }));
  const auto strides = tensor::row_major_strides(x.shape());
  const auto count = static_cast<std::int64_t>(found.size());
  Tensor y(DType::kI64, Shape{x.shape().rank(), count});
  for (int axis = 0; axis < x.shape().rank(); ++axis)
    for (std::int64_t k = 0; k < count; ++k)
      y.as<std::int64_t>()[static_cast<std::size_t>(axis * count + k)] =
          found[static_cast<std::size_t>(k)] / strides[static_cast<std::size_t>(axis)] % x.shape()[axis];
  std::vector<Tensor> outputs;
  outputs.push_back(std::move(y));
  return outputs;
}

/// Slices `chosen` along an axis, in that order; without an axis the tensor is a flat list.
Tensor pick(const ConstTensorView& x, std::optional<int> axis, std::span<const std::int64_t> chosen) {
  const Shape shape = axis ? x.shape() : Shape{x.type.elements()};
  const AxisWalk walk(shape, axis.value_or(0));
  Shape result = shape;
  result[axis.value_or(0)] = static_cast<std::int64_t>(chosen.size());
  Tensor y(x.dtype(), result);
  const std::size_t run = walk.inner * tensor::size_of(x.dtype());
  for (std::size_t o = 0; o < walk.outer && run > 0; ++o)
    for (std::size_t k = 0; k < chosen.size(); ++k)
      std::memcpy(y.bytes().data() + (o * chosen.size() + k) * run,
                  x.data + (o * walk.length + static_cast<std::size_t>(chosen[k])) * run, run);
  return y;
}

Result<std::optional<int>> axis_of(const RunArgs& args) {
  if (!args.attributes.has("axis")) return std::optional<int>();
  return std::optional<int>(
      TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), args.input(0).shape().rank())));
}

Result<std::vector<Tensor>> run_compress(const RunArgs& args) {
  const auto axis = TRY(axis_of(args));
  if (args.input(1).dtype() != DType::kBool) return fail(ErrorKind::kInvalid, "the condition is not bool");
  const std::int64_t length = axis ? args.input(0).shape()[*axis] : args.input(0).type.elements();
  std::vector<std::int64_t> chosen;
  const auto condition = args.input(1).as<bool>();
  for (std::size_t k = 0; k < condition.size() && static_cast<std::int64_t>(k) < length; ++k)
    if (condition[k]) chosen.push_back(static_cast<std::int64_t>(k));
  std::vector<Tensor> outputs;
  outputs.push_back(pick(args.input(0), axis, chosen));
  return outputs;
}

Result<std::vector<Tensor>> run_unique(const RunArgs& args) {
  const ConstTensorView& x = args.input(0);
  const auto axis = TRY(axis_of(args));
  const bool sorted = args.attributes.integer("sorted", 1) != 0;
  const Shape shape = axis ? x.shape() : Shape{x.type.elements()};
  const AxisWalk walk(shape, axis.value_or(0));
  std::function<int(std::int64_t, std::int64_t)> compare;  // lexicographic over the slices; the only part with a type
  TRY(visit_dtype<AllTypes>(x.dtype(), [&]<class T>() {
    compare = [&walk, values = x.as<T>()](std::int64_t a, std::int64_t b) {
      for (std::size_t o = 0; o < walk.outer; ++o)
        for (std::size_t i = 0; i < walk.inner; ++i) {
          const auto at = [&](std::int64_t k) {
            return static_cast<Compute<T>>(values[(o * walk.length + static_cast<std::size_t>(k)) * walk.inner + i]);
          };
          if (at(a) != at(b)) return at(a) < at(b) ? -1 : 1;
        }
      return 0;
    };
  }));
  std::vector<Tensor> outputs;
  std::vector<std::int64_t> order(walk.length);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::int64_t a, std::int64_t b) {
    const int difference = compare(a, b);
    return difference != 0 ? difference < 0 : a < b;
  });
  std::vector<std::int64_t> first, counts, group(walk.length);
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k == 0 || compare(order[k - 1], order[k]) != 0) {
      first.push_back(order[k]);
      counts.push_back(0);
    }
    ++counts.back();
    group[static_cast<std::size_t>(order[k])] = static_cast<std::int64_t>(first.size()) - 1;
  }
  std::vector<std::int64_t> rank(first.size());  // by value, or by first appearance
  std::iota(rank.begin(), rank.end(), 0);
  if (!sorted) std::ranges::sort(rank, {}, [&](std::int64_t g) { return first[static_cast<std::size_t>(g)]; });
  std::vector<std::int64_t> place(rank.size()), out_first, out_counts, inverse;
  for (std::size_t k = 0; k < rank.size(); ++k) {
    const auto g = static_cast<std::size_t>(rank[k]);
    place[g] = static_cast<std::int64_t>(k);
    out_first.push_back(first[g]);
    out_counts.push_back(counts[g]);
  }
  for (const std::int64_t g : group) inverse.push_back(place[static_cast<std::size_t>(g)]);
  const auto list = [](const std::vector<std::int64_t>& items) {
    return Tensor::of<std::int64_t>(Shape{static_cast<std::int64_t>(items.size())}, items);
  };
  outputs.push_back(pick(x, axis, out_first));
  outputs.push_back(list(out_first));
  outputs.push_back(list(inverse));
  outputs.push_back(list(out_counts));
  return outputs;
}

}  // namespace

extern const Operator kNonZero, kCompress, kUnique;
const Operator kNonZero = {.name = "NonZero", .opset_min = 9, .infer = infer_dynamic, .run_dynamic = run_non_zero};
const Operator kCompress = {.name = "Compress",
                            .inputs_min = 2,
                            .inputs_max = 2,
                            .opset_min = 9,
                            .infer = infer_dynamic,
                            .run_dynamic = run_compress};
const Operator kUnique = {
    .name = "Unique", .outputs_max = 4, .opset_min = 11, .infer = infer_dynamic, .run_dynamic = run_unique};

}  // namespace hedge::op
