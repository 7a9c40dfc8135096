// hedge.Resize: NHWC, nearest or linear over height and width. Attributes output_shape [OH,OW], scales [sh,sw], mode,
// coordinate_transformation_mode, nearest_mode.
#include "op/hedge/resize_plan.h"

namespace hedge::op {

Result<NhwcResize> nhwc_resize(const Attributes& attributes, const TensorType& x) {
  const auto out = attributes.integers("output_shape");
  const auto scales = attributes.reals("scales");
  if (x.shape.rank() != 4 || x.dtype != DType::kF32 || out.size() != 2 || scales.size() != 2)
    return fail(ErrorKind::kInvalid, "input {} with {} sizes and {} scales", x.to_string(), out.size(), scales.size());
  const CoordinateMode mode =
      TRY(parse_coordinate_mode(attributes.string("coordinate_transformation_mode", "half_pixel")));
  NhwcResize plan;
  plan.filter.mode = TRY(parse_resize_mode(attributes.string("mode", "nearest")));
  plan.rounding = TRY(parse_nearest_mode(attributes.string("nearest_mode", "round_prefer_floor")));
  if (mode == CoordinateMode::kTfCropAndResize || plan.filter.mode == ResizeMode::kCubic)
    return fail(ErrorKind::kUnsupported, "only nearest and linear without a region");
  for (std::size_t k = 0; k < 2; ++k)
    if (out[k] < 1 || out[k] > tensor::kTensorElementsMax || !(scales[k] > 0) || x.shape[static_cast<int>(k) + 1] < 1)
      return fail(ErrorKind::kInvalid, "a size of {} at scale {}", out[k], scales[k]);
  plan.rows = {.in = x.shape[1], .out = out[0], .scale = static_cast<double>(scales[0])};
  plan.columns = {.in = x.shape[2], .out = out[1], .scale = static_cast<double>(scales[1])};
  plan.rows.mode = plan.columns.mode = mode;
  return plan;
}

ResizePair NhwcResize::neighbours(const ResizeAxis& axis, std::int64_t index) const {
  if (filter.mode == ResizeMode::kNearest) {
    const std::int64_t at = axis.nearest(index, rounding);
    return {at, at, 0};
  }
  std::int64_t first = 0;
  double weights[4];
  (void)taps(axis, filter, index, first, weights);
  const auto clamp = [&](std::int64_t k) { return k < 0 ? 0 : k >= axis.in ? axis.in - 1 : k; };
  return {clamp(first), clamp(first + 1), static_cast<float>(weights[1])};
}

namespace {

Result<std::vector<TensorType>> infer_resize(const InferArgs& args) {
  const NhwcResize plan = TRY(nhwc_resize(args.attributes, args.input(0)));
  const std::int64_t dims[] = {args.input(0).shape[0], plan.rows.out, plan.columns.out, args.input(0).shape[3]};
  return std::vector{TensorType{DType::kF32, TRY(Shape::create(dims))}};
}

Status run(const RunArgs& args) {
  const NhwcResize plan = TRY(nhwc_resize(args.attributes, args.input(0).type));
  const Shape& xs = args.input(0).shape();
  const std::int64_t channels = xs[3];
  const float* x = args.input(0).as<float>().data();
  float* y = args.output(0).as<float>().data();
  for (std::int64_t n = 0; n < xs[0]; ++n)
    for (std::int64_t oh = 0; oh < plan.rows.out; ++oh) {
      const ResizePair row = plan.neighbours(plan.rows, oh);
      for (std::int64_t ow = 0; ow < plan.columns.out; ++ow, y += channels) {
        const ResizePair column = plan.neighbours(plan.columns, ow);
        const auto pixel = [&](std::int64_t h, std::int64_t w) { return x + ((n * xs[1] + h) * xs[2] + w) * channels; };
        const float *a = pixel(row.first, column.first), *b = pixel(row.first, column.second);
        const float *c = pixel(row.second, column.first), *d = pixel(row.second, column.second);
        for (std::int64_t k = 0; k < channels; ++k) {
          const float upper = a[k] + (b[k] - a[k]) * column.weight, lower = c[k] + (d[k] - c[k]) * column.weight;
          y[k] = upper + (lower - upper) * row.weight;
        }
      }
    }
  return {};
}

}  // namespace

extern const Operator kHedgeResize;
const Operator kHedgeResize = {.domain = kHedgeDomain, .name = "Resize", .infer = infer_resize, .run = run};

}  // namespace hedge::op
