// Where a box is and where it goes: a Kalman filter of constant velocity, in seconds. Its state is what the trackers of
// the SORT family use (centre, width, height and their rates), and its noise, as theirs, is a share of the height and
// independent for each coordinate; so the 8 x 8 filter falls apart, exactly, into four of two numbers each.
#pragma once

#include "track/box.h"

namespace hedge::track {

/// One coordinate and its rate. Between observations the rate takes a random walk (white noise acceleration:
/// Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2), so one step of 0.2 s says the same as two of 0.1 s.
struct CoordinateFilter {
  double value = 0;
  double rate = 0;        ///< a second
  double variance = 0;    ///< of value
  double covariance = 0;  ///< of value and rate
  double rate_variance = 0;

  /// `acceleration` squared is the variance that the rate gains in a second.
  void predict(double seconds, double acceleration);
  void update(double measured, double deviation);
  /// The square of the distance to a measurement, in standard deviations.
  double distance2(double measured, double deviation) const;
};

/// As shares of the box's height (a second).
struct Noise {
  double measurement = 0.05;    ///< standard deviation of a detector's centre and size
  double acceleration = 1.0;    ///< of the centre, in 1 / s^1.5
  double growth = 0.2;          ///< of width and height, in 1 / s^1.5
  double velocity_start = 1.0;  ///< standard deviation of the centre's velocity at the first sight, in 1 / s
  double growth_start = 0.2;    ///< and of the size's
};

class BoxFilter {
 public:
  BoxFilter(const Box& box, const Noise& noise);
  /// `grow`: whether width and height go on changing; a thing out of sight keeps its size.
  void predict(double seconds, const Noise& noise, bool grow);
  /// It is taken to stand still from now on, however unsurely.
  void stop();
  void update(const Box& measured, const Noise& noise);
  /// Of all four coordinates together: chi squared with four degrees of freedom for the thing's own box.
  double distance2(const Box& measured, const Noise& noise) const;
  Box box() const;
  Box velocity() const;  ///< a second: x and y of the centre, width, height

 private:
  double height() const;

  CoordinateFilter x_, y_, width_, height_;  ///< x, y: of the centre
};

}  // namespace hedge::track
