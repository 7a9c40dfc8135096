#include "rules/motion.h"

#include <cmath>
#include <limits>

#include "rules/exact_math.h"

namespace hedge::rules {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kSamplesMin = 4;
constexpr double kSpanMin = 0.4;      // of the window, between the first and last sample of a fit
constexpr double kCutMarginPx = 1.5;  // a box that ends this close to the frame's edge goes on beyond it

double seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-9; }

double length(double x, double y) { return std::sqrt(x * x + y * y); }

}  // namespace

void Motion::add(std::chrono::nanoseconds time, const track::Box& box, Point ground, int width, int height,
                 const Camera& camera) {
  if (count_ > 0) {
    const Moment& last = moments_[(next_ + kFitSamplesMax - 1) % kFitSamplesMax];
    // Of a camera faster than the ring is long, every second or third box is kept: the window stays whole.
    if (time - last.time < camera.window / static_cast<int>(kFitSamplesMax - 1)) return;
  }
  const bool cut_vertically = box.y <= kCutMarginPx || box.y + box.height >= static_cast<float>(height) - kCutMarginPx;
  const bool cut_sideways = box.x <= kCutMarginPx || box.x + box.width >= static_cast<float>(width) - kCutMarginPx;
  const bool foot_seen = box.y + box.height < static_cast<float>(height) - kCutMarginPx;
  moments_[next_] = {.time = time,
                     .log_height = cut_vertically || !(box.height > 0) ? kNan : exact_log(box.height),
                     .log_width = cut_sideways || !(box.width > 0) ? kNan : exact_log(box.width),
                     .ground = foot_seen ? ground : Point{kNan, kNan}};
  next_ = (next_ + 1) % kFitSamplesMax;
  if (count_ < kFitSamplesMax) ++count_;
}

bool Motion::fit(Quantity quantity, std::chrono::nanoseconds now, const Camera& camera, LineFit& fit) const {
  const auto value = [&](const Moment& moment) {
    switch (quantity) {
      case Quantity::kHeight: return moment.log_height;
      case Quantity::kWidth: return moment.log_width;
      case Quantity::kArea: return (moment.log_height + moment.log_width) / 2;
      case Quantity::kGroundX: return moment.ground.x;
      case Quantity::kGroundY: return moment.ground.y;
      case Quantity::kGroundDistance:
        return length(moment.ground.x - camera.origin.x, moment.ground.y - camera.origin.y);
    }
    return kNan;
  };
  std::array<Sample, kFitSamplesMax> samples;
  std::size_t count = 0;
  for (std::size_t k = 0; k < count_; ++k) {
    const Moment& moment = moments_[(next_ + kFitSamplesMax - count_ + k) % kFitSamplesMax];
    const double known = value(moment);
    if (now - moment.time > camera.window || !std::isfinite(known)) continue;
    samples[count++] = {-seconds(now - moment.time), known};
  }
  if (count < kSamplesMin || samples[count - 1].t - samples[0].t < kSpanMin * seconds(camera.window)) return false;
  fit = fit_line(std::span(samples).first(count));
  return true;
}

TimeToCollision Motion::time_to_collision(std::chrono::nanoseconds now, const Camera& camera) const {
  LineFit growth;
  bool known = false;
  // The other side of the box steps in where the frame cuts the first: close things leave the picture at the bottom.
  switch (camera.size_from) {
    case SizeFrom::kHeight:
      known = fit(Quantity::kHeight, now, camera, growth) || fit(Quantity::kWidth, now, camera, growth);
      break;
    case SizeFrom::kWidth:
      known = fit(Quantity::kWidth, now, camera, growth) || fit(Quantity::kHeight, now, camera, growth);
      break;
    case SizeFrom::kArea:
      known = fit(Quantity::kArea, now, camera, growth) || fit(Quantity::kHeight, now, camera, growth) ||
              fit(Quantity::kWidth, now, camera, growth);
      break;
  }
  if (!known) return {kNan, kNan};
  if (!(growth.slope > 0)) return {kInfinity, kInfinity};
  const double then = 1 / growth.slope;
  const double left = then + growth.t_mean;  // t_mean is negative: seconds before now
  return {left > 0 ? left : 0, growth.slope_sigma * then * then};
}

GroundMotion Motion::ground_motion(std::chrono::nanoseconds now, Point foot, const Camera& camera) const {
  GroundMotion motion{length(foot.x - camera.origin.x, foot.y - camera.origin.y), kNan, kNan, kNan};
  LineFit x, y, distance;
  if (fit(Quantity::kGroundX, now, camera, x) && fit(Quantity::kGroundY, now, camera, y))
    motion.speed_mps = length(x.slope, y.slope);
  if (fit(Quantity::kGroundDistance, now, camera, distance)) {
    motion.closing_mps = -distance.slope;
    if (!std::isnan(motion.distance_m))
      motion.ttc_s = motion.closing_mps > 0 ? motion.distance_m / motion.closing_mps : kInfinity;
  }
  return motion;
}

}  // namespace hedge::rules
