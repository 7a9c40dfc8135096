// The state machine as tables: at what time, what happens, what holds after it.
#include "guard/safe_state.h"

#include <csignal>

#include <gtest/gtest.h>

namespace hedge::guard {
namespace {

using namespace std::chrono_literals;

enum class Do {
  kFrame,     // a frame was decided on, with the row's flags
  kIdle,      // alive without one
  kNothing,   // a poll
  kTorn,      // a poll in the middle of a write
  kLateFlag,  // two frames between two polls: the flag in the first only
  kStop,
  kContinue,
  kKill,
  kAbort,
  kExit0,
  kExit3,
  kRestart,
  kReset,
  kEnd,
  kFinished,
  kBadConfiguration,
  kError,
};

struct Row {
  int ms;
  Do what;
  Mode mode;
  Fault reason = Fault::kNone;  // in SAFE
  std::uint32_t flags = 0;
};

/// The world that a table changes: what the watchdog would see.
class World {
 public:
  explicit World(const SafeRules& rules) : state_(rules, 0ms) {}

  Verdict at(const Row& row) {
    Seen seen{.now = milliseconds(row.ms)};
    const bool torn = row.what == Do::kTorn;
    change(row, seen);
    if (!torn) seen.beat = beat_;
    seen.child = child_;
    seen.signal = signal_;
    seen.exit_status = status_;
    return state_.step(seen);
  }

 private:
  void give(const Row& row, bool frame, std::uint32_t flags) {
    ++beat_.beats;
    beat_.frames += frame ? 1 : 0;
    beat_.written = milliseconds(row.ms);
    beat_.flags = flags;
    for (std::size_t k = 0; k < kFlagCount; ++k) beat_.raised[k] += flags >> k & 1;
  }
  void die(int signal, int status) {
    child_ = ChildState::kEnded;
    signal_ = signal;
    status_ = status;
  }
  void stop(const Row& row, StopReason reason) {
    beat_.stop = reason;
    give(row, false, beat_.flags);
  }
  void change(const Row& row, Seen& seen) {
    switch (row.what) {
      case Do::kFrame: return give(row, true, row.flags);
      case Do::kIdle: return give(row, false, row.flags);
      case Do::kNothing: return;
      case Do::kTorn: return;
      case Do::kLateFlag: give(row, true, row.flags); return give(row, true, 0);
      case Do::kStop: child_ = ChildState::kStopped; return;
      case Do::kContinue: child_ = ChildState::kRunning; return;
      case Do::kKill: return die(SIGKILL, 0);
      case Do::kAbort: return die(SIGABRT, 0);
      case Do::kExit0: return die(0, 0);
      case Do::kExit3: return die(0, 3);
      case Do::kRestart:
        child_ = ChildState::kRunning;
        beat_ = Beat{};
        return state_.worker_started(milliseconds(row.ms));
      case Do::kReset: seen.reset = true; return;
      case Do::kEnd: seen.end = true; return;
      case Do::kFinished: return stop(row, StopReason::kFinished);
      case Do::kBadConfiguration: return stop(row, StopReason::kConfiguration);
      case Do::kError: return stop(row, StopReason::kError);
    }
  }

