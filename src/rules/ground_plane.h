// From a pixel to metres on flat ground: where the foot of a box stands. Two ways to calibrate: points whose place on
// the ground is known, or the camera's height, pitch and field of view.
#pragma once

#include <array>
#include <span>

#include "base/result.h"
#include "rules/geometry.h"

namespace hedge::rules {

/// How a camera is mounted over flat ground, without roll: a pinhole with square pixels and its axis in the middle.
struct Mounting {
  double height_m = 0;
  double pitch_deg = 0;         ///< downwards from the horizon
  double fov_vertical_deg = 0;  ///< of the whole frame
};

class GroundPlane {
 public:
  /// The homography that maps image points to ground points in metres, by the normalised direct linear transform
  /// (Hartley & Zisserman, "Multiple View Geometry", 2nd ed., algorithm 4.2): exact for 4 points, least squares for
  /// more. kInvalid for fewer, or where points lie so that no such map exists (three of four on a line).
  static base::Result<GroundPlane> from_points(std::span<const Point> image, std::span<const Point> ground);

  /// x metres to the right of the camera, y metres ahead; (0, 0) is the ground below it. For a frame of this size.
  static GroundPlane from_mounting(const Mounting& mounting, int width, int height);

  /// NaN at or above the horizon.
  Point to_ground(Point image) const;

 private:
  std::array<double, 9> map_{};  ///< rows; its third row is positive below the horizon
};

}  // namespace hedge::rules
