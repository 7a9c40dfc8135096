#include "pipeline/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace hedge::pipeline {
namespace {

TEST(LatencyHistogram, PercentilesAreRightToTheBucket) {
  LatencyHistogram histogram;
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> milliseconds(1, 1);
  std::vector<std::int64_t> all;
  for (int k = 0; k < 20000; ++k) {
    all.push_back(static_cast<std::int64_t>(milliseconds(random) * 1e6));
    histogram.record(std::chrono::nanoseconds(all.back()));
  }
  std::ranges::sort(all);
  for (const double share : {0.5, 0.9, 0.99, 0.999}) {
    const auto exact = static_cast<double>(all[static_cast<std::size_t>(share * static_cast<double>(all.size()))]);
    EXPECT_NEAR(static_cast<double>(histogram.percentile(share).count()), exact, 0.035 * exact) << share;
  }
  EXPECT_EQ(histogram.max().count(), all.back());
  EXPECT_EQ(histogram.count(), 20000);
}

TEST(LatencyHistogram, ExtremesStayInside) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(0.5).count(), 0);
  for (const std::int64_t value : {std::int64_t{-5}, std::int64_t{0}, std::int64_t{1}, INT64_MAX})
    histogram.record(std::chrono::nanoseconds(value));
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_GE(histogram.percentile(1.0).count(), 0);
}

TEST(LatencyHistogram, BucketsAscend) {
  for (int k = 1; k < LatencyHistogram::kBuckets; ++k)
    ASSERT_GT(LatencyHistogram::bucket_begin(k), LatencyHistogram::bucket_begin(k - 1)) << k;
}

}  // namespace
}  // namespace hedge::pipeline
