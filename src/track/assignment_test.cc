#include "track/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace hedge::track {
namespace {

/// The least total of all ways, by trying them.
double least_total(const std::vector<double>& costs, int rows, int columns, double alone, int row, unsigned taken) {
  if (row == rows) return 0;
  double least = alone + least_total(costs, rows, columns, alone, row + 1, taken);
  for (int column = 0; column < columns; ++column) {
    const double cost = costs[static_cast<std::size_t>(row * columns + column)];
    if ((taken >> column & 1u) != 0 || cost == kForbidden) continue;
    least = std::min(least, cost + least_total(costs, rows, columns, alone, row + 1, taken | 1u << column));
  }
  return least;
}

TEST(Assignment, IsTheBestOfAllWays) {
  std::mt19937 dice(1);
  Assignment assignment;
  for (int trial = 0; trial < 3000; ++trial) {
    const int rows = static_cast<int>(dice() % 7), columns = static_cast<int>(dice() % 7);
    const double alone = std::array{0.0, 5.0, 1000.0}[dice() % 3];
    std::vector<double> costs(static_cast<std::size_t>(rows * columns));
    for (double& cost : costs)  // few values, so that many ways are equal; some below 0
      cost = dice() % 3 == 0 ? kForbidden : static_cast<double>(dice() % 12) - 3;
    const std::span<const int> found = assignment.solve(costs, rows, columns, alone);
    ASSERT_EQ(found.size(), static_cast<std::size_t>(rows));
    double total = 0;
    unsigned taken = 0;
    for (int row = 0; row < rows; ++row) {
      if (found[row] < 0) {
        total += alone;
        continue;
      }
      ASSERT_EQ(taken >> found[row] & 1u, 0u);
      taken |= 1u << found[row];
      total += costs[static_cast<std::size_t>(row * columns + found[row])];
    }
    EXPECT_DOUBLE_EQ(total, least_total(costs, rows, columns, alone, 0, 0)) << trial;
  }
}

TEST(Assignment, NoRowStaysAloneThatNeedNot) {
  // The near pair would be cheapest, and would leave the second row without its only column.
  const std::vector<double> costs = {0.1, 0.9, 0.2, kForbidden};
  Assignment assignment;
  const auto found = assignment.solve(costs, 2, 2, 1e4);
  EXPECT_EQ(found[0], 1);
  EXPECT_EQ(found[1], 0);
}

TEST(Assignment, OfEqualWaysTheLowerNumbersWin) {
  Assignment assignment;
  const auto found = assignment.solve(std::vector<double>(9, 0.5), 3, 3, 10);
  EXPECT_TRUE(std::ranges::equal(found, std::array{0, 1, 2}));
}

}  // namespace
}  // namespace hedge::track
