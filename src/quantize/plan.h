// Everything decided about a model before its QuantizeLinear nodes are written: ranges, channel scales, weights.
#pragma once

#include "quantize/range_memo.h"

namespace hedge::quantize {

struct SitePlan {
  Range range;
  /// Each channel is multiplied by its factor before it becomes a byte; the readers' weights are divided. Empty: none.
  std::vector<float> factors;
};

struct Plan {
  Treatments treatments;
  Topology topology;
  std::map<ValueId, SitePlan> sites;

  /// Of the bytes that stand for `value`; null where it has none.
  const SitePlan* site(ValueId value) const;
};

/// Values whose statistics make_plan wants, whatever the treatments.
std::vector<ValueId> values_to_watch(const Graph& graph);

/// `treatments` may grow: channel scales behind a curved activation need it on the accumulator.
/// `ranges` are of this graph and these statistics, and serve all plans of a search.
Plan make_plan(const Graph& graph, const AllStatistics& statistics, const Treatments& treatments, RangeMemo& ranges);

/// What each treatment of each product would save, as noise over signal: the order in which the search tries them.
struct Remedy {
  std::string product;
  Treatment treatment;  ///< one of its members is set
  double saves = 0;
};
std::vector<Remedy> find_remedies(const Graph& graph, const AllStatistics& statistics, const Plan& plan,
                                  RangeMemo& ranges);

}  // namespace hedge::quantize
