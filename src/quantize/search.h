// Mixed precision by measurement: starts with everything in INT8, and treats the layers that lose most, the cheapest
// treatment first, until the metric is within its budget.
//
// The statistics tell what each treatment of each layer should save (find_remedies), so they are tried in that order,
// in steps that double; when the budget holds, what turned out not to be needed is taken back by bisection. Floats come
// last, by what they save for each multiplication that they take out of INT8.
#pragma once

#include <optional>

#include "quantize/insert_qdq.h"

namespace hedge::quantize {

/// One model that was built and measured.
struct Trial {
  std::string what;  ///< for people
  double metric = 0;
  double float_share = 0;  ///< of the multiplications
  int treated = 0;         ///< layers beyond the default
};

struct SearchOptions {
  double baseline = 0;  ///< metric of the float model, in percent
  double max_drop = 0.5;
  double float_share_max = 0.05;  ///< of the multiplications, before the search gives up
  int trials_max = 40;
  Samples samples;  ///< of the calibration, for rounding weights by what they multiply
  /// The metric of a quantized model, in percent.
  std::function<Result<double>(const Graph&)> measure;
  std::function<void(const Trial&)> on_trial;
};

struct SearchResult {
  Graph graph;  ///< quantized, the best found
  Plan plan;
  double metric = 0;
  bool within_budget = false;
  std::vector<Trial> trials;
  std::size_t kept = 0;          ///< the trial that `graph` is
  std::vector<Remedy> remedies;  ///< what the default would gain by each treatment: who is to blame
};

Result<SearchResult> search(const Graph& graph, const AllStatistics& statistics, const SearchOptions& options);

double float_share(const Topology& topology);

}  // namespace hedge::quantize
