// ReduceSum, Mean, Max, Min, Prod, L1, L2, LogSum, LogSumExp, SumSquare: axes as attribute (before opset 18, ReduceSum
// before 13) or input. Floats are accumulated in double, integers in their own type, wrapping.
#include <algorithm>
#include <cmath>
#include <limits>

#include "op/math/wrap.h"
#include "op/reduce/reduction.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_reduce(const InferArgs& args) {
  const TensorType& x = args.input(0);
  if (args.has_input(1) && args.input(1).dtype != DType::kI64)
    return fail(ErrorKind::kInvalid, "the axes are {}, not i64", args.input(1).to_string());
  const Tensor* axes = args.has_input(1) ? TRY(args.constant(1, "the axes")) : nullptr;
  const AxisMask mask = TRY(reduced_axes(
      args.attributes, axes != nullptr ? axes->as<std::int64_t>() : std::span<const std::int64_t>(), x.shape.rank()));
  // An empty axis that goes may have hidden how large the others are: checked again.
  const Shape shape = reduced_shape(x.shape, mask, args.attributes.integer("keepdims", 1) != 0);
  return std::vector{TensorType{x.dtype, TRY(Shape::create(shape.dims()))}};
}

template <class T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, T, double>;

/// `fold(sum, x)` starting at `start`, then `finish(sum, count)`.
template <class List, class Start, class Fold, class Finish>
Status reduce(const RunArgs& args, Start start, Fold fold, Finish finish) {
  const ConstTensorView& x = args.input(0);
  const auto axes = args.has_input(1) ? args.input(1).as<std::int64_t>() : std::span<const std::int64_t>();
  const AxisMask mask = TRY(reduced_axes(args.attributes, axes, x.shape().rank()));
  return visit_dtype<List>(x.dtype(), [&]<class T>() {
    using A = Accumulator<Compute<T>>;
    const auto in = x.as<T>();
    const auto y = args.output(0).as<T>();
    const auto sums = args.scratch.take<A>(y.size());
    std::ranges::fill(sums, start(A{}));
    for_each_reduced(x.shape(), mask, [&](std::size_t to, std::size_t from) {
      sums[to] = static_cast<A>(fold(sums[to], static_cast<A>(static_cast<Compute<T>>(in[from]))));
    });
    const auto count = static_cast<double>(y.empty() ? 0 : in.size() / y.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto finished = finish(sums[i], count);
      if constexpr (std::is_integral_v<T> && std::is_floating_point_v<decltype(finished)>)
        y[i] = saturate_cast<T>(finished);  // the mean of nothing is no integer
      else
        y[i] = static_cast<T>(static_cast<Compute<T>>(finished));
    }
  });
}

/// log(sum(exp)) needs the maximum first, or exp overflows.
Status run_log_sum_exp(const RunArgs& args) {
  const ConstTensorView& x = args.input(0);
  const auto axes = args.has_input(1) ? args.input(1).as<std::int64_t>() : std::span<const std::int64_t>();
  const AxisMask mask = TRY(reduced_axes(args.attributes, axes, x.shape().rank()));
  return visit_dtype<FloatTypes>(x.dtype(), [&]<class T>() {
    const auto in = x.as<T>();
    const auto y = args.output(0).as<T>();
    const auto sums = args.scratch.take<double>(y.size());
    const auto highest = args.scratch.take<double>(y.size());
    std::ranges::fill(sums, 0.0);
    std::ranges::fill(highest, -std::numeric_limits<double>::infinity());
    const auto value = [&](std::size_t i) { return static_cast<double>(static_cast<Compute<T>>(in[i])); };
    for_each_reduced(x.shape(), mask,
                     [&](std::size_t to, std::size_t from) { highest[to] = std::max(highest[to], value(from)); });
    for_each_reduced(x.shape(), mask, [&](std::size_t to, std::size_t from) {
      if (std::isfinite(highest[to])) sums[to] += std::exp(value(from) - highest[to]);
    });
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double result = std::isfinite(highest[i]) ? highest[i] + std::log(sums[i]) : highest[i];
      y[i] = static_cast<T>(static_cast<Compute<T>>(result));
    }
  });
}

