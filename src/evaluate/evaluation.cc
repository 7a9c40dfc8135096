#include "evaluate/evaluation.h"

#include <algorithm>

namespace hedge::evaluate {

std::optional<double> Evaluation::metric(std::string_view name) const {
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  if (found == metrics.end()) return std::nullopt;
  return found->value;
}

}  // namespace hedge::evaluate
