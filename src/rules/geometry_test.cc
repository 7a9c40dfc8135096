#include "rules/geometry.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "rules/crossing.h"
#include "rules/exact_math.h"

namespace hedge::rules {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// The sum of the angles under which the edges are seen: a full turn from inside a simple polygon, none from outside.
bool contains_by_winding(const std::vector<Point>& polygon, Point p) {
  double turn = 0;
  for (std::size_t k = 0; k < polygon.size(); ++k) {
    const Point a = polygon[k], b = polygon[(k + 1) % polygon.size()];
    turn += std::atan2((a.x - p.x) * (b.y - p.y) - (a.y - p.y) * (b.x - p.x),
                       (a.x - p.x) * (b.x - p.x) + (a.y - p.y) * (b.y - p.y));
  }
  return std::fabs(turn) > kPi;
}

/// Corners at sorted angles: simple, and mostly not convex.
std::vector<Point> star(std::mt19937& random, int corners) {
  std::uniform_real_distribution<double> radius(10, 100), jitter(0, 0.9);
  std::vector<Point> points;
  for (int k = 0; k < corners; ++k) {
    const double angle = 2 * kPi * (k + jitter(random)) / corners, r = radius(random);
    points.push_back({100 + r * std::cos(angle), 100 + r * std::sin(angle)});
  }
  return points;
}

TEST(Geometry, ContainsAgreesWithTheWindingNumber) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> coordinate(0, 200);
  for (int round = 0; round < 300; ++round) {
    std::vector<Point> polygon = star(random, 4 + round % 9);
    ASSERT_TRUE(is_simple(polygon)) << round;
    if (round % 2 == 1) std::ranges::reverse(polygon);
    for (int k = 0; k < 200; ++k) {
      const Point p{coordinate(random), coordinate(random)};
      ASSERT_EQ(contains(polygon, p), contains_by_winding(polygon, p)) << round << ": " << p.x << ", " << p.y;
    }
  }
}

TEST(Geometry, NeighboursShareNoPoint) {
  const std::vector<Point> left = {{0, 0}, {5, 0}, {5, 10}, {0, 10}}, right = {{5, 0}, {10, 0}, {10, 10}, {5, 10}};
  for (double x = 0; x <= 10; x += 0.5)
    for (double y = 0.5; y < 10; y += 0.5) {
      const int both = (contains(left, {x, y}) ? 1 : 0) + (contains(right, {x, y}) ? 1 : 0);
      EXPECT_EQ(both, x > 0 && x < 10 ? 1 : both) << x << ", " << y;
      EXPECT_LE(both, 1);
    }
}

TEST(Geometry, WhatIsNoAreaIsNotSimple) {
  EXPECT_FALSE(is_simple(std::vector<Point>{{0, 0}, {1, 0}}));
  EXPECT_FALSE(is_simple(std::vector<Point>{{0, 0}, {1, 0}, {2, 0}}));
  EXPECT_FALSE(is_simple(std::vector<Point>{{0, 0}, {1, 1}, {1, 0}, {0, 1}})) << "a bow tie";
  EXPECT_FALSE(is_simple(std::vector<Point>{{0, 0}, {1, 0}, {1, 0}, {0, 1}})) << "a corner twice";
  EXPECT_FALSE(is_simple(std::vector<Point>{{0, 0}, {4, 0}, {2, 0}, {2, 3}})) << "an edge folded back";
  EXPECT_TRUE(is_simple(std::vector<Point>{{0, 0}, {2, 0}, {4, 0}, {2, 3}})) << "a corner on an edge";
}

TEST(Geometry, AnchorsAreFootAndMiddle) {
  const track::Box box{.x = 10, .y = 20, .width = 4, .height = 8};
  EXPECT_EQ(anchor_of(box, Anchor::kFoot).y, 28);
  EXPECT_EQ(anchor_of(box, Anchor::kCenter).y, 24);
  EXPECT_EQ(anchor_of(box, Anchor::kFoot).x, 12);
}

int crossings(const std::vector<Point>& path, double band, Crossing wanted) {
  CrossingState state;
  int count = 0;
  for (const Point p : path) count += state.update({0, 0}, {100, 0}, band, p) == wanted ? 1 : 0;
  return count;
}

