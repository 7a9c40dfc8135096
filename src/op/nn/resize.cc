// Resize (opset 10 to 19) and Upsample: nearest by index, images of floats bilinear as ONNX Runtime sums
// them (in a quantized model halves are frequent, and the order decides where they round), the rest axis after axis in
// double.
#include <algorithm>
#include <cmath>

#include "op/broadcasting.h"
#include "op/dispatch.h"
#include "op/math/wrap.h"
#include "op/nn/resize_geometry.h"
#include "op/reduce/axis_walk.h"
#include "op/shape/element_copy.h"

namespace hedge::op {
namespace {

struct Plan {
  std::array<ResizeAxis, tensor::kRankMax> axes;
  int rank = 0;
  NearestMode rounding = NearestMode::kFloor;
  ResizeFilter filter;
  bool extrapolates = false;
  Shape output;
  std::size_t step_elements = 1;  ///< of the largest tensor between two axis passes
};

/// Operands by name, since their positions changed at opset 11.
struct Operands {
  ConstTensorView roi, scales, sizes;
};

template <class Args, class Value>
Result<Operands> operands_of(const Args& args, bool upsample, Value value) {
  Operands operands;
  const bool old_form = upsample || args.opset < 11;
  const auto take = [&](int k, ConstTensorView& into) -> Status {
    if (args.has_input(k)) into = TRY(value(k));
    return {};
  };
  if (old_form) {
    TRY(take(1, operands.scales));
  } else {
    TRY(take(1, operands.roi));
    TRY(take(2, operands.scales));
    TRY(take(3, operands.sizes));
  }
  for (ConstTensorView* view : {&operands.roi, &operands.scales, &operands.sizes})
    if (view->present() && view->type.elements() == 0) *view = {};  // an empty tensor stands for an absent one
  return operands;
}

Status set_sizes(Plan& plan, const Attributes& attributes, const Shape& x, std::span<const std::int64_t> sizes,
                 std::span<const int> axes) {
  if (sizes.size() != axes.size()) return fail(ErrorKind::kInvalid, "{} sizes for {} axes", sizes.size(), axes.size());
  const std::string_view policy = attributes.string("keep_aspect_ratio_policy", "stretch");
  double common = 0;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    ResizeAxis& axis = plan.axes[static_cast<std::size_t>(axes[k])];
    if (sizes[k] < 1 || sizes[k] > tensor::kTensorElementsMax || axis.in < 1)
      return fail(ErrorKind::kInvalid, "a size of {} from {}", sizes[k], axis.in);
    axis.out = sizes[k];
    axis.scale = static_cast<double>(sizes[k]) / static_cast<double>(axis.in);
    common = k == 0 ? axis.scale : policy == "not_larger" ? std::min(common, axis.scale) : std::max(common, axis.scale);
  }
  if (policy == "stretch") return {};
  for (const int k : axes) {
    ResizeAxis& axis = plan.axes[static_cast<std::size_t>(k)];
    axis.scale = common;
    axis.out = static_cast<std::int64_t>(std::floor(common * static_cast<double>(axis.in) + 0.5));
  }
  return {};
}

Status set_scales(Plan& plan, std::span<const float> scales, std::span<const int> axes) {
  if (scales.size() != axes.size())
    return fail(ErrorKind::kInvalid, "{} scales for {} axes", scales.size(), axes.size());
  for (std::size_t k = 0; k < axes.size(); ++k) {
    ResizeAxis& axis = plan.axes[static_cast<std::size_t>(axes[k])];
    axis.scale = static_cast<double>(scales[k]);
    const double size = std::floor(static_cast<double>(axis.in) * axis.scale);
    if (!(axis.scale > 0) || !(size >= 1) || size > static_cast<double>(tensor::kTensorElementsMax))
      return fail(ErrorKind::kInvalid, "a scale of {} for {}", scales[k], axis.in);
    axis.out = static_cast<std::int64_t>(size);
  }
  return {};
}

/// A narrow tensor that grows along one axis and shrinks along the next may be far larger in between.
Result<std::size_t> largest_step(const Plan& plan) {
  std::int64_t elements = 1;
  for (int k = 0; k < plan.rank; ++k) {
    const ResizeAxis& axis = plan.axes[static_cast<std::size_t>(k)];
    elements *= std::max<std::int64_t>({1, axis.in, axis.out});  // both factors are below 2^29
    if (elements > tensor::kTensorElementsMax)
      return fail(ErrorKind::kResourceLimit, "{} elements between two axes", elements);
  }
  return static_cast<std::size_t>(elements);
}

Result<Plan> make_plan(const Attributes& attributes, int opset, bool upsample, const Shape& x,
                       const Operands& operands) {
  Plan plan{.rank = x.rank()};
  const bool old_form = upsample || opset < 11;
  const CoordinateMode mode =
      old_form ? CoordinateMode::kAsymmetric
               : TRY(parse_coordinate_mode(attributes.string("coordinate_transformation_mode", "half_pixel")));
  plan.filter.mode = TRY(parse_resize_mode(attributes.string("mode", "nearest")));
  if (!old_form) plan.rounding = TRY(parse_nearest_mode(attributes.string("nearest_mode", "round_prefer_floor")));
  plan.filter.cubic_a = attributes.real("cubic_coeff_a", -0.75f);
  plan.filter.exclude_outside = attributes.integer("exclude_outside", 0) != 0;
  plan.filter.antialias = attributes.integer("antialias", 0) != 0;
  plan.extrapolates = mode == CoordinateMode::kTfCropAndResize;
  for (int k = 0; k < plan.rank; ++k) {
    ResizeAxis& axis = plan.axes[static_cast<std::size_t>(k)];
    axis = {.in = x[k], .out = x[k]};
    axis.mode = mode;
  }
  std::array<int, tensor::kRankMax> chosen{};
  int count = 0;
  const auto named = attributes.integers("axes");
  if (named.size() > static_cast<std::size_t>(plan.rank)) return fail(ErrorKind::kInvalid, "{} axes", named.size());
  for (const std::int64_t axis : named)
    chosen[static_cast<std::size_t>(count++)] = TRY(tensor::normalize_axis(axis, plan.rank));
  if (named.empty())
    for (; count < plan.rank; ++count) chosen[static_cast<std::size_t>(count)] = count;
  const auto axes = std::span<const int>(chosen).first(static_cast<std::size_t>(count));
  if (operands.sizes.present()) {
    if (operands.sizes.dtype() != DType::kI64) return fail(ErrorKind::kInvalid, "sizes are no i64");
    TRY(set_sizes(plan, attributes, x, operands.sizes.as<std::int64_t>(), axes));
  } else if (operands.scales.present()) {
    if (operands.scales.dtype() != DType::kF32) return fail(ErrorKind::kInvalid, "scales are no f32");
    TRY(set_scales(plan, operands.scales.as<float>(), axes));
  } else if (!attributes.reals("scales").empty()) {  // Upsample 7
    TRY(set_scales(plan, attributes.reals("scales"), axes));
  } else {
    return fail(ErrorKind::kInvalid, "neither scales nor sizes");
  }
  if (plan.extrapolates) {
    if (operands.roi.dtype() != DType::kF32 || operands.roi.type.elements() != 2 * count)
      return fail(ErrorKind::kInvalid, "roi is {}, not {} f32", operands.roi.type.to_string(), 2 * count);
    for (int k = 0; k < count; ++k) {
      ResizeAxis& axis = plan.axes[static_cast<std::size_t>(chosen[static_cast<std::size_t>(k)])];
      axis.roi_begin = static_cast<double>(operands.roi.as<float>()[static_cast<std::size_t>(k)]);
      axis.roi_end = static_cast<double>(operands.roi.as<float>()[static_cast<std::size_t>(k + count)]);
      if (!std::isfinite(axis.roi_begin) || !std::isfinite(axis.roi_end))
        return fail(ErrorKind::kInvalid, "the roi is not finite");
    }
  }
  std::vector<std::int64_t> dims;
  for (int k = 0; k < plan.rank; ++k) dims.push_back(plan.axes[static_cast<std::size_t>(k)].out);
  plan.output = TRY(Shape::create(dims));
  if (plan.filter.mode != ResizeMode::kNearest) plan.step_elements = TRY(largest_step(plan));
  return plan;
}

Result<Plan> plan_to_infer(const InferArgs& args, bool upsample) {
  const Operands operands = TRY(operands_of(args, upsample, [&](int k) -> Result<ConstTensorView> {
    return TRY(args.constant(k, "a size of the resize"))->view();
  }));
  return make_plan(args.attributes, args.opset, upsample, args.input(0).shape, operands);
}

template <bool kUpsample>
Result<std::vector<TensorType>> infer_resize(const InferArgs& args) {
  return std::vector{TensorType{args.input(0).dtype, TRY(plan_to_infer(args, kUpsample)).output}};
}

std::int64_t all_taps_max(const Plan& plan) {
  std::int64_t most = 1;
  for (int k = 0; k < plan.rank; ++k)
    most = std::max(most, taps_max(plan.axes[static_cast<std::size_t>(k)], plan.filter));
  return most;
}

template <bool kUpsample>
std::size_t scratch_bytes(const InferArgs& args) {
  const auto plan = plan_to_infer(args, kUpsample);
  if (!plan) return 0;
  return 2 * Scratch::booking<double>(plan->step_elements) +
         Scratch::booking<double>(static_cast<std::size_t>(all_taps_max(*plan)));
}

bool outside(const ResizeAxis& axis, std::int64_t index) {
  const double at = axis.coordinate(index);
  return at < 0 || at > static_cast<double>(axis.in - 1);
}

/// One pass of linear or cubic along one axis.
void filter_axis(const Plan& plan, int k, double extrapolation, const AxisWalk& walk, const double* from, double* to,
                 std::span<double> weights) {
  const ResizeAxis& axis = plan.axes[static_cast<std::size_t>(k)];
  const auto out = static_cast<std::size_t>(axis.out);
  for (std::int64_t index = 0; index < axis.out; ++index) {
    std::int64_t first = 0;
    const std::int64_t count = taps(axis, plan.filter, index, first, weights);
    const bool extrapolated = plan.extrapolates && outside(axis, index);
    for (std::size_t o = 0; o < walk.outer; ++o)
      for (std::size_t i = 0; i < walk.inner; ++i) {
        double sum = 0;
        for (std::int64_t t = 0; t < count; ++t) {
          const auto source = static_cast<std::size_t>(std::clamp<std::int64_t>(first + t, 0, axis.in - 1));
          sum += weights[static_cast<std::size_t>(t)] * from[(o * walk.length + source) * walk.inner + i];
        }
        to[(o * out + static_cast<std::size_t>(index)) * walk.inner + i] = extrapolated ? extrapolation : sum;
      }
  }
}

Status run_filter(const RunArgs& args, const Plan& plan) {
  const double extrapolation = args.attributes.real("extrapolation_value", 0);
  double* from = args.scratch.take<double>(plan.step_elements).data();
  double* to = args.scratch.take<double>(plan.step_elements).data();
  const auto weights = args.scratch.take<double>(static_cast<std::size_t>(all_taps_max(plan)));
  return visit_dtype<NumericTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    for (std::size_t i = 0; i < x.size(); ++i) from[i] = static_cast<double>(static_cast<Compute<T>>(x[i]));
    Shape shape = args.input(0).shape();
    for (int k = 0; k < plan.rank; ++k) {
      if (plan.axes[static_cast<std::size_t>(k)].is_copy()) continue;
      filter_axis(plan, k, extrapolation, AxisWalk(shape, k), from, to, weights);
      shape[k] = plan.axes[static_cast<std::size_t>(k)].out;
      std::swap(from, to);
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
      if constexpr (std::integral<T>)
        y[i] = saturate_cast<T>(from[i]);
      else
        y[i] = static_cast<T>(static_cast<Compute<T>>(from[i]));
    }
  });
}

