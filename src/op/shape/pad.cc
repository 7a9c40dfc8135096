// Pad: constant, reflect, edge or wrap; negative pads cut. Attributes before opset 11, inputs since; axes from 18 on.
#include <algorithm>

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/shape/element_copy.h"
#include "op/shape/move_geometry.h"

namespace hedge::op {
namespace {

Result<Pads> spread(std::span<const std::int64_t> pads, std::span<const std::int64_t> axes, int rank) {
  const std::size_t count = axes.empty() ? static_cast<std::size_t>(rank) : axes.size();
  if (pads.size() != 2 * count) return fail(ErrorKind::kInvalid, "{} pads for {} axes", pads.size(), count);
  Pads result;
  for (std::size_t k = 0; k < count; ++k) {
    const auto axis = axes.empty() ? k : static_cast<std::size_t>(TRY(tensor::normalize_axis(axes[k], rank)));
    for (const std::int64_t pad : {pads[k], pads[k + count]})
      if (pad > tensor::kTensorElementsMax || pad < -tensor::kTensorElementsMax)
        return fail(ErrorKind::kResourceLimit, "a pad of {}", pad);
    result.before[axis] = pads[k];
    result.after[axis] = pads[k + count];
  }
  return result;
}

template <class Args, class Operand>
Result<Pads> pads_of(const Args& args, int rank, Operand operand) {
  if (args.opset < 11) {
    const auto pads =
        args.attributes.has("pads") ? args.attributes.integers("pads") : args.attributes.integers("paddings");
    return spread(pads, {}, rank);
  }
  const ConstTensorView pads = TRY(operand(1));
  if (pads.dtype() != DType::kI64) return fail(ErrorKind::kInvalid, "pads is {}, not i64", pads.type.to_string());
  if (!args.has_input(3)) return spread(pads.as<std::int64_t>(), {}, rank);
  const ConstTensorView axes = TRY(operand(3));
  if (axes.dtype() == DType::kI64) return spread(pads.as<std::int64_t>(), axes.as<std::int64_t>(), rank);
  if (axes.dtype() != DType::kI32 || axes.type.elements() > tensor::kRankMax)
    return fail(ErrorKind::kInvalid, "axes is {}, not a list of integers", axes.type.to_string());
  std::array<std::int64_t, tensor::kRankMax> wide{};
  std::ranges::copy(axes.as<std::int32_t>(), wide.begin());
  return spread(pads.as<std::int64_t>(), std::span(wide).first(static_cast<std::size_t>(axes.type.elements())), rank);
}

}  // namespace

Result<Pads> constant_pads(const InferArgs& args) {
  const auto operand = [&](int k) -> Result<ConstTensorView> {
    if (!args.has_input(k)) return fail(ErrorKind::kInvalid, "pads is missing");
    return TRY(args.constant(k, "pads"))->view();
  };
  return pads_of(args, args.input(0).shape.rank(), operand);
}

namespace {

Result<std::vector<TensorType>> infer_pad(const InferArgs& args) {
  const TensorType& x = args.input(0);
  const Pads pads = TRY(constant_pads(args));
  std::vector<std::int64_t> dims;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    dims.push_back(x.shape[axis] + pads.before[at] + pads.after[at]);
    if (x.shape[axis] == 0 && dims.back() > 0 && args.attributes.string("mode", "constant") != "constant")
      return fail(ErrorKind::kInvalid, "nothing to repeat along empty axis {}", axis);
  }
  if (args.has_input(2) && (args.input(2).elements() != 1 || args.input(2).dtype != x.dtype))
    return fail(ErrorKind::kInvalid, "the value is {}, not one {}", args.input(2).to_string(),
                tensor::to_string(x.dtype));
  return std::vector{TensorType{x.dtype, TRY(Shape::create(dims))}};
}

enum class Mode { kConstant, kReflect, kEdge, kWrap };

/// The source index of output index `i` along an axis of `length`, or -1 for the constant.
std::int64_t source_index(Mode mode, std::int64_t i, std::int64_t length) {
  if (i >= 0 && i < length) return i;
  switch (mode) {
    case Mode::kConstant: return -1;
    case Mode::kEdge: return std::clamp<std::int64_t>(i, 0, length - 1);
    case Mode::kWrap: return ((i % length) + length) % length;
    case Mode::kReflect: break;
  }
  if (length == 1) return 0;
  const std::int64_t period = 2 * (length - 1);
  const std::int64_t place = ((i % period) + period) % period;
  return place < length ? place : period - place;
}

Status run(const RunArgs& args) {
  const Shape& from = args.input(0).shape();
  const Shape& to = args.output(0).shape();
  const Pads pads = TRY(pads_of(args, from.rank(), [&](int k) -> Result<ConstTensorView> { return args.input(k); }));
  const std::string_view name = args.attributes.string("mode", "constant");
  const Mode mode = name == "reflect" ? Mode::kReflect
                    : name == "edge"  ? Mode::kEdge
                    : name == "wrap"  ? Mode::kWrap
                                      : Mode::kConstant;
  for (int axis = 0; axis < from.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    if (from[axis] + pads.before[at] + pads.after[at] != to[axis])
      return fail(ErrorKind::kInvalid, "the pads changed since the shape was inferred");
  }
  const Strides strides = tensor::row_major_strides(from);
  const auto value_attribute = args.attributes.real("value", 0.0f);
  const std::array<Strides, 0> none{};
  return visit_dtype<AllTypes>(args.input(0).dtype(), [&]<class T>() {
    const T* x = reinterpret_cast<const T*>(args.input(0).data);
    T* y = reinterpret_cast<T*>(args.output(0).data);
    T value = args.opset < 11 ? static_cast<T>(value_attribute) : T{};
    if (args.has_input(2)) value = args.input(2).as<T>()[0];
    Strides position{};
    for_each_broadcast(to, none, [&](std::int64_t index, const auto&) {
      std::int64_t source = 0;
      for (std::size_t axis = 0; axis < static_cast<std::size_t>(to.rank()) && source >= 0; ++axis) {
        const std::int64_t i = source_index(mode, position[axis] - pads.before[axis], from[static_cast<int>(axis)]);
        source = i < 0 ? -1 : source + i * strides[axis];
      }
      y[index] = source < 0 ? value : x[source];
      for (int axis = to.rank() - 1; axis >= 0; --axis) {
        if (++position[static_cast<std::size_t>(axis)] < to[axis]) break;
        position[static_cast<std::size_t>(axis)] = 0;
      }
    });
  });
}

}  // namespace

extern const Operator kPad;
const Operator kPad = {.name = "Pad", .inputs_max = 4, .infer = infer_pad, .run = run};

}  // namespace hedge::op
