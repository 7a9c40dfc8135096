#include "measure/latency.h"

#include <numeric>

#include <gtest/gtest.h>

namespace hedge::measure {
namespace {

std::vector<double> one_to(int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(Percentile, IsTheNearestRank) {
  const auto hundred = one_to(100);
  EXPECT_EQ(percentile(hundred, 0), 1);
  EXPECT_EQ(percentile(hundred, 0.5), 50);
  EXPECT_EQ(percentile(hundred, 0.9), 90);
  EXPECT_EQ(percentile(hundred, 0.99), 99);
  EXPECT_EQ(percentile(hundred, 0.999), 100);
  EXPECT_EQ(percentile(hundred, 1), 100);
}

TEST(Percentile, OfFewValuesIsOneOfThem) {
  const std::vector<double> one = {7}, two = {1, 2};
  EXPECT_EQ(percentile(one, 0.5), 7);
  EXPECT_EQ(percentile(one, 0.999), 7);
  EXPECT_EQ(percentile(two, 0.5), 1);
  EXPECT_EQ(percentile(two, 0.51), 2);
  EXPECT_EQ(percentile({}, 0.5), 0);
}

TEST(Percentile, OutsideZeroToOneIsTheNearestEnd) {
  const auto ten = one_to(10);
  EXPECT_EQ(percentile(ten, -1), 1);
  EXPECT_EQ(percentile(ten, 2), 10);
}

TEST(LatencyOf, SortsForItself) {
  const Latency latency = latency_of({3, 1, 2, 10});
  EXPECT_EQ(latency.count, 4u);
  EXPECT_EQ(latency.min, 1);
  EXPECT_EQ(latency.p50, 2);
  EXPECT_EQ(latency.max, 10);
  EXPECT_EQ(latency.mean, 4);
}

TEST(LatencyOf, NothingIsZero) {
  EXPECT_EQ(latency_of({}).count, 0u);
  EXPECT_EQ(latency_of({}).p99, 0);
}

TEST(Histogram, HoldsEveryValueOnce) {
  const auto thousand = one_to(1000);
  std::size_t sum = 0;
  const auto buckets = histogram(thousand, 7);
  for (const Bucket& bucket : buckets) sum += bucket.count;
  EXPECT_EQ(buckets.size(), 7u);
  EXPECT_EQ(sum, 1000u);
  EXPECT_EQ(buckets.front().from, 1);
  EXPECT_EQ(buckets.back().to, 1000);
}

TEST(Histogram, BucketsHaveEqualRatios) {
  const std::vector<double> values = {1, 10, 100, 1000};
  const auto buckets = histogram(values, 3);
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_NEAR(buckets[0].to, 10, 1e-9);
  EXPECT_NEAR(buckets[1].to, 100, 1e-9);
}

TEST(Histogram, EqualValuesShareOneBucketAndZerosAreTaken) {
  const std::vector<double> same = {2, 2, 2}, zeros = {0, 0}, zero_and_one = {0, 1};
  ASSERT_EQ(histogram(same, 10).size(), 1u);
  EXPECT_EQ(histogram(same, 10)[0].count, 3u);
  EXPECT_EQ(histogram(zeros, 10).size(), 1u);
  EXPECT_EQ(histogram(zero_and_one, 10).size(), 10u);
  EXPECT_TRUE(histogram({}, 10).empty());
}

TEST(Draw, ShowsWhatIsRare) {
  const std::vector<Bucket> buckets = {{1, 2, 1000}, {2, 4, 1}, {4, 8, 0}};
  EXPECT_EQ(draw(buckets, 4),
            "    1.0000 ms     1000 ####\n"
            "    2.0000 ms        1 #\n"
            "    4.0000 ms        0 \n");
}

}  // namespace
}  // namespace hedge::measure
