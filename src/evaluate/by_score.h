// Best score first, equal scores in the order they had. (libstdc++ 12's stable_sort warns in itself under clang.)
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

namespace hedge::evaluate {

template <class T>
void sort_by_score(std::vector<T>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return items[a].score != items[b].score ? items[a].score > items[b].score : a < b;
  });
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::size_t index : order) sorted.push_back(items[index]);
  items = std::move(sorted);
}

}  // namespace hedge::evaluate
