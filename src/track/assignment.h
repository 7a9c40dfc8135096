// The cheapest way to give rows to columns, at most one each (the assignment problem), by shortest augmenting paths:
// Jonker and Volgenant 1987. Equal costs are decided by the lower number, so the answer is the same on every machine.
#pragma once

#include <limits>
#include <span>
#include <vector>

namespace hedge::track {

/// A pair that may not be.
inline constexpr double kForbidden = std::numeric_limits<double>::infinity();

class Assignment {
 public:
  /// Room for so many, so that solve() does not grow.
  void reserve(int rows, int columns);

  /// `costs` is rows x columns, each finite or kForbidden. A row may also stay alone, for `alone_cost`: where that is
  /// more than any costs can differ, as many rows as possible get a column. Takes rows^2 * (rows + columns) steps at
  /// most, and allocates only to grow. Returns the column of each row, -1 where it stays alone; valid until the next.
  std::span<const int> solve(std::span<const double> costs, int rows, int columns, double alone_cost);

 private:
  double cost(int row, int column) const;
  void augment(int row);

  std::span<const double> costs_;
  int rows_ = 0, columns_ = 0;
  double alone_cost_ = 0;
  // Columns beyond columns_ are the rows' own places to be alone.
  std::vector<double> row_price_, column_price_, distance_;
  std::vector<int> row_of_, before_, column_of_;
  std::vector<char> done_;
};

}  // namespace hedge::track
