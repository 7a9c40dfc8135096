#include "guard/deadline_monitor.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "guard/fault.h"

namespace hedge::guard {

std::uint32_t DeadlineVerdict::flags() const {
  return (missed ? std::uint32_t{kFlagMissed} : 0) | (storm ? std::uint32_t{kFlagStorm} : 0);
}

DeadlineMonitor::DeadlineMonitor(const Budget& budget) : budget_(budget) {
  HEDGE_CHECK(budget.misses_of >= 1 && budget.misses_of <= 64);
  HEDGE_CHECK(budget.misses_max >= 1 && budget.misses_max <= budget.misses_of);
}

void DeadlineMonitor::begin(nanoseconds captured) noexcept {
  captured_ = captured;
  over_now_ = 0;
}

bool DeadlineMonitor::storm(std::uint64_t history) const noexcept {
  const std::uint64_t window = ~std::uint64_t{0} >> (64 - budget_.misses_of);
  return std::popcount(history & window) >= budget_.misses_max;
}

nanoseconds DeadlineMonitor::storm_at() const noexcept {
  const bool one_more_is = budget_.deadline > nanoseconds(0) && storm(history_ << 1 | 1);
  return one_more_is ? captured_ + budget_.deadline : nanoseconds(0);
}

void DeadlineMonitor::stage(Stage stage, nanoseconds took) noexcept {
  const auto k = static_cast<std::size_t>(stage);
  worst_stage_[k] = std::max(worst_stage_[k], took);
  if (budget_.stages[k] == nanoseconds(0) || took <= budget_.stages[k]) return;
  ++over_budget_[k];
  over_now_ |= 1U << k;
}

DeadlineVerdict DeadlineMonitor::end(nanoseconds actuated) noexcept {
  const nanoseconds took = actuated - captured_;
  worst_ = std::max(worst_, took);
  const bool limited = budget_.deadline > nanoseconds(0);
  const bool missed = limited && took > budget_.deadline;
  pressure_ = limited ? static_cast<double>(took.count()) / static_cast<double>(budget_.deadline.count()) : 0;
  ++frames_;
  misses_ += missed ? 1 : 0;
  history_ = history_ << 1 | (missed ? 1 : 0);
  return {.missed = missed, .storm = storm(history_), .over_budget = over_now_};
}

}  // namespace hedge::guard
