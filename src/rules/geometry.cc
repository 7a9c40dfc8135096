#include "rules/geometry.h"

#include <algorithm>
#include <cmath>

namespace hedge::rules {

Point anchor_of(const track::Box& box, Anchor anchor) {
  const double x = double{box.x} + double{box.width} / 2;
  return {x, anchor == Anchor::kFoot ? double{box.y} + double{box.height} : double{box.y} + double{box.height} / 2};
}

bool contains(std::span<const Point> polygon, Point p) {
  bool inside = false;
  for (std::size_t k = 0, last = polygon.size() - 1; k < polygon.size(); last = k++) {
    const Point a = polygon[last], b = polygon[k];
    if ((a.y > p.y) == (b.y > p.y)) continue;
    // The edge crosses the horizontal through p; the lower end first, so that both directions of an edge agree.
    const Point low = a.y < b.y ? a : b, high = a.y < b.y ? b : a;
    if (side(low, high, p) < 0) inside = !inside;
  }
  return inside;
}

double side(Point a, Point b, Point p) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); }

double signed_distance(Point a, Point b, Point p) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  return side(a, b, p) / std::sqrt(dx * dx + dy * dy);
}

namespace {

/// Whether `p`, which lies on the line through `a` and `b`, lies between them.
bool between(Point a, Point b, Point p) {
  return p.x >= std::min(a.x, b.x) && p.x <= std::max(a.x, b.x) && p.y >= std::min(a.y, b.y) &&
         p.y <= std::max(a.y, b.y);
}

bool opposite(double u, double v) { return (u > 0 && v < 0) || (u < 0 && v > 0); }

}  // namespace

bool segments_touch(Point a, Point b, Point c, Point d) {
  const double sc = side(a, b, c), sd = side(a, b, d), sa = side(c, d, a), sb = side(c, d, b);
  if (opposite(sc, sd) && opposite(sa, sb)) return true;
  return (sc == 0 && between(a, b, c)) || (sd == 0 && between(a, b, d)) || (sa == 0 && between(c, d, a)) ||
         (sb == 0 && between(c, d, b));
}

bool is_simple(std::span<const Point> polygon) {
  const std::size_t count = polygon.size();
  if (count < 3) return false;
  double area = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const Point a = polygon[k], b = polygon[(k + 1) % count], c = polygon[(k + 2) % count];
    if (a.x == b.x && a.y == b.y) return false;
    area += a.x * b.y - b.x * a.y;
    // Neighbours share a corner; folded back on each other they share more.
    if (side(a, b, c) == 0 && (b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y) < 0) return false;
    for (std::size_t other = k + 2; other < count; ++other) {
      if (k == 0 && other == count - 1) continue;
      if (segments_touch(a, b, polygon[other], polygon[(other + 1) % count])) return false;
    }
  }
  return area != 0;
}

}  // namespace hedge::rules
