// The deadline of every frame, from capture to actuation, and the budget of each stage on the way. Counts what was
// missed, and says when that is a storm: N of the last M frames. Allocates nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace hedge::guard {

using std::chrono::nanoseconds;

/// The stages of a frame in their order; the words are the keys of [safety.budget].
enum class Stage : std::uint8_t { kWait, kPreprocess, kInfer, kDecode, kTrack, kRules, kAct };
inline constexpr std::size_t kStageCount = 7;
inline constexpr std::array<const char*, kStageCount> kStageNames = {"wait",  "preprocess", "infer", "decode",
                                                                     "track", "rules",      "act"};

struct Budget {
  nanoseconds deadline{0};                        ///< capture to actuation; 0: none
  std::array<nanoseconds, kStageCount> stages{};  ///< 0: none
  int misses_max = 3;                             ///< so many deadlines missed ...
  int misses_of = 30;                             ///< ... of the last so many frames, 1 to 64, are a storm
};

struct DeadlineVerdict {
  bool missed = false;            ///< this frame's deadline
  bool storm = false;             ///< misses_max or more of the last misses_of frames missed theirs
  std::uint32_t over_budget = 0;  ///< bit k: stage k took more than its budget in this frame

  std::uint32_t flags() const;  ///< Flag bits for the heartbeat
};

class DeadlineMonitor {
 public:
  explicit DeadlineMonitor(const Budget& budget);

  void begin(nanoseconds captured) noexcept;
  /// When the frame that has begun makes it a storm if it has not ended by then; 0: it cannot. Known before it ends.
  nanoseconds storm_at() const noexcept;
  void stage(Stage stage, nanoseconds took) noexcept;
  DeadlineVerdict end(nanoseconds actuated) noexcept;
  /// The pause is over: what was missed before counts no more towards a storm.
  void forget() noexcept { history_ = 0; }

  std::uint64_t frames() const { return frames_; }
  std::uint64_t misses() const { return misses_; }
  std::uint64_t over_budget(Stage stage) const { return over_budget_[static_cast<std::size_t>(stage)]; }
  nanoseconds worst() const { return worst_; }
  nanoseconds worst(Stage stage) const { return worst_stage_[static_cast<std::size_t>(stage)]; }
  /// The newest frame's time from capture to actuation, as a share of the deadline; 0 where there is none.
  double pressure() const { return pressure_; }

 private:
  bool storm(std::uint64_t history) const noexcept;

  Budget budget_;
  nanoseconds captured_{0}, worst_{0};
  double pressure_ = 0;
  std::array<nanoseconds, kStageCount> worst_stage_{};
  std::array<std::uint64_t, kStageCount> over_budget_{};
  std::uint32_t over_now_ = 0;
  std::uint64_t history_ = 0;  ///< bit 0: the newest frame missed its deadline
  std::uint64_t frames_ = 0, misses_ = 0;
};

}  // namespace hedge::guard
