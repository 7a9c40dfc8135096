// MaxUnpool: puts each value back where MaxPool's Indices say it came from; zeros elsewhere. Indices count through the
// size that the window implies; a larger output_shape only adds zeros behind it.
#include <algorithm>

#include "op/dispatch.h"
#include "op/nn/window.h"

namespace hedge::op {
namespace {

/// The shape that the pool's input had, as strides, pads and kernel imply it.
Result<Shape> implied_shape(const Attributes& attributes, const Shape& x) {
  const int spatial = x.rank() - 2;
  if (spatial < 1 || spatial > Window::kAxes) return fail(ErrorKind::kUnsupported, "rank {}", x.rank());
  const auto kernel = TRY(spatial_list(attributes, "kernel_shape", spatial, 0, 1));
  const auto stride = TRY(spatial_list(attributes, "strides", spatial, 1, 1));
  const auto pads = attributes.integers("pads");
  if (attributes.integers("kernel_shape").empty()) return fail(ErrorKind::kInvalid, "kernel_shape is missing");
  if (!pads.empty() && pads.size() != 2 * static_cast<std::size_t>(spatial))
    return fail(ErrorKind::kInvalid, "{} pads for {} spatial axes", pads.size(), spatial);
  std::array<std::int64_t, Window::kAxes + 2> dims{x[0], x[1]};
  for (int k = 0; k < spatial; ++k) {
    const auto at = static_cast<std::size_t>(Window::kAxes - spatial + k);
    std::int64_t size = (x[k + 2] - 1) * stride[at] + kernel[at];
    for (const std::size_t end : {k, k + spatial}) {
      if (pads.empty()) break;
      if (pads[end] < 0 || pads[end] > size) return fail(ErrorKind::kInvalid, "a pad of {}", pads[end]);
      size -= pads[end];
    }
    dims[static_cast<std::size_t>(k) + 2] = size;
  }
  return Shape::create(std::span(dims).first(static_cast<std::size_t>(x.rank())));
}

Result<std::vector<TensorType>> infer_max_unpool(const InferArgs& args) {
  const TensorType &x = args.input(0), &indices = args.input(1);
  if (indices.dtype != DType::kI64 || !(indices.shape == x.shape))
    return fail(ErrorKind::kInvalid, "indices {} for {}", indices.to_string(), x.to_string());
  const Shape implied = TRY(implied_shape(args.attributes, x.shape));
  if (!args.has_input(2)) return std::vector{TensorType{x.dtype, implied}};
  const Tensor* wanted = TRY(args.constant(2, "the output_shape"));
  if (wanted->dtype() != DType::kI64) return fail(ErrorKind::kInvalid, "output_shape {}", wanted->type().to_string());
  const Shape shape = TRY(Shape::create(wanted->as<std::int64_t>()));
  bool fits = shape.rank() == implied.rank();
  for (int axis = 0; fits && axis < shape.rank(); ++axis)
    fits = axis < 2 ? shape[axis] == implied[axis] : shape[axis] >= implied[axis];
  if (!fits)
    return fail(ErrorKind::kInvalid, "output_shape {} does not hold {}", shape.to_string(), implied.to_string());
  return std::vector{TensorType{x.dtype, shape}};
}

Status run(const RunArgs& args) {
  const Shape implied = TRY(implied_shape(args.attributes, args.input(0).shape()));
  const auto strides = tensor::row_major_strides(args.output(0).shape());
  const std::int64_t elements = implied.elements();
  const auto indices = args.input(1).as<std::int64_t>();
  return visit_dtype<NumericTypes>(args.input(0).dtype(), [&]<class T>() -> Status {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    std::ranges::fill(y, T{});
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::int64_t rest = indices[i], to = 0;
      if (rest < 0 || rest >= elements) return fail(ErrorKind::kInvalid, "index {} of {} elements", rest, elements);
      for (int axis = implied.rank() - 1; axis >= 0; --axis) {
        to += rest % implied[axis] * strides[static_cast<std::size_t>(axis)];
        rest /= implied[axis];
      }
      y[static_cast<std::size_t>(to)] = x[i];
    }
    return {};
  });
}

}  // namespace

extern const Operator kMaxUnpool;
const Operator kMaxUnpool = {
    .name = "MaxUnpool", .inputs_min = 2, .inputs_max = 3, .opset_min = 9, .infer = infer_max_unpool, .run = run};

}  // namespace hedge::op
