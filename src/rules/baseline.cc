#include "rules/baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rules/line_fit.h"

namespace hedge::rules {

void Baseline::add(std::chrono::nanoseconds time, double count) {
  if (!started_) {
    span_begin_ = time;
    started_ = true;
  }
  if (time - span_begin_ >= span_) {
    end_span();
    span_begin_ += (time - span_begin_) / span_ * span_;  // spans without frames are skipped
  }
  sum_ += count;
  ++frames_;
}

void Baseline::end_span() {
  values_[static_cast<std::size_t>(next_)] = sum_ / frames_;  // a span begins with a frame
  next_ = (next_ + 1) % kBuckets;
  filled_ = std::min(filled_ + 1, kBuckets);
  sum_ = 0;
  frames_ = 0;
  std::array<double, kBuckets> scratch = values_;
  const auto values = std::span(scratch).first(static_cast<std::size_t>(filled_));
  median_ = median(values);
  for (double& value : values) value = std::fabs(value - median_);
  deviation_ = std::max(kSigmaPerMad * median(values), kDeviationMin);
}

double Baseline::deviations(double count) const {
  if (filled_ < kBucketsMin) return std::numeric_limits<double>::quiet_NaN();
  return (count - median_) / deviation_;
}

}  // namespace hedge::rules
