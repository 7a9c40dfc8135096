#include "rules/motion.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace hedge::rules {
namespace {

using std::chrono::nanoseconds;
constexpr int kWidth = 1280, kHeight = 720;

nanoseconds at(double seconds) { return nanoseconds(static_cast<std::int64_t>(std::llround(seconds * 1e9))); }

struct Approach {
  double distance_m = 20, speed_mps = 10, fps = 30, noise = 0,
         wrong = 0;      ///< noise: of the size; wrong: share of boxes
  double seconds = 0.5;  ///< watched
  bool cut_bottom = false;
};

/// A person of 1.7 m before a camera of 1000 px focal length; the last box is seen at time 0.
TimeToCollision watch(const Approach& approach, std::mt19937& random, const Camera& camera = {}, double later_s = 0) {
  Motion motion;
  std::normal_distribution<double> noise(0, approach.noise);
  std::bernoulli_distribution wrong(approach.wrong);
  const int frames = static_cast<int>(approach.seconds * approach.fps);
  for (int k = -frames; k <= 0; ++k) {
    const double t = k / approach.fps;
    const double size = 1000 / (approach.distance_m - approach.speed_mps * t);
    double height = 1.7 * size * (1 + noise(random)), width = 0.5 * size * (1 + noise(random));
    if (wrong(random)) height *= 0.6;
    const double bottom = approach.cut_bottom ? kHeight : 400 + height / 2;
    motion.add(at(t + 10),
               {.x = static_cast<float>(640 - width / 2),
                .y = static_cast<float>(bottom - height),
                .width = static_cast<float>(width),
                .height = static_cast<float>(height)},
               {NAN, NAN}, kWidth, kHeight, camera);
  }
  return motion.time_to_collision(at(10 + later_s), camera);
}

TEST(TimeToCollision, IsExactWithoutNoise) {
  std::mt19937 random(1);
  for (const double fps : {10.0, 15.0, 30.0, 60.0, 120.0})
    for (const double ttc : {0.7, 1.0, 1.5, 3.0, 10.0}) {
      const double found = watch({.distance_m = 10 * ttc, .speed_mps = 10, .fps = fps}, random).seconds;
      EXPECT_NEAR(found, ttc, 0.03 * ttc) << fps << " fps, " << ttc << " s";
    }
}

TEST(TimeToCollision, GoesOnAfterTheLastBox) {
  std::mt19937 random(1);
  EXPECT_NEAR(watch({.distance_m = 15, .speed_mps = 10}, random, {}, 0.2).seconds, 1.3, 0.03);
  EXPECT_TRUE(std::isnan(watch({.distance_m = 15, .speed_mps = 10}, random, {}, 0.4).seconds)) << "too long ago";
}

TEST(TimeToCollision, WhatDoesNotComeCloserIsInfinite) {
  std::mt19937 random(1);
  EXPECT_EQ(watch({.speed_mps = 0}, random).seconds, std::numeric_limits<double>::infinity());
  EXPECT_EQ(watch({.speed_mps = -5}, random).seconds, std::numeric_limits<double>::infinity());
}

TEST(TimeToCollision, IsUnknownAtFirst) {
  std::mt19937 random(1);
  EXPECT_TRUE(std::isnan(watch({.seconds = 0.05}, random).seconds));
  EXPECT_TRUE(std::isnan(watch({.seconds = 0}, random).sigma));
}

/// Errors over many noisy approaches; also whether sigma says how large they are.
struct Errors {
  double rms = 0;         ///< relative
  double sigmas_rms = 0;  ///< errors in units of their own sigma
};
Errors errors(const Approach& approach, const Camera& camera = {}) {
  std::mt19937 random(7);
  const double truth = approach.distance_m / approach.speed_mps;
  constexpr int kRounds = 2000;
  std::vector<double> ratios;
  Errors sum;
  for (int k = 0; k < kRounds; ++k) {
    const TimeToCollision found = watch(approach, random, camera);
    EXPECT_TRUE(std::isfinite(found.seconds));
    sum.rms += std::pow((found.seconds - truth) / truth, 2) / kRounds;
    ratios.push_back(std::fabs(found.seconds - truth) / found.sigma);
  }
  sum.rms = std::sqrt(sum.rms);
  sum.sigmas_rms = kSigmaPerMad * median(ratios);
  return sum;
}

TEST(TimeToCollision, NoiseMovesItAsTheFitSays) {
  // sigma of the slope: noise / (window * sqrt(n / 12)) = 0.02 / (0.5 * 1.15) = 0.035 /s, so at 1.5 s 5 % of T.
  const Errors near = errors({.distance_m = 15, .speed_mps = 10, .noise = 0.02});
  EXPECT_LT(near.rms, 0.08);
  EXPECT_GT(near.sigmas_rms, 0.7);
  EXPECT_LT(near.sigmas_rms, 1.6);
  EXPECT_LT(errors({.distance_m = 10, .speed_mps = 10, .fps = 10, .noise = 0.02}).rms, 0.12);
  Camera longer;
  longer.window = at(1.0);
  EXPECT_LT(errors({.distance_m = 30, .speed_mps = 10, .noise = 0.02, .seconds = 1.0}, longer).rms, 0.06);
}

TEST(TimeToCollision, WrongBoxesHardlyMatter) {
  EXPECT_LT(errors({.distance_m = 15, .speed_mps = 10, .noise = 0.01, .wrong = 0.1}).rms, 0.08);
}

TEST(TimeToCollision, TheWidthServesWhereTheFrameCutsTheFeet) {
  std::mt19937 random(1);
  EXPECT_NEAR(watch({.distance_m = 15, .speed_mps = 10, .cut_bottom = true}, random).seconds, 1.5, 0.05);
  Camera area;
  area.size_from = SizeFrom::kArea;
  EXPECT_NEAR(watch({.distance_m = 15, .speed_mps = 10}, random, area).seconds, 1.5, 0.05);
}

TEST(GroundMotion, SpeedDistanceAndClosingSpeed) {
  Motion motion;
  const Camera camera;
  // 3 m/s sideways, 4 m/s towards the camera.
  const auto place = [](double t) { return Point{3 * t, 20 - 4 * t}; };
  for (int k = 0; k <= 15; ++k)
    motion.add(at(k / 30.0), {.x = 600, .y = 300, .width = 30, .height = 90}, place(k / 30.0), kWidth, kHeight, camera);
  const GroundMotion found = motion.ground_motion(at(0.5), place(0.5), camera);
  EXPECT_NEAR(found.speed_mps, 5, 1e-6);
  EXPECT_NEAR(found.distance_m, std::hypot(1.5, 18), 1e-9);
  EXPECT_NEAR(found.closing_mps, (4 * 18.5 - 3 * 0.75) / std::hypot(0.75, 18.5) - 0.02, 0.15);
  EXPECT_NEAR(found.ttc_s, found.distance_m / found.closing_mps, 1e-12);
}

TEST(LineFit, PassesOverWrongSamples) {
  std::vector<Sample> samples;
  for (int k = 0; k < 20; ++k) samples.push_back({k * 0.1, 3 + 2 * k * 0.1 + (k % 2 == 0 ? 1e-3 : -1e-3)});
  samples[3].value = 90;
  samples[19].value = -40;
  samples[18].value = -40;
  const LineFit fit = fit_line(samples);
  EXPECT_NEAR(fit.slope, 2, 2e-3);
  EXPECT_NEAR(fit.at(0), 3, 2e-3);
  EXPECT_LT(fit.slope_sigma, 1e-3);
}

TEST(LineFit, TakesAnExactLine) {
  const std::vector<Sample> samples = {{-0.3, 1}, {-0.2, 2}, {0, 4}};
  const LineFit fit = fit_line(samples);
  EXPECT_NEAR(fit.slope, 10, 1e-9);
  EXPECT_NEAR(fit.t_mean, -0.5 / 3, 1e-12);
}

TEST(Median, OfEvenAndOddCounts) {
  std::vector<double> odd = {5, 1, 3}, even = {4, 1, 3, 2};
  EXPECT_EQ(median(odd), 3);
  EXPECT_EQ(median(even), 2.5);
}

}  // namespace
}  // namespace hedge::rules
