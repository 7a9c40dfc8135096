// CumSum: running sums along one axis; exclusive leaves the element itself out, reverse begins at the end.
#include "op/dispatch.h"
#include "op/math/wrap.h"
#include "op/reduce/axis_walk.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

Result<int> axis_of(const ConstTensorView& axis, int rank) {
  if (axis.type.elements() != 1 || (axis.dtype() != DType::kI64 && axis.dtype() != DType::kI32))
    return fail(ErrorKind::kInvalid, "the axis is {}, not one integer", axis.type.to_string());
  return tensor::normalize_axis(axis.dtype() == DType::kI64 ? axis.as<std::int64_t>()[0] : axis.as<std::int32_t>()[0],
                                rank);
}

Status run(const RunArgs& args) {
  const ConstTensorView& x = args.input(0);
  const AxisWalk walk(x.shape(), TRY(axis_of(args.input(1), x.shape().rank())));
  const bool exclusive = args.attributes.integer("exclusive", 0) != 0;
  const bool reverse = args.attributes.integer("reverse", 0) != 0;
  return visit_dtype<NumericTypes>(x.dtype(), [&]<class T>() {
    const auto in = x.as<T>();
    const auto y = args.output(0).as<T>();
    walk.for_each_line([&](std::size_t first) {
      Compute<T> sum{};
      for (std::size_t step = 0; step < walk.length; ++step) {
        const std::size_t at = first + (reverse ? walk.length - 1 - step : step) * walk.inner;
        const Compute<T> next = wrap_add(sum, static_cast<Compute<T>>(in[at]));
        y[at] = static_cast<T>(exclusive ? sum : next);
        sum = next;
      }
    });
  });
}

}  // namespace

extern const Operator kCumSum;
const Operator kCumSum = {
    .name = "CumSum", .inputs_min = 2, .inputs_max = 2, .opset_min = 11, .infer = same_as_input, .run = run};

}  // namespace hedge::op