/// Linear over the last two axes alone, without extras.
bool is_bilinear_image(const Plan& plan) {
  if (plan.rank < 2 || plan.filter.mode != ResizeMode::kLinear || plan.filter.antialias ||
      plan.filter.exclude_outside || plan.extrapolates)
    return false;
  for (int k = 0; k + 2 < plan.rank; ++k)
    if (!plan.axes[static_cast<std::size_t>(k)].is_copy()) return false;
  return true;
}

struct Neighbours {
  std::int64_t first, second;
  float to_first, to_second;  ///< distances: the weight of a neighbour is the distance to the other
};

Neighbours neighbours_of(const ResizeAxis& axis, std::int64_t index) {
  const float at = std::clamp(static_cast<float>(axis.coordinate(index)), 0.0f,
                              static_cast<float>(std::max<std::int64_t>(axis.in - 1, 0)));
  const auto first = static_cast<std::int64_t>(at);
  const std::int64_t second = std::min(first + 1, axis.in - 1);
  if (first == second) return {first, second, 0.5f, 0.5f};
  return {first, second, at - static_cast<float>(first), static_cast<float>(second) - at};
}

void run_bilinear(const Plan& plan, std::span<const float> x, float* y) {
  const ResizeAxis &rows = plan.axes[static_cast<std::size_t>(plan.rank - 2)],
                   &columns = plan.axes[static_cast<std::size_t>(plan.rank - 1)];
  const auto plane = static_cast<std::size_t>(rows.in * columns.in);
  for (std::size_t begin = 0; begin < x.size(); begin += plane)
    for (std::int64_t oh = 0; oh < rows.out; ++oh) {
      const Neighbours row = neighbours_of(rows, oh);
      const float *upper = x.data() + begin + row.first * columns.in,
                  *lower = x.data() + begin + row.second * columns.in;
      for (std::int64_t ow = 0; ow < columns.out; ++ow) {
        const Neighbours column = neighbours_of(columns, ow);
        *y++ = column.to_second * row.to_second * upper[column.first] +
               column.to_first * row.to_second * upper[column.second] +
               column.to_second * row.to_first * lower[column.first] +
               column.to_first * row.to_first * lower[column.second];
      }
    }
}

