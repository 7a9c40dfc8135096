// Plane geometry of zones and lines. Doubles and a fixed order of operations: the same answer on every machine.
#pragma once

#include <span>

#include "track/track.h"

namespace hedge::rules {

/// Source pixels (x right, y down), or metres on the ground.
struct Point {
  double x = 0;
  double y = 0;
};

/// The part of a box that stands for the thing: where it touches the ground, or its middle (cameras that look down).
enum class Anchor { kFoot, kCenter };
Point anchor_of(const track::Box& box, Anchor anchor);

/// Whether `p` lies in the polygon: even-odd rule with half-open edges, so that polygons that share an edge share no
/// point (Shimrat 1962, "Position of point relative to polygon"; Haines 1994).
bool contains(std::span<const Point> polygon, Point p);

/// Positive where `p` lies to the right of somebody who walks from `a` to `b` on the screen, negative to the left:
/// twice the area of the triangle.
double side(Point a, Point b, Point p);

/// Pixels from the infinite line through `a` and `b`, with the sign of side().
double signed_distance(Point a, Point b, Point p);

/// Whether the segments share a point.
bool segments_touch(Point a, Point b, Point c, Point d);

/// At least 3 corners, no two neighbours equal, an area, and no edges that cross: what contains() is defined for.
bool is_simple(std::span<const Point> polygon);

}  // namespace hedge::rules
