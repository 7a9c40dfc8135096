// Ranges, each chosen once: a search builds many plans that differ in a few treatments, and to choose a range is most
// of the work of a plan.
#pragma once

#include <tuple>

#include "quantize/channel_weights.h"
#include "quantize/ranges.h"

namespace hedge::quantize {

class RangeMemo {
 public:
  /// What it borrows outlives it. Ranges do not depend on treatments but by the arguments of of().
  RangeMemo(const Graph& graph, const AllStatistics& statistics)
      : statistics_(statistics), topology_(find_topology(graph, {})), weights_(graph, topology_, statistics) {}

  /// Of a site whose channels are multiplied by `factors` (empty: as they are). `product`: whose curved activation a
  /// table computes behind the bytes, so that errors count by `function` of them; null: the values themselves count.
  const Range& of(ValueId site, const std::vector<float>& factors, const Product* product = nullptr,
                  const Function& function = {});

 private:
  const AllStatistics& statistics_;
  Topology topology_;
  ChannelWeights weights_;
  std::map<std::tuple<ValueId, std::vector<float>, bool>, Range> known_;
};

}  // namespace hedge::quantize
