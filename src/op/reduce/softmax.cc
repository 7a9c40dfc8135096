// Softmax, LogSoftmax, Hardmax. From opset 13 along one axis; before, the tensor is flattened to a matrix at `axis` and
// each row is normalised.
#include <algorithm>
#include <cmath>
#include <limits>

#include "op/dispatch.h"
#include "op/reduce/axis_walk.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

Result<AxisWalk> lines_of(const Attributes& attributes, int opset, const Shape& shape) {
  if (opset >= 13) return AxisWalk(shape, TRY(tensor::normalize_axis(attributes.integer("axis", -1), shape.rank())));
  const std::int64_t given = attributes.integer("axis", 1);
  // Before 13 the axis may also equal the rank: rows of one element.
  const int axis = given == shape.rank() ? shape.rank() : TRY(tensor::normalize_axis(given, shape.rank()));
  return AxisWalk(Shape{shape.elements(0, axis), shape.elements(axis, shape.rank())}, 1);
}

Result<std::vector<TensorType>> infer_softmax(const InferArgs& args) {
  (void)TRY(lines_of(args.attributes, args.opset, args.input(0).shape));
  return same_as_input(args);
}

/// visit(x, y, first, walk) for each line.
template <class Line>
Status for_lines(const RunArgs& args, Line line) {
  const AxisWalk walk = TRY(lines_of(args.attributes, args.opset, args.input(0).shape()));
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    if (walk.length == 0) return;
    walk.for_each_line([&](std::size_t first) { line(x, y, first, walk); });
  });
}

template <class X>
auto highest_of(const X& x, std::size_t first, const AxisWalk& walk) {
  double highest = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < walk.length; ++k)
    highest = std::max(highest, static_cast<double>(x[first + k * walk.inner]));
  return highest;
}

template <class X>
double sum_of_exp(const X& x, std::size_t first, const AxisWalk& walk, double highest) {
  double sum = 0;
  for (std::size_t k = 0; k < walk.length; ++k)
    sum += std::exp(static_cast<double>(x[first + k * walk.inner]) - highest);
  return sum;
}

Status run_softmax(const RunArgs& args) {
  return for_lines(args, [](const auto& x, const auto& y, std::size_t first, const AxisWalk& walk) {
    using T = std::remove_cvref_t<decltype(y[0])>;
    const double highest = highest_of(x, first, walk);
    const double scale = 1 / sum_of_exp(x, first, walk, highest);
    for (std::size_t k = 0; k < walk.length; ++k) {
      const std::size_t at = first + k * walk.inner;
      y[at] = T(static_cast<Compute<T>>(std::exp(static_cast<double>(x[at]) - highest) * scale));
    }
  });
}

Status run_log_softmax(const RunArgs& args) {
  return for_lines(args, [](const auto& x, const auto& y, std::size_t first, const AxisWalk& walk) {
    using T = std::remove_cvref_t<decltype(y[0])>;
    const double highest = highest_of(x, first, walk);
    const double shift = highest + std::log(sum_of_exp(x, first, walk, highest));
    for (std::size_t k = 0; k < walk.length; ++k) {
      const std::size_t at = first + k * walk.inner;
      y[at] = T(static_cast<Compute<T>>(static_cast<double>(x[at]) - shift));
    }
  });
}

Status run_hardmax(const RunArgs& args) {
  return for_lines(args, [](const auto& x, const auto& y, std::size_t first, const AxisWalk& walk) {
    using T = std::remove_cvref_t<decltype(y[0])>;
    std::size_t best = 0;
    for (std::size_t k = 1; k < walk.length; ++k)
      if (x[first + k * walk.inner] > x[first + best * walk.inner]) best = k;
    for (std::size_t k = 0; k < walk.length; ++k) y[first + k * walk.inner] = T(k == best ? 1.0f : 0.0f);
  });
}

}  // namespace

extern const Operator kSoftmax, kLogSoftmax, kHardmax;
const Operator kSoftmax = {.name = "Softmax", .infer = infer_softmax, .run = run_softmax};
const Operator kLogSoftmax = {.name = "LogSoftmax", .infer = infer_softmax, .run = run_log_softmax};
const Operator kHardmax = {.name = "Hardmax", .infer = infer_softmax, .run = run_hardmax};

}  // namespace hedge::op
