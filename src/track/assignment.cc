#include "track/assignment.h"

#include <algorithm>

#include "base/check.h"

namespace hedge::track {

double Assignment::cost(int row, int column) const {
  if (column < columns_) return costs_[static_cast<std::size_t>(row) * columns_ + column];
  return column - columns_ == row ? alone_cost_ : kForbidden;
}

/// Dijkstra over columns, on costs less prices, from `row` to the nearest free column; then the path is turned around.
void Assignment::augment(int row) {
  const int places = columns_ + rows_;
  std::ranges::fill(distance_, kForbidden);
  std::ranges::fill(done_, 0);
  int column = -1;  // whose row is being looked at; -1: the new row itself
  double reached = 0;
  do {
    const int from = column < 0 ? row : row_of_[column];
    for (int to = 0; to < places; ++to) {
      if (done_[to]) continue;
      const double through = reached + cost(from, to) - row_price_[from] - column_price_[to];
      if (through >= distance_[to]) continue;
      distance_[to] = through;
      before_[to] = column;
    }
    const int seen = column;
    double least = kForbidden;
    for (int to = 0; to < places; ++to) {
      if (done_[to] || distance_[to] >= least) continue;
      least = distance_[to];
      column = to;
    }
    HEDGE_CHECK(column != seen);  // the row's own place is always there
    reached = least;
    done_[column] = 1;
  } while (row_of_[column] >= 0);
  row_price_[row] += reached;
  for (int to = 0; to < places; ++to) {
    if (!done_[to] || to == column) continue;
    row_price_[row_of_[to]] += reached - distance_[to];
    column_price_[to] -= reached - distance_[to];
  }
  for (int to = column; to >= 0;) {
    const int previous = before_[to];
    row_of_[to] = previous < 0 ? row : row_of_[previous];
    to = previous;
  }
}

void Assignment::reserve(int rows, int columns) {
  const auto places = static_cast<std::size_t>(rows + columns);
  for (std::vector<double>* numbers : {&row_price_, &column_price_, &distance_}) numbers->reserve(places);
  for (std::vector<int>* numbers : {&row_of_, &before_, &column_of_}) numbers->reserve(places);
  done_.reserve(places);
}

std::span<const int> Assignment::solve(std::span<const double> costs, int rows, int columns, double alone_cost) {
  HEDGE_CHECK(costs.size() == static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  costs_ = costs;
  rows_ = rows;
  columns_ = columns;
  alone_cost_ = alone_cost;
  const auto places = static_cast<std::size_t>(rows + columns);
  row_price_.assign(static_cast<std::size_t>(rows), 0);
  column_price_.assign(places, 0);
  distance_.resize(places);
  before_.resize(places);
  done_.resize(places);
  row_of_.assign(places, -1);
  column_of_.assign(static_cast<std::size_t>(rows), -1);
  for (int row = 0; row < rows; ++row) augment(row);
  for (int column = 0; column < columns; ++column)
    if (row_of_[column] >= 0) column_of_[row_of_[column]] = column;
  return column_of_;
}

}  // namespace hedge::track
