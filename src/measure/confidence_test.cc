#include "measure/confidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace hedge::measure {
namespace {

TEST(Confidence, WithoutAnEventItIsTheRuleOfThree) {
  for (const std::int64_t trials : {100, 10'000, 54'000}) {
    const auto n = static_cast<double>(trials);
    EXPECT_NEAR(probability_bound(0, trials), 1 - std::pow(0.05, 1 / n), 1e-12) << trials;
    EXPECT_NEAR(probability_bound(0, trials) * n, 3, 0.05) << trials;
  }
}

TEST(Confidence, PublishedBoundsOfClopperAndPearson) {
  // qbeta(0.95, k + 1, n - k) of R.
  EXPECT_NEAR(probability_bound(1, 10), 0.3941633, 1e-6);
  EXPECT_NEAR(probability_bound(5, 10), 0.7775589, 1e-6);
  EXPECT_NEAR(probability_bound(10, 100), 0.1637170, 1e-6);
}

TEST(Confidence, TheEdges) {
  EXPECT_EQ(probability_bound(0, 0), 1);
  EXPECT_EQ(probability_bound(7, 7), 1);
  EXPECT_LT(probability_bound(3000, 6000), 0.52);  // whose first term is below the least double
  EXPECT_GT(probability_bound(3000, 6000), 0.50);
}

TEST(Confidence, TooFewObservationsBoundNoPercentile) {
  EXPECT_EQ(count_to_bound(0.999), 2995);
  EXPECT_FALSE(percentile_bound_rank(2994, 0.999).has_value());
  EXPECT_EQ(percentile_bound_rank(2995, 0.999), 2995);  // the largest
  EXPECT_EQ(percentile_bound_rank(59, 0.95), 59);
  EXPECT_FALSE(percentile_bound_rank(0, 0.5).has_value());
}

TEST(Confidence, TheRankIsAboveThePercentileAsOftenAsItSays) {
  // Uniform numbers, whose 99th percentile is 0.99.
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> number(0, 1);
  const std::int64_t rank = percentile_bound_rank(1000, 0.99).value();
  int above = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<double> numbers(1000);
    std::ranges::generate(numbers, [&] { return number(random); });
    std::ranges::nth_element(numbers, numbers.begin() + rank - 1);
    if (numbers[static_cast<std::size_t>(rank - 1)] >= 0.99) ++above;
  }
  EXPECT_GT(above, 1880);
  EXPECT_LT(above, 1960);  // and not more often than needed, but for the steps of the ranks
}

}  // namespace
}  // namespace hedge::measure
