// When does a condition start a recording? On its rising edge, not too soon after the last time and not too often an
// hour (after the campaigns of AWS IoT FleetWise: trigger mode RISING_EDGE, minimum trigger interval). Pure: time comes
// from the caller.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace hedge::capture {

class TriggerGate {
 public:
  struct Limits {
    std::chrono::nanoseconds interval_min{0};  ///< between two that pass
    int per_hour_max = 60;                     ///< that pass within any 3600 s; at least 1
  };
  explicit TriggerGate(const Limits& limits)
      : limits_(limits), passed_at_(static_cast<std::size_t>(limits.per_hour_max)) {}

  /// The condition in the frame of this time; times must not fall. True: record. Before the first frame the condition
  /// counts as false. An edge that comes too soon is counted and forgotten, not delayed.
  bool update(bool on, std::chrono::nanoseconds time) {
    const bool edge = on && !on_;
    on_ = on;
    if (!edge) return false;
    const auto size = static_cast<std::int64_t>(passed_at_.size());
    const bool too_soon = passed_ > 0 && time - at(passed_ - 1) < limits_.interval_min;
    const bool too_often = passed_ >= size && time - at(passed_ - size) < std::chrono::hours(1);
    if (too_soon || too_often) {
      ++suppressed_;
      return false;
    }
    at(passed_++) = time;
    return true;
  }

  /// Time begins anew: nothing has passed yet.
  void restart() {
    passed_ = 0;
    on_ = false;
  }

  std::int64_t passed() const { return passed_; }
  std::int64_t suppressed() const { return suppressed_; }  ///< edges that were too soon or too many

 private:
  std::chrono::nanoseconds& at(std::int64_t number) {
    return passed_at_[static_cast<std::size_t>(number) % passed_at_.size()];
  }

  Limits limits_;
  std::vector<std::chrono::nanoseconds> passed_at_;  // the last per_hour_max, as a ring
  std::int64_t passed_ = 0;
  std::int64_t suppressed_ = 0;
  bool on_ = false;
};

}  // namespace hedge::capture
