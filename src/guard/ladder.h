// The degradation ladder: what is given up, step by step, while frames come late or the machine is hot, and how it is
// taken back. Pure: times and numbers in, a rung out.
//
// Down: after `down` of pressure. Time with a frame above `high` adds up, time without is taken off again, so one late
// frame does nothing and half of them late is the border.
// Up: after `up` without a single frame above `low`. Between `low` and `high` nothing moves.
// It does not flap: where a step up is followed by a step down before it has held for the time that it had waited, the
// next wait is twice as long, up to `up_max`; a load that the upper rung cannot carry is tried ever more rarely.
// Heat counts as pressure down to the last working rung; it does not ask for SAFE: a machine too hot to keep its
// deadlines shows that by missing them.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace hedge::guard {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

enum class Rung : std::uint8_t {
  kFull,          ///< nothing is given up
  kTrackerLight,  ///< the tracker's costly details
  kLowRate,       ///< every `rate_divisor`-th frame
  kSmallEngine,   ///< the smaller model
  kSafe,          ///< the outputs are SAFE; the worker goes on as on the rung above
};

const char* to_string(Rung rung);

struct LadderRules {
  std::vector<Rung> rungs;  ///< below kFull, in order; empty: no ladder
  double high = 0.9;        ///< of the deadline
  double low = 0.6;
  nanoseconds down = milliseconds(1000);
  nanoseconds up = milliseconds(10000);
  nanoseconds up_max = milliseconds(600000);
  double thermal_high_c = 90;
  double thermal_low_c = 80;
};

struct LadderInput {
  nanoseconds now{0};
  double pressure = 0;   ///< the frame's time from capture to actuation / the deadline
  double thermal_c = 0;  ///< NaN: not known
};

class Ladder {
 public:
  explicit Ladder(const LadderRules& rules);

  /// Once a frame. The rung that holds from now on. Allocates nothing.
  Rung step(const LadderInput& input) noexcept;
  Rung rung() const { return position_ == 0 ? Rung::kFull : rules_.rungs[position_ - 1]; }
  /// The rungs taken so far: all above and this one. Whether the worker is to do without something.
  bool gives_up(Rung rung) const;

 private:
  void move_down(nanoseconds now) noexcept;
  void move_up(nanoseconds now) noexcept;

  LadderRules rules_;
  std::size_t position_ = 0;
  bool begun_ = false, hot_ = false, rising_ = false;  ///< rising: the last move was up and has not proven itself yet
  nanoseconds last_{0}, pressed_{0}, calm_since_{0}, rose_at_{0}, wait_;
};

}  // namespace hedge::guard
