#include "track/box_filter.h"

#include <algorithm>

namespace hedge::track {
namespace {

constexpr double kSizeMin = 1;  // pixel: a box that shrinks to nothing has no scale for its noise

double center_x(const Box& box) { return static_cast<double>(box.x) + static_cast<double>(box.width) / 2; }
double center_y(const Box& box) { return static_cast<double>(box.y) + static_cast<double>(box.height) / 2; }

CoordinateFilter start(double value, double deviation, double rate_deviation) {
  return {.value = value, .variance = deviation * deviation, .rate_variance = rate_deviation * rate_deviation};
}

}  // namespace

void CoordinateFilter::predict(double seconds, double acceleration) {
  const double density = acceleration * acceleration;
  value += rate * seconds;
  variance += seconds * (2 * covariance + seconds * (rate_variance + seconds * density / 3));
  covariance += seconds * (rate_variance + seconds * density / 2);
  rate_variance += seconds * density;
}

void CoordinateFilter::update(double measured, double deviation) {
  const double innovation = variance + deviation * deviation;
  const double gain = variance / innovation, rate_gain = covariance / innovation;
  const double surprise = measured - value;
  value += gain * surprise;
  rate += rate_gain * surprise;
  rate_variance -= rate_gain * covariance;
  covariance -= gain * covariance;
  variance -= gain * variance;
}

double CoordinateFilter::distance2(double measured, double deviation) const {
  const double surprise = measured - value;
  return surprise * surprise / (variance + deviation * deviation);
}

BoxFilter::BoxFilter(const Box& box, const Noise& noise) {
  const double scale = std::max(static_cast<double>(box.height), kSizeMin);
  const double deviation = noise.measurement * scale;
  x_ = start(center_x(box), deviation, noise.velocity_start * scale);
  y_ = start(center_y(box), deviation, noise.velocity_start * scale);
  width_ = start(box.width, deviation, noise.growth_start * scale);
  height_ = start(box.height, deviation, noise.growth_start * scale);
}

double BoxFilter::height() const { return std::max(height_.value, kSizeMin); }

void BoxFilter::predict(double seconds, const Noise& noise, bool grow) {
  const double scale = height();
  x_.predict(seconds, noise.acceleration * scale);
  y_.predict(seconds, noise.acceleration * scale);
  if (!grow) return;
  width_.predict(seconds, noise.acceleration * scale);  // gait and turning: as quick as the body

  height_.predict(seconds, noise.growth * scale);
}

void BoxFilter::stop() {
  for (CoordinateFilter* filter : {&x_, &y_, &width_, &height_}) filter->rate = 0;
}

void BoxFilter::update(const Box& measured, const Noise& noise) {
  const double deviation = noise.measurement * height();
  x_.update(center_x(measured), deviation);
  y_.update(center_y(measured), deviation);
  width_.update(measured.width, deviation);
  height_.update(measured.height, deviation);
}

double BoxFilter::distance2(const Box& measured, const Noise& noise) const {
  const double deviation = noise.measurement * height();
  return x_.distance2(center_x(measured), deviation) + y_.distance2(center_y(measured), deviation) +
         width_.distance2(measured.width, deviation) + height_.distance2(measured.height, deviation);
}

Box BoxFilter::box() const {
  const double width = std::max(width_.value, kSizeMin);
  const double height = this->height();
  return {static_cast<float>(x_.value - width / 2), static_cast<float>(y_.value - height / 2),
          static_cast<float>(width), static_cast<float>(height)};
}

Box BoxFilter::velocity() const {
  return {static_cast<float>(x_.rate), static_cast<float>(y_.rate), static_cast<float>(width_.rate),
          static_cast<float>(height_.rate)};
}

}  // namespace hedge::track
