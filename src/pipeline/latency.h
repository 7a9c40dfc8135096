// How long things took: a histogram of fixed size whose buckets grow with the value (HdrHistogram's idea), so that
// recording costs a few instructions, never allocates, and every percentile is right to 1.6 %.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace hedge::pipeline {

class LatencyHistogram {
 public:
  using Duration = std::chrono::nanoseconds;

  static constexpr Duration kMax{std::int64_t{1} << 44};  ///< almost five hours; longer counts as this
  void record(Duration latency);
  std::int64_t count() const { return count_; }
  Duration max() const { return max_; }
  Duration mean() const;
  /// `share` in 0..1; the value below which that share of the records lies. Zero while empty.
  Duration percentile(double share) const;

  // The buckets, for plots: records between bucket_begin(k) and bucket_begin(k + 1).
  static constexpr int kSubBits = 5;                                ///< 32 buckets for each doubling
  static constexpr int kBuckets = (44 - kSubBits + 1) << kSubBits;  ///< up to kMax
  std::int64_t bucket_count(int bucket) const { return counts_[bucket]; }
  static Duration bucket_begin(int bucket);

 private:
  static int bucket_of(std::uint64_t nanoseconds);
  std::array<std::int64_t, kBuckets> counts_{};
  std::int64_t count_ = 0;
  Duration sum_{0};
  Duration max_{0};
};

}  // namespace hedge::pipeline