  SafeState state_;
  Beat beat_;
  ChildState child_ = ChildState::kRunning;
  int signal_ = 0, status_ = 0;
};

void play(const SafeRules& rules, const std::vector<Row>& rows) {
  World world(rules);
  int number = 0;
  for (const Row& row : rows) {
    const Verdict verdict = world.at(row);
    SCOPED_TRACE("row " + std::to_string(++number) + " at " + std::to_string(row.ms) + " ms");
    EXPECT_STREQ(to_string(verdict.mode), to_string(row.mode));
    EXPECT_STREQ(to_string(verdict.reason), to_string(row.reason));
  }
}

// 60 ms without a heartbeat, 100 ms without a frame; back after 200 ms and 3 frames.
const SafeRules kRules{.stall = 60ms, .no_frames = 100ms, .start = 1000ms, .healthy = 200ms, .healthy_frames = 3};
constexpr Mode kStarting = Mode::kStarting, kRunning = Mode::kRunning, kSafe = Mode::kSafe, kEnding = Mode::kEnding;

SafeRules with(ReturnRule back, EndRule end) {
  SafeRules rules = kRules;
  rules.back = back;
  rules.at_end = end;
  return rules;
}

TEST(SafeState, runs_from_the_first_frame_that_was_decided_on) {
  play(kRules, {{0, Do::kNothing, kStarting},
                {500, Do::kIdle, kStarting},
                {940, Do::kIdle, kStarting, Fault::kNone, kFlagNoFrames},  // the model loads, the camera opens
                {980, Do::kFrame, kRunning},
                {1030, Do::kFrame, kRunning},
                {1089, Do::kNothing, kRunning},
                {1091, Do::kNothing, kSafe, Fault::kStalled}});
}

TEST(SafeState, a_worker_that_decides_on_no_frame_did_not_start) {
  play(kRules, {{1000, Do::kIdle, kStarting}, {1001, Do::kIdle, kSafe, Fault::kNotStarted}});
  play(kRules, {{1000, Do::kNothing, kStarting}, {1001, Do::kNothing, kSafe, Fault::kNotStarted}});
}

TEST(SafeState, each_fault_has_its_reason) {
  const struct {
    Do what;
    Fault reason;
    std::uint32_t flags = 0;
  } kFaults[] = {
      {Do::kStop, Fault::kStopped},
      {Do::kKill, Fault::kKilled},
      {Do::kAbort, Fault::kCrashed},
      {Do::kExit0, Fault::kExited},
      {Do::kExit3, Fault::kExited},
      {Do::kBadConfiguration, Fault::kConfiguration},
      {Do::kError, Fault::kWorkerError},
      {Do::kFrame, Fault::kNotFinite, kFlagNotFinite},
      {Do::kFrame, Fault::kFrozen, kFlagFrozen},
      {Do::kFrame, Fault::kBlack, kFlagBlack},
      {Do::kIdle, Fault::kNoFrames, kFlagNoFrames},
      {Do::kFrame, Fault::kDeadlineStorm, kFlagStorm | kFlagMissed},
      {Do::kFrame, Fault::kOverload, kFlagOverload},
      {Do::kFrame, Fault::kNotFinite, kFlagOverload | kFlagNotFinite},
      {Do::kLateFlag, Fault::kNotFinite, kFlagNotFinite},
  };
  for (const auto& fault : kFaults) {
    play(kRules, {{0, Do::kFrame, kRunning}, {33, fault.what, kSafe, fault.reason, fault.flags}});
    if (fault.reason != Fault::kNoFrames)
      play(kRules, {{0, Do::kNothing, kStarting}, {33, fault.what, kSafe, fault.reason, fault.flags}});
  }
}

TEST(SafeState, a_late_frame_alone_is_no_fault) {
  play(kRules, {{0, Do::kFrame, kRunning}, {33, Do::kFrame, kRunning, Fault::kNone, kFlagMissed}});
}

TEST(SafeState, beats_without_frames_are_not_enough_whatever_the_worker_says) {
  play(kRules, {{0, Do::kFrame, kRunning},
                {50, Do::kIdle, kRunning},
                {100, Do::kIdle, kRunning},
                {101, Do::kIdle, kSafe, Fault::kNoFrames}});
}

TEST(SafeState, a_write_that_never_ends_is_a_stall) {
  play(kRules, {{0, Do::kFrame, kRunning}, {60, Do::kTorn, kRunning}, {61, Do::kTorn, kSafe, Fault::kStalled}});
}

TEST(SafeState, a_watchdog_that_was_late_itself_blames_nobody) {
  World world(kRules);
  EXPECT_EQ(world.at({0, Do::kFrame, kRunning}).mode, kRunning);
  EXPECT_EQ(world.at({5000, Do::kFrame, kRunning}).mode, kRunning);  // it did not look for 5 s; the beat is new
}

TEST(SafeState, a_beat_from_the_future_does_not_buy_time) {
  SafeState state(kRules, 0ms);
  Beat beat{.beats = 1, .frames = 1, .written = 1h};
  EXPECT_EQ(state.step({.now = 10ms, .beat = beat}).mode, kRunning);
  EXPECT_EQ(state.step({.now = 71ms, .beat = beat}).reason, Fault::kStalled);
}

TEST(SafeState, comes_back_by_itself_when_time_and_frames_are_proven) {
  play(kRules, {{0, Do::kFrame, kRunning},
                {33, Do::kFrame, kSafe, Fault::kFrozen, kFlagFrozen},
                {66, Do::kFrame, kSafe, Fault::kFrozen},
                {116, Do::kFrame, kSafe, Fault::kFrozen},
                {166, Do::kFrame, kSafe, Fault::kFrozen},
                {216, Do::kFrame, kSafe, Fault::kFrozen},
                {265, Do::kFrame, kSafe, Fault::kFrozen},
                {266, Do::kNothing, kRunning}});
  // Time enough, frames too few.
  play(kRules, {{0, Do::kFrame, kRunning},
                {33, Do::kFrame, kSafe, Fault::kBlack, kFlagBlack},
                {60, Do::kFrame, kSafe, Fault::kBlack},
                {110, Do::kIdle, kSafe, Fault::kBlack},
                {150, Do::kFrame, kSafe, Fault::kBlack},
                {200, Do::kIdle, kSafe, Fault::kBlack},
                {240, Do::kFrame, kSafe, Fault::kBlack},
                {290, Do::kIdle, kSafe, Fault::kBlack},
                {300, Do::kFrame, kRunning}});
}

TEST(SafeState, another_fault_begins_the_proof_anew_and_does_not_change_the_reason) {
  play(kRules, {{0, Do::kFrame, kRunning},
                {33, Do::kFrame, kSafe, Fault::kFrozen, kFlagFrozen},
                {83, Do::kFrame, kSafe, Fault::kFrozen},
                {133, Do::kFrame, kSafe, Fault::kFrozen, kFlagNotFinite},
                {183, Do::kFrame, kSafe, Fault::kFrozen},
                {233, Do::kFrame, kSafe, Fault::kFrozen},
                {283, Do::kFrame, kSafe, Fault::kFrozen},
                {333, Do::kFrame, kSafe, Fault::kFrozen},
                {383, Do::kFrame, kRunning}});
}

TEST(SafeState, a_new_worker_proves_itself_as_well) {
  play(kRules, {{0, Do::kFrame, kRunning},
                {20, Do::kKill, kSafe, Fault::kKilled},
                {500, Do::kNothing, kSafe, Fault::kKilled},
                {600, Do::kRestart, kSafe, Fault::kKilled},
                {900, Do::kFrame, kSafe, Fault::kKilled},
                {950, Do::kFrame, kSafe, Fault::kKilled},
                {1000, Do::kFrame, kSafe, Fault::kKilled},
                {1050, Do::kFrame, kSafe, Fault::kKilled},
                {1100, Do::kFrame, kRunning}});
}

TEST(SafeState, a_worker_that_goes_on_proves_itself_as_well) {
  play(kRules, {{0, Do::kFrame, kRunning},
                {20, Do::kStop, kSafe, Fault::kStopped},
                {5000, Do::kContinue, kSafe, Fault::kStopped},
                {5010, Do::kFrame, kSafe, Fault::kStopped},
                {5060, Do::kFrame, kSafe, Fault::kStopped},
                {5110, Do::kFrame, kSafe, Fault::kStopped},
                {5160, Do::kFrame, kSafe, Fault::kStopped},
                {5210, Do::kFrame, kRunning}});
}

TEST(SafeState, returns_by_hand_only_when_healthy_and_asked) {
  play(with(ReturnRule::kManual, EndRule::kSafe), {{0, Do::kFrame, kRunning},
                                                   {33, Do::kFrame, kSafe, Fault::kFrozen, kFlagFrozen},
                                                   {83, Do::kFrame, kSafe, Fault::kFrozen},
                                                   {133, Do::kReset, kSafe, Fault::kFrozen},
                                                   {140, Do::kFrame, kSafe, Fault::kFrozen},
                                                   {190, Do::kFrame, kSafe, Fault::kFrozen},
                                                   {240, Do::kFrame, kSafe, Fault::kFrozen},
                                                   {290, Do::kFrame, kSafe, Fault::kFrozen},
                                                   {340, Do::kFrame, kSafe, Fault::kFrozen},
                                                   {350, Do::kReset, kRunning}});
}

TEST(SafeState, says_that_a_reset_was_refused) {
  World world(with(ReturnRule::kManual, EndRule::kSafe));
  world.at({0, Do::kFrame, kRunning});
  EXPECT_FALSE(world.at({10, Do::kReset, kRunning}).reset_refused);
  world.at({33, Do::kFrame, kSafe, Fault::kFrozen, kFlagFrozen});
  EXPECT_TRUE(world.at({40, Do::kReset, kSafe}).reset_refused);
}

TEST(SafeState, the_end_is_safe_and_stays_so) {
  play(kRules, {{0, Do::kFrame, kRunning},
                {10, Do::kEnd, kSafe, Fault::kEnded},
                {60, Do::kFrame, kSafe, Fault::kEnded},
                {110, Do::kFrame, kSafe, Fault::kEnded},
                {160, Do::kFrame, kSafe, Fault::kEnded},
                {400, Do::kFrame, kSafe, Fault::kEnded},
                {500, Do::kExit0, kSafe, Fault::kEnded}});
  play(kRules, {{0, Do::kFrame, kRunning}, {10, Do::kFinished, kSafe, Fault::kEnded}});
}

TEST(SafeState, an_end_that_leaves_the_outputs_is_safe_all_the_same_when_the_worker_dies_in_it) {
  const SafeRules rules = with(ReturnRule::kAuto, EndRule::kLeave);
  play(rules, {{0, Do::kFrame, kRunning},
               {10, Do::kFinished, kEnding},
               {900, Do::kNothing, kEnding},  // it flushes: no beats
               {910, Do::kExit0, kEnding}});
  play(rules, {{0, Do::kFrame, kRunning}, {10, Do::kEnd, kEnding}, {20, Do::kAbort, kSafe, Fault::kCrashed}});
  play(rules, {{0, Do::kFrame, kRunning}, {10, Do::kEnd, kEnding}, {20, Do::kExit3, kSafe, Fault::kExited}});
  play(rules, {{0, Do::kNothing, kStarting}, {10, Do::kEnd, kSafe, Fault::kEnded}});
}

TEST(SafeState, a_frame_that_makes_a_storm_is_a_fault_at_its_deadline_and_not_at_its_end) {
  SafeState state(kRules, 0ms);
  Beat beat{.beats = 1, .frames = 1, .written = 1ms};
  EXPECT_EQ(state.step({.now = 1ms, .beat = beat}).mode, Mode::kRunning);
  beat.beats = 2;
  beat.written = 10ms;
  beat.storm_at = 30ms;
  EXPECT_EQ(state.step({.now = 30ms, .beat = beat}).mode, Mode::kRunning);
  const Verdict verdict = state.step({.now = 31ms, .beat = beat});
  EXPECT_EQ(verdict.mode, Mode::kSafe);
  EXPECT_EQ(verdict.reason, Fault::kDeadlineStorm);
}

}  // namespace
}  // namespace hedge::guard
