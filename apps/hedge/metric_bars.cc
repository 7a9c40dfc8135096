#include "hedge/metric_bars.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/ranges.h>

namespace hedge::app {

using base::ErrorKind;
using base::fail;

base::Result<std::vector<MetricBar>> parse_bars(const std::vector<std::string>& texts) {
  std::vector<MetricBar> bars;
  for (const std::string& text : texts) {
    const std::size_t at = text.find('=');
    char* end = nullptr;
    const double least = at == std::string::npos ? -1 : std::strtod(text.c_str() + at + 1, &end);
    if (at == 0 || end == nullptr || *end != '\0' || end == text.c_str() + at + 1 || !(least >= 0 && least <= 1))
      return fail(ErrorKind::kUsage, "--min {}: write METRIC=VALUE, the value from 0 to 1", text);
    bars.push_back({text.substr(0, at), least});
  }
  return bars;
}

base::Status check_bars(const std::vector<MetricBar>& bars, const std::vector<std::string>& names) {
  for (const MetricBar& bar : bars)
    if (std::ranges::find(names, bar.metric) == names.end())
      return fail(ErrorKind::kUsage, "--min {}: no such metric here; there are {}", bar.metric, fmt::join(names, ", "));
  return {};
}

bool clears(const std::vector<evaluate::Metric>& metrics, const std::vector<MetricBar>& bars) {
  bool clear = true;
  for (const MetricBar& bar : bars) {
    for (const evaluate::Metric& metric : metrics) {
      if (metric.name != bar.metric || metric.value >= bar.least) continue;
      fmt::print(stderr, "hedge: {} is {:.4f}, below {}\n", bar.metric, metric.value, bar.least);
      clear = false;
    }
  }
  return clear;
}

}  // namespace hedge::app
