#include "pipeline/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hedge::pipeline {

// Values below 2^kSubBits have a bucket each. Above, the leading bit chooses the group and the kSubBits after it the
// bucket in the group.
int LatencyHistogram::bucket_of(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kSub = 1u << kSubBits;
  if (nanoseconds < kSub) return static_cast<int>(nanoseconds);
  const int shift = std::bit_width(nanoseconds) - 1 - kSubBits;
  const int bucket = ((shift + 1) << kSubBits) + static_cast<int>((nanoseconds >> shift) - kSub);
  return std::min(bucket, kBuckets - 1);
}

LatencyHistogram::Duration LatencyHistogram::bucket_begin(int bucket) {
  constexpr std::int64_t kSub = 1 << kSubBits;
  if (bucket < kSub) return Duration(bucket);
  const int shift = (bucket >> kSubBits) - 1;
  return Duration((kSub + (bucket & (kSub - 1))) << shift);
}

void LatencyHistogram::record(Duration latency) {
  const Duration kept = std::clamp(latency, Duration(0), kMax);
  ++counts_[bucket_of(static_cast<std::uint64_t>(kept.count()))];
  ++count_;
  sum_ += kept;
  max_ = std::max(max_, kept);
}

LatencyHistogram::Duration LatencyHistogram::mean() const { return count_ == 0 ? Duration(0) : sum_ / count_; }

LatencyHistogram::Duration LatencyHistogram::percentile(double share) const {
  if (count_ == 0) return Duration(0);
  const auto rank = static_cast<std::int64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_)));
  std::int64_t seen = 0;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (counts_[bucket] > 0 && seen >= rank) {
      const Duration middle = (bucket_begin(bucket) + bucket_begin(bucket + 1)) / 2;
      return std::min(middle, max_);
    }
  }
  return max_;
}

}  // namespace hedge::pipeline
