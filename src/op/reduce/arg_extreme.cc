// ArgMax, ArgMin: the index of the largest or smallest along one axis; the first of equals unless select_last_index.
#include "op/dispatch.h"
#include "op/reduce/axis_walk.h"
#include "op/reduce/reduction.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_arg(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), shape.rank()));
  if (shape[axis] == 0) return fail(ErrorKind::kInvalid, "axis {} is empty", axis);
  const bool keep_dims = args.attributes.integer("keepdims", 1) != 0;
  return std::vector{TensorType{DType::kI64, reduced_shape(shape, AxisMask{1} << axis, keep_dims)}};
}

template <class Better>
Status run_arg(const RunArgs& args, Better better) {
  const Shape& shape = args.input(0).shape();
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", 0), shape.rank()));
  const bool last = args.attributes.integer("select_last_index", 0) != 0;
  return visit_dtype<NumericTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<std::int64_t>();
    const AxisWalk walk(shape, axis);
    std::size_t out = 0;
    walk.for_each_line([&](std::size_t first) {
      std::size_t best = 0;
      for (std::size_t k = 1; k < walk.length; ++k) {
        const auto candidate = static_cast<Compute<T>>(x[first + k * walk.inner]);
        const auto champion = static_cast<Compute<T>>(x[first + best * walk.inner]);
        if (better(candidate, champion) || (last && candidate == champion)) best = k;
      }
      y[out++] = static_cast<std::int64_t>(best);
    });
  });
}

}  // namespace

extern const Operator kArgMax, kArgMin;
const Operator kArgMax = {.name = "ArgMax", .infer = infer_arg, .run = [](const RunArgs& args) {
                            return run_arg(args, [](auto a, auto b) { return a > b; });
                          }};
const Operator kArgMin = {.name = "ArgMin", .infer = infer_arg, .run = [](const RunArgs& args) {
                            return run_arg(args, [](auto a, auto b) { return a < b; });
                          }};

}  // namespace hedge::op