Status run_nearest(const RunArgs& args, const Plan& plan) {
  const Strides strides = tensor::row_major_strides(args.input(0).shape());
  const float extrapolation = args.attributes.real("extrapolation_value", 0);
  return visit_dtype<AllTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    Strides position{};
    for (std::size_t i = 0; i < y.size(); ++i) {
      std::int64_t source = 0;
      bool extrapolated = false;
      for (std::size_t k = 0; k < static_cast<std::size_t>(plan.rank); ++k) {
        source += plan.axes[k].nearest(position[k], plan.rounding) * strides[k];
        extrapolated |= plan.extrapolates && outside(plan.axes[k], position[k]);
      }
      y[i] = extrapolated ? static_cast<T>(extrapolation) : x[static_cast<std::size_t>(source)];
      for (int k = plan.rank - 1; k >= 0; --k) {
        if (++position[static_cast<std::size_t>(k)] < plan.output[k]) break;
        position[static_cast<std::size_t>(k)] = 0;
      }
    }
  });
}

template <bool kUpsample>
Status run(const RunArgs& args) {
  const Operands operands =
      TRY(operands_of(args, kUpsample, [&](int k) -> Result<ConstTensorView> { return args.input(k); }));
  const Plan plan = TRY(make_plan(args.attributes, args.opset, kUpsample, args.input(0).shape(), operands));
  if (!(plan.output == args.output(0).shape()))
    return fail(ErrorKind::kInvalid, "the sizes changed since the shape was inferred");
  if (plan.output.elements() == 0) return {};
  if (plan.filter.mode == ResizeMode::kNearest) return run_nearest(args, plan);
  if (args.input(0).dtype() != DType::kF32 || !is_bilinear_image(plan)) return run_filter(args, plan);
  run_bilinear(plan, args.input(0).as<float>(), args.output(0).as<float>().data());
  return {};
}

}  // namespace

extern const Operator kResize, kUpsample;
const Operator kResize = {.name = "Resize",
                          .inputs_max = 4,
                          .opset_min = 10,
                          .infer = infer_resize<false>,
                          .run = run<false>,
                          .scratch_bytes = scratch_bytes<false>};
const Operator kUpsample = {.name = "Upsample",
                            .inputs_max = 2,
                            .infer = infer_resize<true>,
                            .run = run<true>,
                            .scratch_bytes = scratch_bytes<true>};

}  // namespace hedge::op
