// hedge.Resize: NHWC, nearest (f32 or bytes) or linear (f32) over height and width; hedge.QResize: linear on bytes
// (docs/int8.md). Attributes output_shape [OH,OW], scales [sh,sw], mode,
// coordinate_transformation_mode, nearest_mode.
#include <algorithm>

#include "op/hedge/quant.h"
#include "op/hedge/resize_plan.h"

namespace hedge::op {

Result<NhwcResize> nhwc_resize(const Attributes& attributes, const TensorType& x) {
  const auto out = attributes.integers("output_shape");
  const auto scales = attributes.reals("scales");
  if (x.shape.rank() != 4 || (x.dtype != DType::kF32 && x.dtype != DType::kU8) || out.size() != 2 || scales.size() != 2)
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
  const DType dtype = args.input(0).dtype;
  if (dtype == DType::kU8 && plan.filter.mode != ResizeMode::kNearest)
    return fail(ErrorKind::kInvalid, "bytes are resized by nearest only; hedge.QResize is linear");
  const std::int64_t dims[] = {args.input(0).shape[0], plan.rows.out, plan.columns.out, args.input(0).shape[3]};
  return std::vector{TensorType{dtype, TRY(Shape::create(dims))}};
}

Result<std::vector<TensorType>> infer_quantized(const InferArgs& args) {
  const NhwcResize plan = TRY(nhwc_resize(args.attributes, args.input(0)));
  (void)TRY(quant_epilogue(args.attributes));
  (void)TRY(zero_attribute(args.attributes, "x_zero"));
  (void)TRY(finite_attribute(args.attributes, "scale", 1));
  if (args.input(0).dtype != DType::kU8) return fail(ErrorKind::kInvalid, "input {}", args.input(0).to_string());
  const std::int64_t dims[] = {args.input(0).shape[0], plan.rows.out, plan.columns.out, args.input(0).shape[3]};
  return std::vector{TensorType{DType::kU8, TRY(Shape::create(dims))}};
}

/// Calls pixel(a, b, c, d, row weight, column weight) for every output pixel: its four neighbours.
template <class T, class Pixel>
void for_each_pixel(const NhwcResize& plan, const Shape& xs, const T* x, Pixel&& pixel) {
  for (std::int64_t n = 0; n < xs[0]; ++n)
    for (std::int64_t oh = 0; oh < plan.rows.out; ++oh) {
      const ResizePair row = plan.neighbours(plan.rows, oh);
      for (std::int64_t ow = 0; ow < plan.columns.out; ++ow) {
        const ResizePair column = plan.neighbours(plan.columns, ow);
        const auto at = [&](std::int64_t h, std::int64_t w) { return x + ((n * xs[1] + h) * xs[2] + w) * xs[3]; };
        pixel(at(row.first, column.first), at(row.first, column.second), at(row.second, column.first),
              at(row.second, column.second), row.weight, column.weight);
      }
    }
}

float blend(float a, float b, float c, float d, float row, float column) {
  const float upper = a + (b - a) * column, lower = c + (d - c) * column;
  return upper + (lower - upper) * row;
}

Status run(const RunArgs& args) {
  const NhwcResize plan = TRY(nhwc_resize(args.attributes, args.input(0).type));
  const Shape& xs = args.input(0).shape();
  const auto channels = static_cast<std::size_t>(xs[3]);
  if (args.input(0).dtype() == DType::kU8) {
    std::uint8_t* y = args.output(0).as<std::uint8_t>().data();
    for_each_pixel(
        plan, xs, args.input(0).as<std::uint8_t>().data(),
        [&](const std::uint8_t* nearest, auto*, auto*, auto*, float, float) { y = std::copy_n(nearest, channels, y); });
    return {};
  }
  float* y = args.output(0).as<float>().data();
  for_each_pixel(plan, xs, args.input(0).as<float>().data(),
                 [&](const float* a, const float* b, const float* c, const float* d, float row, float column) {
                   for (std::size_t k = 0; k < channels; ++k) *y++ = blend(a[k], b[k], c[k], d[k], row, column);
                 });
  return {};
}

Status run_quantized(const RunArgs& args) {
  const NhwcResize plan = TRY(nhwc_resize(args.attributes, args.input(0).type));
  const kernel::QuantEpilogue epilogue = TRY(quant_epilogue(args.attributes));
  const auto zero = static_cast<float>(TRY(zero_attribute(args.attributes, "x_zero")));
  const float scale = TRY(finite_attribute(args.attributes, "scale", 1));
  const auto channels = static_cast<std::size_t>(args.input(0).shape()[3]);
  std::uint8_t* y = args.output(0).as<std::uint8_t>().data();
  for_each_pixel(plan, args.input(0).shape(), args.input(0).as<std::uint8_t>().data(),
                 [&](const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c, const std::uint8_t* d,
                     float row, float column) {
                   for (std::size_t k = 0; k < channels; ++k) {
                     const float t = blend(a[k], b[k], c[k], d[k], row, column);
                     *y++ = to_byte((t - zero) * scale, epilogue.y_zero, epilogue.y_low, epilogue.y_high);
                   }
                 });
  return {};
}

}  // namespace

extern const Operator kHedgeResize, kHedgeQResize;
const Operator kHedgeResize = {.domain = kHedgeDomain, .name = "Resize", .infer = infer_resize, .run = run};
const Operator kHedgeQResize = {
    .domain = kHedgeDomain, .name = "QResize", .infer = infer_quantized, .run = run_quantized};

}  // namespace hedge::op