std::size_t scratch_bytes(const InferArgs& args) {
  const auto types = infer_reduce(args);
  return types ? 2 * Scratch::booking<double>(static_cast<std::size_t>((*types)[0].elements())) : 0;
}

constexpr auto kZero = [](auto zero) { return zero; };
constexpr auto kOne = [](auto zero) { return static_cast<decltype(zero)>(zero + 1); };
constexpr auto kLowest = [](auto zero) {
  using L = std::numeric_limits<decltype(zero)>;
  return L::has_infinity ? -L::infinity() : L::lowest();
};
constexpr auto kHighest = [](auto zero) {
  using L = std::numeric_limits<decltype(zero)>;
  return L::has_infinity ? L::infinity() : L::max();
};
constexpr auto kAddUp = [](auto sum, auto x) { return wrap_add(sum, x); };
constexpr auto kKeep = [](auto sum, double) { return sum; };
constexpr auto kSquares = [](auto sum, auto x) { return wrap_add(sum, wrap_mul(x, x)); };
constexpr auto kMagnitudes = [](auto sum, auto x) { return wrap_add(sum, x < decltype(x){} ? wrap_neg(x) : x); };

using N = NumericTypes;

constexpr Operator reduction(std::string_view name, RunFn run) {
  return {.name = name, .inputs_max = 2, .infer = infer_reduce, .run = run, .scratch_bytes = scratch_bytes};
}

}  // namespace

extern const Operator kReduceSum, kReduceMean, kReduceMax, kReduceMin, kReduceProd, kReduceL1, kReduceL2, kReduceLogSum,
    kReduceLogSumExp, kReduceSumSquare;

const Operator kReduceSum =
    reduction("ReduceSum", [](const RunArgs& args) { return reduce<N>(args, kZero, kAddUp, kKeep); });
const Operator kReduceMean = reduction("ReduceMean", [](const RunArgs& args) {
  return reduce<N>(args, kZero, kAddUp, [](auto sum, double count) { return count == 0 ? sum : sum / count; });
});
const Operator kReduceMax = reduction("ReduceMax", [](const RunArgs& args) {
  if (args.input(0).dtype() == DType::kBool)
    return reduce<Types<bool>>(args, kZero, [](bool a, bool b) { return a || b; }, kKeep);
  return reduce<N>(args, kLowest, [](auto a, auto b) { return b > a ? b : a; }, kKeep);
});
const Operator kReduceMin = reduction("ReduceMin", [](const RunArgs& args) {
  if (args.input(0).dtype() == DType::kBool)
    return reduce<Types<bool>>(args, kOne, [](bool a, bool b) { return a && b; }, kKeep);
  return reduce<N>(args, kHighest, [](auto a, auto b) { return b < a ? b : a; }, kKeep);
});
const Operator kReduceProd = reduction("ReduceProd", [](const RunArgs& args) {
  return reduce<N>(args, kOne, [](auto product, auto x) { return wrap_mul(product, x); }, kKeep);
});
const Operator kReduceL1 =
    reduction("ReduceL1", [](const RunArgs& args) { return reduce<N>(args, kZero, kMagnitudes, kKeep); });
const Operator kReduceL2 = reduction("ReduceL2", [](const RunArgs& args) {
  return reduce<N>(args, kZero, kSquares, [](auto sum, double) { return std::sqrt(static_cast<double>(sum)); });
});
const Operator kReduceLogSum = reduction("ReduceLogSum", [](const RunArgs& args) {
  return reduce<N>(args, kZero, kAddUp, [](auto sum, double) { return std::log(static_cast<double>(sum)); });
});
const Operator kReduceSumSquare =
    reduction("ReduceSumSquare", [](const RunArgs& args) { return reduce<N>(args, kZero, kSquares, kKeep); });
const Operator kReduceLogSumExp = reduction("ReduceLogSumExp", run_log_sum_exp);

}  // namespace hedge::op
