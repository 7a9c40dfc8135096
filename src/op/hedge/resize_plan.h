// The geometry of hedge.Resize, for its reference and for the kernels.
#pragma once

#include "op/nn/resize_geometry.h"
#include "op/operator.h"

namespace hedge::op {

/// Two neighbours along an axis, both inside, and the weight of the second.
struct ResizePair {
  std::int64_t first, second;
  float weight;
};

struct NhwcResize {
  ResizeAxis rows, columns;
  ResizeFilter filter;
  NearestMode rounding = NearestMode::kFloor;

  ResizePair neighbours(const ResizeAxis& axis, std::int64_t index) const;
};

/// Reads output_shape, scales, mode, coordinate_transformation_mode and nearest_mode.
Result<NhwcResize> nhwc_resize(const Attributes& attributes, const TensorType& x);

}  // namespace hedge::op
