#include "track/box_filter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hedge::track {
namespace {

TEST(Iou, KnownValues) {
  EXPECT_FLOAT_EQ(iou({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_FLOAT_EQ(iou({0, 0, 10, 10}, {5, 0, 10, 10}), 1.0f / 3);
  EXPECT_EQ(iou({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
  EXPECT_EQ(iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
}

TEST(CoordinateFilter, TwoHalfStepsAreOneStep) {
  CoordinateFilter once{.value = 3, .rate = 2, .variance = 1, .covariance = 0.25, .rate_variance = 0.5};
  CoordinateFilter twice = once;
  once.predict(0.2, 0.7);
  twice.predict(0.1, 0.7);
  twice.predict(0.1, 0.7);
  EXPECT_NEAR(once.value, twice.value, 1e-12);
  EXPECT_NEAR(once.variance, twice.variance, 1e-12);
  EXPECT_NEAR(once.covariance, twice.covariance, 1e-12);
  EXPECT_NEAR(once.rate_variance, twice.rate_variance, 1e-12);
}

/// The same by the textbook's matrices: P' = F P F^T + Q, K = P H^T / (H P H^T + R), P' = (I - K H) P.
TEST(CoordinateFilter, IsTheKalmanFilterOfTheBook) {
  const double dt = 0.3, density = 0.7 * 0.7, r = 0.4 * 0.4;
  const double p00 = 1.5, p01 = 0.2, p11 = 0.8;
  CoordinateFilter filter{.value = 1, .rate = -2, .variance = p00, .covariance = p01, .rate_variance = p11};
  filter.predict(dt, 0.7);
  const double m00 = p00 + dt * p01 + (p01 + dt * p11) * dt + density * dt * dt * dt / 3;
  const double m01 = p01 + dt * p11 + density * dt * dt / 2;
  const double m11 = p11 + density * dt;
  EXPECT_NEAR(filter.value, 1 - 2 * dt, 1e-12);
  EXPECT_NEAR(filter.variance, m00, 1e-12);
  EXPECT_NEAR(filter.covariance, m01, 1e-12);
  EXPECT_NEAR(filter.rate_variance, m11, 1e-12);
  EXPECT_NEAR(filter.distance2(1, 0.4), 0.36 / (m00 + r), 1e-12);
  filter.update(1, 0.4);
  EXPECT_NEAR(filter.value, 0.4 + m00 / (m00 + r) * 0.6, 1e-12);
  EXPECT_NEAR(filter.rate, -2 + m01 / (m00 + r) * 0.6, 1e-12);
  EXPECT_NEAR(filter.variance, m00 - m00 * m00 / (m00 + r), 1e-12);
  EXPECT_NEAR(filter.covariance, m01 - m00 * m01 / (m00 + r), 1e-12);
  EXPECT_NEAR(filter.rate_variance, m11 - m01 * m01 / (m00 + r), 1e-12);
}

TEST(BoxFilter, LearnsTheVelocityAndTheGrowth) {
  const Noise noise;
  const auto truth = [](double t) {
    const double width = 30 + 6 * t, height = 80 + 16 * t;
    return Box{static_cast<float>(100 + 50 * t - width / 2), static_cast<float>(200 - 20 * t - height / 2),
               static_cast<float>(width), static_cast<float>(height)};
  };
  BoxFilter filter(truth(0), noise);
  double t = 0;
  for (int frame = 1; frame <= 40; ++frame) {
    const double dt = frame % 3 == 0 ? 0.2 : 0.05;
    t += dt;
    filter.predict(dt, noise, true);
    filter.update(truth(t), noise);
  }
  EXPECT_NEAR(filter.velocity().x, 50, 1);
  EXPECT_NEAR(filter.velocity().y, -20, 1);
  EXPECT_NEAR(filter.velocity().width, 6, 1);
  EXPECT_NEAR(filter.velocity().height, 16, 1);
  EXPECT_GT(iou(filter.box(), truth(t)), 0.97f);
  EXPECT_LT(filter.distance2(truth(t), noise), 1);
}

TEST(BoxFilter, ABoxNeverShrinksToNothing) {
  const Noise noise;
  BoxFilter filter({0, 0, 10, 10}, noise);
  for (const float size : {8.0f, 5.0f, 2.0f, 0.5f}) {
    filter.predict(0.1, noise, true);
    filter.update({0, 0, size, size}, noise);
  }
  filter.predict(60, noise, true);
  EXPECT_GE(filter.box().width, 1);
  EXPECT_GE(filter.box().height, 1);
  EXPECT_TRUE(std::isfinite(filter.distance2({0, 0, 5, 5}, noise)));
}

}  // namespace
}  // namespace hedge::track
