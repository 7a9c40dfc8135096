// Bars to clear: --min METRIC=VALUE of hedge evaluate.
#pragma once

#include <string>
#include <vector>

#include "evaluate/evaluation.h"

namespace hedge::app {

struct MetricBar {
  std::string metric;
  double least;
};

base::Result<std::vector<MetricBar>> parse_bars(const std::vector<std::string>& texts);

/// A bar for what will not be measured is refused before the work, not after.
base::Status check_bars(const std::vector<MetricBar>& bars, const std::vector<std::string>& names);

/// Whether all bars are cleared; a line on standard error for each that is not. What is no number clears nothing.
bool clears(const std::vector<evaluate::Metric>& metrics, const std::vector<MetricBar>& bars);

}  // namespace hedge::app
