#include "op/nn/resize_geometry.h"

#include <algorithm>
#include <cmath>

namespace hedge::op {

using base::ErrorKind;
using base::fail;

base::Result<CoordinateMode> parse_coordinate_mode(std::string_view name) {
  if (name == "half_pixel") return CoordinateMode::kHalfPixel;
  if (name == "half_pixel_symmetric") return CoordinateMode::kHalfPixelSymmetric;
  if (name == "pytorch_half_pixel") return CoordinateMode::kPytorchHalfPixel;
  if (name == "align_corners") return CoordinateMode::kAlignCorners;
  if (name == "asymmetric") return CoordinateMode::kAsymmetric;
  if (name == "tf_crop_and_resize") return CoordinateMode::kTfCropAndResize;
  if (name == "tf_half_pixel_for_nn") return CoordinateMode::kTfHalfPixelForNn;
  return fail(ErrorKind::kUnsupported, "coordinate_transformation_mode '{}'", name);
}

base::Result<NearestMode> parse_nearest_mode(std::string_view name) {
  if (name == "round_prefer_floor") return NearestMode::kRoundPreferFloor;
  if (name == "round_prefer_ceil") return NearestMode::kRoundPreferCeil;
  if (name == "floor") return NearestMode::kFloor;
  if (name == "ceil") return NearestMode::kCeil;
  return fail(ErrorKind::kUnsupported, "nearest_mode '{}'", name);
}

base::Result<ResizeMode> parse_resize_mode(std::string_view name) {
  if (name == "nearest") return ResizeMode::kNearest;
  if (name == "linear" || name == "bilinear") return ResizeMode::kLinear;
  if (name == "cubic") return ResizeMode::kCubic;
  return fail(ErrorKind::kUnsupported, "mode '{}'", name);
}

namespace {

double coordinate_of(const ResizeAxis& axis, double x) {
  const auto length = static_cast<double>(axis.in);
  switch (axis.mode) {
    case CoordinateMode::kHalfPixel: return (x + 0.5) / axis.scale - 0.5;
    case CoordinateMode::kHalfPixelSymmetric: {
      const double adjustment = static_cast<double>(axis.out) / (axis.scale * length);
      return length / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5;
    }
    case CoordinateMode::kPytorchHalfPixel: return axis.out > 1 ? (x + 0.5) / axis.scale - 0.5 : 0.0;
    case CoordinateMode::kAlignCorners: {
      // The output's length as the scale makes it, which may be no integer: so does ONNX's own reference.
      const double last = axis.scale * length - 1;
      return axis.out > 1 ? x * (length - 1) / last : 0.0;
    }
    case CoordinateMode::kAsymmetric: return x / axis.scale;
    case CoordinateMode::kTfHalfPixelForNn: return (x + 0.5) / axis.scale;
    case CoordinateMode::kTfCropAndResize: {
      const double begin = axis.roi_begin, end = axis.roi_end;
      if (axis.out == 1) return 0.5 * (begin + end) * (length - 1);
      return begin * (length - 1) + x * (end - begin) * (length - 1) / static_cast<double>(axis.out - 1);
    }
  }
  return 0;
}

}  // namespace

double ResizeAxis::coordinate(std::int64_t index) const {
  const double at = coordinate_of(*this, static_cast<double>(index));
  return std::isnan(at) ? 0 : at;
}

std::int64_t ResizeAxis::nearest(std::int64_t index, NearestMode rounding) const {
  const double at = coordinate(index);
  double chosen = 0;
  switch (rounding) {
    case NearestMode::kRoundPreferFloor: chosen = std::ceil(at - 0.5); break;
    case NearestMode::kRoundPreferCeil: chosen = std::floor(at + 0.5); break;
    case NearestMode::kFloor: chosen = std::floor(at); break;
    case NearestMode::kCeil: chosen = std::ceil(at); break;
  }
  return static_cast<std::int64_t>(std::clamp(chosen, 0.0, static_cast<double>(in - 1)));
}

double cubic_weight(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

namespace {

double support(const ResizeFilter& filter) { return filter.mode == ResizeMode::kCubic ? 2.0 : 1.0; }

/// Antialiasing widens the filter by the shrinking factor.
double stretch(const ResizeAxis& axis, const ResizeFilter& filter) {
  return filter.antialias && axis.scale < 1 ? 1 / axis.scale : 1.0;
}

}  // namespace

std::int64_t taps_max(const ResizeAxis& axis, const ResizeFilter& filter) {
  const double reach = std::min(support(filter) * stretch(axis, filter), static_cast<double>(axis.in) + 4);
  return 2 * static_cast<std::int64_t>(std::ceil(reach)) + 2;
}

std::int64_t taps(const ResizeAxis& axis, const ResizeFilter& filter, std::int64_t index, std::int64_t& first,
                  std::span<double> weights) {
  const double wide = stretch(axis, filter);
  const double at =
      std::clamp(axis.coordinate(index), -static_cast<double>(axis.in) - 4, 2.0 * static_cast<double>(axis.in) + 4);
  const double reach = std::min(support(filter) * wide, static_cast<double>(axis.in) + 4);
  first = static_cast<std::int64_t>(std::floor(at)) - static_cast<std::int64_t>(std::ceil(reach)) + 1;
  const std::int64_t count = std::min<std::int64_t>(2 * static_cast<std::int64_t>(std::ceil(reach)),
                                                    static_cast<std::int64_t>(weights.size()));
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const double distance = (static_cast<double>(first + k) - at) / wide;
    double weight = filter.mode == ResizeMode::kCubic ? cubic_weight(distance, filter.cubic_a)
                                                      : std::max(0.0, 1 - std::abs(distance));
    if (filter.exclude_outside && (first + k < 0 || first + k >= axis.in)) weight = 0;
    weights[static_cast<std::size_t>(k)] = weight;
    sum += weight;
  }
  if (sum != 0)
    for (std::int64_t k = 0; k < count; ++k) weights[static_cast<std::size_t>(k)] /= sum;
  return count;
}

}  // namespace hedge::op
