// TopK: the k largest or smallest along one axis with their indices; equals keep their order (the lower index first).
#include <algorithm>

#include "op/dispatch.h"
#include "op/reduce/axis_walk.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_top_k(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), x.shape.rank()));
  std::int64_t k = args.attributes.integer("k", -1);  // before opset 10
  if (args.has_input(1)) {
    const Tensor* value = TRY(args.constant(1, "k"));
    if (value->dtype() != DType::kI64 || value->shape().elements() != 1)
      return fail(ErrorKind::kInvalid, "k is {}, not one i64", value->type().to_string());
    k = value->as<std::int64_t>()[0];
  }
  if (k < 0 || k > x.shape[axis]) return fail(ErrorKind::kInvalid, "k is {}, axis {} has {}", k, axis, x.shape[axis]);
  Shape shape = x.shape;
  shape[axis] = k;
  return std::vector{TensorType{x.dtype, shape}, TensorType{DType::kI64, shape}};
}

std::size_t scratch_bytes(const InferArgs& args) {
  return Scratch::booking<std::int64_t>(static_cast<std::size_t>(args.input(0).elements()) + 1);
}

Status run(const RunArgs& args) {
  const ConstTensorView& x = args.input(0);
  const int axis = TRY(tensor::normalize_axis(args.attributes.integer("axis", -1), x.shape().rank()));
  const bool largest = args.attributes.integer("largest", 1) != 0;
  const AxisWalk walk(x.shape(), axis);
  const Shape& out_shape = args.has_output(0) ? args.output(0).shape() : args.output(1).shape();
  const auto k = static_cast<std::size_t>(out_shape[axis]);
  const auto order = args.scratch.take<std::int64_t>(walk.length);
  return visit_dtype<NumericTypes>(x.dtype(), [&]<class T>() {
    const auto in = x.as<T>();
    std::size_t line = 0;
    walk.for_each_line([&](std::size_t first) {
      for (std::size_t i = 0; i < walk.length; ++i) order[i] = static_cast<std::int64_t>(i);
      const auto value = [&](std::int64_t i) {
        return static_cast<Compute<T>>(in[first + static_cast<std::size_t>(i) * walk.inner]);
      };
      std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                        [&](std::int64_t a, std::int64_t b) {
                          const auto va = value(a), vb = value(b);
                          return va != vb ? (largest ? va > vb : va < vb) : a < b;
                        });
      const std::size_t to = line / walk.inner * k * walk.inner + line % walk.inner;
      for (std::size_t i = 0; i < k; ++i) {
        if (args.has_output(0))
          args.output(0).as<T>()[to + i * walk.inner] = in[first + static_cast<std::size_t>(order[i]) * walk.inner];
        if (args.has_output(1)) args.output(1).as<std::int64_t>()[to + i * walk.inner] = order[i];
      }
      ++line;
    });
  });
}

}  // namespace

extern const Operator kTopK;
const Operator kTopK = {.name = "TopK",
                        .inputs_max = 2,
                        .outputs_max = 2,
                        .infer = infer_top_k,
                        .run = run,
                        .scratch_bytes = scratch_bytes};

}  // namespace hedge::op
