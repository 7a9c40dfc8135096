// What is usual? The median and the median absolute deviation of a count over a long window: half of the window may be
// unusual before the measure of it moves (Hampel 1974, "The influence curve and its role in robust estimation").
#pragma once

#include <array>
#include <chrono>

namespace hedge::rules {

/// The window is cut into kBuckets spans of equal length; a span's value is the mean of the counts in it, and a span
/// without frames has none. The median and the deviation are those of the spans that ended, recomputed when one ends.
class Baseline {
 public:
  static constexpr int kBuckets = 120;
  static constexpr int kBucketsMin = 30;  ///< ended spans before anything is said
  static constexpr double kDeviationMin =
      0.5;  ///< things: an empty place has no deviation, yet one visitor is not 100 sigma

  explicit Baseline(std::chrono::nanoseconds window) : span_(window / kBuckets) {}

  /// Call once a frame, with times that do not go back. Allocates nothing.
  void add(std::chrono::nanoseconds time, double count);

  /// (count - median) / max(1.4826 MAD, kDeviationMin); NaN until kBucketsMin spans have ended.
  double deviations(double count) const;

 private:
  void end_span();

  std::chrono::nanoseconds span_;
  std::chrono::nanoseconds span_begin_{0};
  double sum_ = 0;
  int frames_ = 0;
  bool started_ = false;
  std::array<double, kBuckets> values_{};
  int next_ = 0, filled_ = 0;
  double median_ = 0, deviation_ = kDeviationMin;
};

}  // namespace hedge::rules
