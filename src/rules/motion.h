// The recent past of one track, and what follows from it: how fast it grows in the picture, how fast it moves on the
// ground, and when it would be here.
#pragma once

#include <array>
#include <chrono>

#include "rules/line_fit.h"
#include "rules/scene.h"

namespace hedge::rules {

/// Of one track at one time. NaN: not known (too few samples, a box cut by the frame, above the horizon).
struct TimeToCollision {
  double seconds;  ///< infinite where it does not come closer
  double sigma;    ///< standard error; infinite where `seconds` is
};

struct GroundMotion {
  double distance_m;   ///< from the camera's origin to the foot
  double speed_mps;    ///< relative to the camera
  double closing_mps;  ///< positive: comes closer
  double ttc_s;        ///< distance / closing speed; infinite where it does not come closer
};

class Motion {
 public:
  void clear() { count_ = 0; }

  /// A box that was seen (never a predicted one). `ground`: where its foot stands, NaN where not known.
  void add(std::chrono::nanoseconds time, const track::Box& box, Point ground, int width, int height,
           const Camera& camera);

  /// T = s / (ds/dt) (Lee 1976, "A theory of visual control of braking based on information about time-to-collision";
  /// Horn, Fang & Masaki 2007, "Time to contact relative to a planar surface": T = 1 / (d ln s / dt)). A line is
  /// fitted to ln s over the window. At constant closing speed ln s is bent, and the slope of the fit is that of the
  /// curve at the mean time of the samples, up to (h/T)^2 / 5 for half a window of h; so T falls by the time since
  /// then.
  TimeToCollision time_to_collision(std::chrono::nanoseconds now, const Camera& camera) const;

  /// `foot`: on the ground now.
  GroundMotion ground_motion(std::chrono::nanoseconds now, Point foot, const Camera& camera) const;

 private:
  struct Moment {
    std::chrono::nanoseconds time{0};
    double log_height, log_width;  ///< NaN where the frame cuts that side
    Point ground;
  };
  enum class Quantity { kHeight, kWidth, kArea, kGroundX, kGroundY, kGroundDistance };
  /// Samples of the window with `quantity` known, their times in seconds before `now`; false where they are too few or
  /// too close together for a slope.
  bool fit(Quantity quantity, std::chrono::nanoseconds now, const Camera& camera, LineFit& fit) const;

  std::array<Moment, kFitSamplesMax> moments_;
  std::size_t next_ = 0, count_ = 0;
};

}  // namespace hedge::rules
