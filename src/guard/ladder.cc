#include "guard/ladder.h"

#include <algorithm>

namespace hedge::guard {
namespace {

// A pause of the source counts for no more than this: nothing is known of it.
constexpr nanoseconds kGapMax = milliseconds(250);

}  // namespace

const char* to_string(Rung rung) {
  switch (rung) {
    case Rung::kFull: return "full";
    case Rung::kTrackerLight: return "tracker";
    case Rung::kLowRate: return "rate";
    case Rung::kSmallEngine: return "engine";
    case Rung::kSafe: return "safe";
  }
  return "?";
}

Ladder::Ladder(const LadderRules& rules) : rules_(rules), wait_(rules.up) {}

bool Ladder::gives_up(Rung rung) const {
  const auto end = rules_.rungs.begin() + static_cast<std::ptrdiff_t>(position_);
  return std::find(rules_.rungs.begin(), end, rung) != end;
}

void Ladder::move_down(nanoseconds now) noexcept {
  ++position_;
  if (rising_) wait_ = std::min(2 * wait_, rules_.up_max);
  rising_ = false;
  pressed_ = nanoseconds(0);
  calm_since_ = now;
}

void Ladder::move_up(nanoseconds now) noexcept {
  --position_;
  rising_ = true;
  rose_at_ = now;
  pressed_ = nanoseconds(0);
  calm_since_ = now;
}

Rung Ladder::step(const LadderInput& input) noexcept {
  if (!begun_) {
    begun_ = true;
    last_ = calm_since_ = input.now;
  }
  const nanoseconds passed = std::clamp(input.now - last_, nanoseconds(0), kGapMax);
  last_ = input.now;
  // Comparisons with NaN are false: an unknown temperature neither presses nor keeps anything from going up.
  hot_ = input.thermal_c >= rules_.thermal_high_c || (hot_ && input.thermal_c > rules_.thermal_low_c);
  const bool late = input.pressure > rules_.high;
  const std::size_t last_working = rules_.rungs.size() - (!rules_.rungs.empty() && rules_.rungs.back() == Rung::kSafe);
  const bool pressed = late || (hot_ && position_ < last_working);
  pressed_ = std::max(nanoseconds(0), pressed ? pressed_ + passed : pressed_ - passed);
  if (input.pressure > rules_.low || hot_) calm_since_ = input.now;
  if (rising_ && input.now - rose_at_ > wait_) {  // the step up has held
    rising_ = false;
    wait_ = std::max(wait_ / 2, rules_.up);
  }
  if (pressed_ >= rules_.down && position_ < rules_.rungs.size())
    move_down(input.now);
  else if (position_ > 0 && input.now - calm_since_ >= wait_)
    move_up(input.now);
  pressed_ = std::min(pressed_, rules_.down);
  return rung();
}

}  // namespace hedge::guard
