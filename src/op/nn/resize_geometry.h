// Where Resize looks: output index -> input coordinate, and the taps of one output position along one axis.
// https://onnx.ai/onnx/operators/onnx__Resize.html
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace hedge::op {

enum class CoordinateMode {
  kHalfPixel,
  kHalfPixelSymmetric,
  kPytorchHalfPixel,
  kAlignCorners,
  kAsymmetric,
  kTfCropAndResize,
  kTfHalfPixelForNn,  ///< opset 11 and 12
};
enum class NearestMode { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil };
enum class ResizeMode { kNearest, kLinear, kCubic };

base::Result<CoordinateMode> parse_coordinate_mode(std::string_view name);
base::Result<NearestMode> parse_nearest_mode(std::string_view name);
base::Result<ResizeMode> parse_resize_mode(std::string_view name);

/// One axis of a Resize.
struct ResizeAxis {
  std::int64_t in = 1, out = 1;
  double scale = 1;  ///< out / in as the model states it: not always exactly the quotient of the sizes
  double roi_begin = 0, roi_end = 1;
  CoordinateMode mode = CoordinateMode::kHalfPixel;

  bool is_copy() const { return in == out && scale == 1 && mode != CoordinateMode::kTfCropAndResize; }
  /// Input coordinate of an output index, in input elements; 0 where scale and sizes contradict each other.
  double coordinate(std::int64_t index) const;
  /// Input index for nearest, clamped.
  std::int64_t nearest(std::int64_t index, NearestMode rounding) const;
};

/// How linear and cubic weigh their neighbours.
struct ResizeFilter {
  ResizeMode mode = ResizeMode::kLinear;
  double cubic_a = -0.75;
  bool exclude_outside = false;
  bool antialias = false;
};

/// Keys 1981: the cubic kernel of parameter `a` at distance `x`.
double cubic_weight(double x, double a);

/// Most taps that any output position of this axis needs.
std::int64_t taps_max(const ResizeAxis& axis, const ResizeFilter& filter);

/// Taps of one output position: weights of input indices first, first + 1, ... (indices beyond the ends stand for the
/// border element). Returns how many were written to `weights`.
std::int64_t taps(const ResizeAxis& axis, const ResizeFilter& filter, std::int64_t index, std::int64_t& first,
                  std::span<double> weights);

}  // namespace hedge::op
