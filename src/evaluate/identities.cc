#include "evaluate/identities.h"

#include <numeric>
#include <vector>

#include "track/assignment.h"

namespace hedge::evaluate {
namespace {

constexpr std::size_t kPairsMax = 16u << 20;  // of one group: 128 MiB of costs

/// Numbers from 0, in the order of coming.
class Index {
 public:
  int of(std::int64_t id) { return numbers_.try_emplace(id, static_cast<int>(numbers_.size())).first->second; }
  int count() const { return static_cast<int>(numbers_.size()); }

 private:
  std::map<std::int64_t, int> numbers_;
};

struct Group {
  Index things, numbers;
  std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::int64_t>> overlaps;
};

int root_of(std::vector<int>& parent, int node) {
  while (parent[node] != node) node = parent[node] = parent[parent[node]];
  return node;
}

/// Numbers that never lie on a thing do not matter to it: what hangs together by overlaps is assigned on its own.
std::map<int, Group> groups_of(const OverlapCounts& overlaps) {
  Index things, numbers;
  for (const auto& [pair, count] : overlaps) {
    things.of(pair.first);
    numbers.of(pair.second);
  }
  std::vector<int> parent(static_cast<std::size_t>(things.count() + numbers.count()));
  std::iota(parent.begin(), parent.end(), 0);
  for (const auto& [pair, count] : overlaps)
    parent[root_of(parent, things.of(pair.first))] = root_of(parent, things.count() + numbers.of(pair.second));
  std::map<int, Group> groups;
  for (const auto& overlap : overlaps) {
    Group& group = groups[root_of(parent, things.of(overlap.first.first))];
    group.things.of(overlap.first.first);
    group.numbers.of(overlap.first.second);
    group.overlaps.push_back(overlap);
  }
  return groups;
}

}  // namespace

base::Result<std::int64_t> identity_true_positives(const OverlapCounts& overlaps) {
  std::int64_t agreed = 0;
  track::Assignment assignment;
  for (auto& [root, group] : groups_of(overlaps)) {
    const auto rows = static_cast<std::size_t>(group.things.count());
    const auto columns = static_cast<std::size_t>(group.numbers.count());
    if (rows * columns > kPairsMax || rows > 4096)
      return base::fail(base::ErrorKind::kResourceLimit,
                        "{} things and {} numbers lie on each other: too many to assign", rows, columns);
    std::vector<double> costs(rows * columns, track::kForbidden);
    for (const auto& [pair, count] : group.overlaps)
      costs[group.things.of(pair.first) * columns + group.numbers.of(pair.second)] = -static_cast<double>(count);
    const auto found = assignment.solve(costs, static_cast<int>(rows), static_cast<int>(columns), 0);
    for (std::size_t row = 0; row < rows; ++row)
      if (found[row] >= 0) agreed -= static_cast<std::int64_t>(costs[row * columns + found[row]]);
  }
  return agreed;
}

}  // namespace hedge::evaluate
