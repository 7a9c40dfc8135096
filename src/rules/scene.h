// What a pipeline file says about the place: zones, lines, how the camera sees the ground. Plain data, checked on
// reading (pipeline_file.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "rules/geometry.h"
#include "rules/ground_plane.h"

namespace hedge::rules {

enum class Units { kPixels, kFraction };  ///< of the frame's width and height

/// Where a point is in a frame of this size, in pixels.
inline Point in_pixels(Point point, Units units, int width, int height) {
  return units == Units::kPixels ? point : Point{point.x * width, point.y * height};
}

struct Zone {
  std::string name;
  std::vector<Point> points;  ///< a simple polygon
  Units units = Units::kPixels;
  Anchor anchor = Anchor::kFoot;
  std::vector<int> classes;              ///< that occupancy() and unusual() count; empty: all
  std::chrono::nanoseconds grace{0};     ///< an absence up to this does not end a stay
  std::chrono::nanoseconds baseline{0};  ///< how far back unusual() looks; 0: not asked for
};

/// Which way over a line counts; forward is from the left to the right of somebody who walks from its first point to
/// its second.
enum class Direction { kForward, kBackward, kBoth };

struct Line {
  std::string name;
  Point from, to;
  Units units = Units::kPixels;
  Anchor anchor = Anchor::kFoot;
  Direction direction = Direction::kBoth;
  double band_px = 4;        ///< how far beyond the line a thing must be to be across
  std::vector<int> classes;  ///< that cross it; empty: all
};

/// Which side of a box is taken for the size of the thing.
enum class SizeFrom { kHeight, kWidth, kArea };

inline constexpr std::size_t kCalibrationPointsMax = 64;

struct Camera {
  std::chrono::nanoseconds window{500'000'000};  ///< over which speeds and expansion are fitted
  SizeFrom size_from = SizeFrom::kHeight;
  // One of both, or none.
  std::optional<Mounting> mounting;
  std::vector<Point> image_points, ground_points;
  Units units = Units::kPixels;  ///< of image_points
  Point origin;                  ///< metres: to where distances are measured
  double distance_max_m = 100;   ///< farther away nothing is said in metres
  bool calibrated() const { return mounting.has_value() || !image_points.empty(); }
};

struct Scene {
  Camera camera;
  std::vector<Zone> zones;
  std::vector<Line> lines;
};

}  // namespace hedge::rules
