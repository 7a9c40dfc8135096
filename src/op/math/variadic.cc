// Sum, Mean, Max, Min: any number of broadcast operands, folded one after the other.
#include <cmath>

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/math/wrap.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

/// Folds all inputs into the output, then finishes each element with `finish(value, inputs)`.
template <class List, class Fold, class Finish>
Status fold_inputs(const RunArgs& args, Fold fold, Finish finish) {
  return visit_dtype<List>(args.output(0).dtype(), [&]<class T>() {
    const auto y = args.output(0).as<T>();
    const Shape& shape = args.output(0).shape();
    for (std::size_t k = 0; k < args.inputs.size(); ++k) {
      const auto x = args.inputs[k].as<T>();
      const std::array<Strides, 1> strides{broadcast_strides(args.inputs[k].shape(), shape)};
      for_each_broadcast(shape, strides, [&](std::int64_t index, const auto& at) {
        T& sum = y[static_cast<std::size_t>(index)];
        const T next = x[static_cast<std::size_t>(at[0])];
        sum = k == 0 ? next : static_cast<T>(fold(static_cast<Compute<T>>(sum), static_cast<Compute<T>>(next)));
      });
    }
    for (T& value : y) value = static_cast<T>(finish(static_cast<Compute<T>>(value), args.inputs.size()));
  });
}

constexpr auto kKeep = [](auto value, std::size_t) { return value; };

/// NaN wins, as in NumPy and ONNX Runtime.
template <class T>
bool is_nan(T x) {
  return !(x == x);
}

Status run_sum(const RunArgs& args) {
  return fold_inputs<NumericTypes>(args, [](auto a, auto b) { return wrap_add(a, b); }, kKeep);
}
Status run_mean(const RunArgs& args) {
  return fold_inputs<FloatTypes>(
      args, [](auto a, auto b) { return a + b; },
      [](auto sum, std::size_t count) { return sum / static_cast<decltype(sum)>(count); });
}
Status run_max(const RunArgs& args) {
  return fold_inputs<NumericTypes>(args, [](auto a, auto b) { return is_nan(a) || a > b ? a : b; }, kKeep);
}
Status run_min(const RunArgs& args) {
  return fold_inputs<NumericTypes>(args, [](auto a, auto b) { return is_nan(a) || a < b ? a : b; }, kKeep);
}

Result<std::vector<TensorType>> infer_variadic(const InferArgs& args) {
  for (const TensorType& type : args.inputs)
    if (type.dtype == DType::kUndefined) return fail(ErrorKind::kInvalid, "an operand is missing");
  return broadcast_inputs(args);
}

constexpr Operator variadic(std::string_view name, RunFn run) {
  return {.name = name, .inputs_max = kVariadic, .infer = infer_variadic, .run = run};
}

}  // namespace

extern const Operator kSum, kMean, kMax, kMin;
const Operator kSum = variadic("Sum", run_sum);
const Operator kMean = variadic("Mean", run_mean);
const Operator kMax = variadic("Max", run_max);
const Operator kMin = variadic("Min", run_min);

}  // namespace hedge::op