TEST(Crossing, ForwardIsFromLeftToRightOfTheLine) {
  // The line goes right; its right-hand side is below, y > 0.
  EXPECT_EQ(crossings({{50, -20}, {50, 20}}, 4, Crossing::kForward), 1);
  EXPECT_EQ(crossings({{50, -20}, {50, 20}}, 4, Crossing::kBackward), 0);
  EXPECT_EQ(crossings({{50, 20}, {50, -20}}, 4, Crossing::kBackward), 1);
}

TEST(Crossing, TremblingOnTheLineCountsOnce) {
  std::vector<Point> path = {{50, -20}};
  for (int k = 0; k < 50; ++k) path.push_back({50, k % 2 == 0 ? 3.0 : -3.0});
  EXPECT_EQ(crossings(path, 4, Crossing::kForward), 0) << "within the band nothing is decided";
  path.push_back({50, 20});
  EXPECT_EQ(crossings(path, 4, Crossing::kForward), 1);
  EXPECT_EQ(crossings(path, 0, Crossing::kForward), 26) << "without a band each trembling counts";
}

TEST(Crossing, GoingAroundTheEndIsNone) {
  EXPECT_EQ(crossings({{90, -20}, {120, -20}, {120, 20}, {90, 20}}, 4, Crossing::kForward), 0);
  EXPECT_EQ(crossings({{90, -20}, {120, -20}, {120, 20}, {90, 20}, {90, -20}}, 4, Crossing::kBackward), 1);
  EXPECT_EQ(crossings({{50, 20}}, 4, Crossing::kForward), 0) << "to appear beyond it is none";
}

TEST(Crossing, ALineOfAnyDirectionCountsChangesOfSides) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> coordinate(-100, 100), step(-9, 9);
  for (int round = 0; round < 200; ++round) {
    // So long a line that nobody goes around it.
    const double angle = coordinate(random);
    const Point a{-1e5 * std::cos(angle), -1e5 * std::sin(angle)}, b{1e5 * std::cos(angle), 1e5 * std::sin(angle)};
    CrossingState state;
    int net = 0;
    Point p{coordinate(random), coordinate(random)};
    const double begin = signed_distance(a, b, p);
    if (std::fabs(begin) < 5) continue;
    double end = begin;
    for (int k = 0; k < 300 || std::fabs(end) < 5; ++k) {
      const Crossing crossing = state.update(a, b, 4, p);
      net += crossing == Crossing::kForward ? 1 : crossing == Crossing::kBackward ? -1 : 0;
      end = signed_distance(a, b, p);
      if (k < 300 || std::fabs(end) < 5) p = {p.x + step(random), p.y + step(random)};
    }
    EXPECT_EQ(net, (end > 0 ? 1 : 0) - (begin > 0 ? 1 : 0)) << round;
  }
}

TEST(ExactMath, AgreesWithTheLibrary) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> exponent(-20, 20), angle(-2, 2);
  for (int k = 0; k < 100000; ++k) {
    const double x = std::exp2(exponent(random)), a = angle(random);
    ASSERT_NEAR(exact_log(x), std::log(x), 4e-16 * std::max(1.0, std::fabs(std::log(x)))) << x;
    const double power = exponent(random) * 30;
    ASSERT_NEAR(exact_exp(power) / std::exp(power), 1, 4e-16) << power;
    ASSERT_NEAR(exact_sin(a), std::sin(a), 8e-16) << a;
    ASSERT_NEAR(exact_cos(a), std::cos(a), 8e-16) << a;
  }
  EXPECT_EQ(exact_log(1), 0);
  EXPECT_EQ(exact_exp(0.0), 1);
  EXPECT_EQ(exact_exp(-800.0), 0);
  EXPECT_TRUE(std::isinf(exact_exp(710.0)));
  EXPECT_TRUE(std::isnan(exact_exp(std::nan(""))));
  EXPECT_TRUE(std::isinf(exact_exp(89.0f)));
}

}  // namespace
}  // namespace hedge::rules
