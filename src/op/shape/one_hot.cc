// OneHot: indices become lines of off values with one on value.
#include "op/dispatch.h"
#include "op/math/wrap.h"
#include "op/reduce/axis_walk.h"

namespace hedge::op {
namespace {

Status expect_number(DType dtype) {
  return visit_dtype<NumericTypes>(dtype, []<class T>() {});
}

/// Any numeric type; one call a value rather than a copy of the loop for each pair of types.
std::int64_t number_at(const ConstTensorView& view, std::size_t k) {
  std::int64_t number = 0;
  (void)visit_dtype<NumericTypes>(view.dtype(), [&]<class T>() {
    number = saturate_cast<std::int64_t>(static_cast<double>(view.as<T>()[k]));
    return Status();
  });
  return number;
}

Result<std::vector<TensorType>> infer_one_hot(const InferArgs& args) {
  const Tensor* depth = TRY(args.constant(1, "the depth"));
  if (depth->shape().elements() != 1) return fail(ErrorKind::kInvalid, "depth is {}", depth->type().to_string());
  TRY(expect_number(depth->dtype()));
  TRY(expect_number(args.input(0).dtype));
  const std::int64_t length = number_at(depth->view(), 0);
  const int rank = args.input(0).shape.rank() + 1;
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), rank));
  if (args.input(2).elements() != 2)
    return fail(ErrorKind::kInvalid, "values are {}, not off and on", args.input(2).to_string());
  std::vector<std::int64_t> dims(args.input(0).shape.begin(), args.input(0).shape.end());
  dims.insert(dims.begin() + axis, length);
  return std::vector{TensorType{args.input(2).dtype, TRY(Shape::create(dims))}};
}

Status run(const RunArgs& args) {
  const Shape& shape = args.output(0).shape();
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), shape.rank()));
  const AxisWalk walk(shape, axis);
  return visit_dtype<AllTypes>(args.output(0).dtype(), [&]<class T>() {
    const auto y = args.output(0).as<T>();
    const T off = args.input(2).as<T>()[0], on = args.input(2).as<T>()[1];
    std::size_t k = 0;
    const auto length = static_cast<std::int64_t>(walk.length);
    walk.for_each_line([&](std::size_t first) {
      for (std::size_t i = 0; i < walk.length; ++i) y[first + i * walk.inner] = off;
      std::int64_t index = number_at(args.input(0), k++);
      if (index < 0) index += length;
      if (index >= 0 && index < length) y[first + static_cast<std::size_t>(index) * walk.inner] = on;
    });
  });
}

}  // namespace

extern const Operator kOneHot;
const Operator kOneHot = {
    .name = "OneHot", .inputs_min = 3, .inputs_max = 3, .opset_min = 9, .infer = infer_one_hot, .run = run};

}  // namespace hedge::op
