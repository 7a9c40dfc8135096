#include "rules/ground_plane.h"

#include <cmath>

#include <gtest/gtest.h>

namespace hedge::rules {
namespace {

constexpr double kRadians = 3.14159265358979323846 / 180;

/// The pixel at which a pinhole sees a ground point: the camera's own arithmetic, forwards.
Point project(const Mounting& mounting, Point ground, int width, int height) {
  const double focal = height / 2.0 / std::tan(mounting.fov_vertical_deg / 2 * kRadians);
  const double sine = std::sin(mounting.pitch_deg * kRadians), cosine = std::cos(mounting.pitch_deg * kRadians);
  const double depth = ground.y * cosine + mounting.height_m * sine;
  const double down = mounting.height_m * cosine - ground.y * sine;
  return {width / 2.0 + focal * ground.x / depth, height / 2.0 + focal * down / depth};
}

TEST(GroundPlane, MountingInvertsThePinhole) {
  for (const Mounting& mounting :
       {Mounting{1.4, 3, 40}, Mounting{5, 30, 60}, Mounting{3, 80, 90}, Mounting{1.2, -2, 50}})
    for (double x = -3; x <= 3; x += 1.5)
      for (double y = 4; y <= 40; y += 6) {
        const GroundPlane plane = GroundPlane::from_mounting(mounting, 1280, 720);
        const Point found = plane.to_ground(project(mounting, {x, y}, 1280, 720));
        EXPECT_NEAR(found.x, x, 1e-6 * y);
        EXPECT_NEAR(found.y, y, 1e-6 * y);
      }
}

TEST(GroundPlane, TheHorizonIsUnknown) {
  const GroundPlane plane =
      GroundPlane::from_mounting({.height_m = 1.5, .pitch_deg = 0, .fov_vertical_deg = 40}, 640, 480);
  EXPECT_TRUE(std::isnan(plane.to_ground({320, 240}).y));
  EXPECT_TRUE(std::isnan(plane.to_ground({320, 100}).y));
  EXPECT_GT(plane.to_ground({320, 241}).y, 100);
}

TEST(GroundPlane, PointsGiveTheSamePlane) {
  const Mounting mounting{2.5, 15, 50};
  std::vector<Point> ground = {{-2, 5}, {2, 5}, {3, 15}, {-3, 15}}, image;
  for (const Point p : ground) image.push_back(project(mounting, p, 1920, 1080));
  const auto exact = GroundPlane::from_points(image, ground);
  ASSERT_TRUE(exact) << exact.error().message;
  const Point seen = project(mounting, {1, 9}, 1920, 1080);
  EXPECT_NEAR(exact->to_ground(seen).x, 1, 1e-6);
  EXPECT_NEAR(exact->to_ground(seen).y, 9, 1e-6);
  // More points than needed, each a little off: the error of the answer is that of a point.
  for (int k = 0; k < 12; ++k) {
    ground.push_back({-3.0 + k % 4 * 2, 6.0 + k / 4 * 3});
    const Point p = project(mounting, ground.back(), 1920, 1080);
    image.push_back({p.x + (k % 3 - 1) * 0.5, p.y + (k % 2 == 0 ? 0.5 : -0.5)});
  }
  const auto least_squares = GroundPlane::from_points(image, ground);
  ASSERT_TRUE(least_squares);
  EXPECT_NEAR(least_squares->to_ground(seen).y, 9, 0.1);
}

TEST(GroundPlane, PointsThatFixNoneAreRefused) {
  const std::vector<Point> square = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  EXPECT_FALSE(
      GroundPlane::from_points(std::vector<Point>{{0, 0}, {1, 0}, {1, 1}}, std::vector<Point>{{0, 0}, {1, 0}, {1, 1}}));
  EXPECT_FALSE(GroundPlane::from_points(std::vector<Point>{{0, 0}, {1, 1}, {2, 2}, {3, 3}}, square)) << "on one line";
  EXPECT_FALSE(GroundPlane::from_points(std::vector<Point>{{0, 0}, {0, 0}, {0, 0}, {0, 0}}, square)) << "one point";
  const auto bow_tie = GroundPlane::from_points(std::vector<Point>{{0, 0}, {1, 1}, {1, 0}, {0, 1}}, square);
  ASSERT_FALSE(bow_tie);
  EXPECT_NE(bow_tie.error().message.find("order"), std::string::npos);
}

}  // namespace
}  // namespace hedge::rules
