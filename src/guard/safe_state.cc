#include "guard/safe_state.h"

#include <csignal>

#include <algorithm>

namespace hedge::guard {
namespace {

struct FlagFault {
  Flag flag;
  Fault fault;
};
// In the order in which they are told where several hold.
constexpr FlagFault kFlagFaults[] = {
    {kFlagNotFinite, Fault::kNotFinite}, {kFlagFrozen, Fault::kFrozen},       {kFlagBlack, Fault::kBlack},
    {kFlagNoFrames, Fault::kNoFrames},   {kFlagStorm, Fault::kDeadlineStorm}, {kFlagOverload, Fault::kOverload},
};

enum class Event { kNothing, kHealthyFrame, kFault, kProven, kEndSafe, kEndLeave };

struct Transition {
  Mode from;
  Event event;
  Mode to;
};
constexpr Transition kTransitions[] = {
    {Mode::kStarting, Event::kHealthyFrame, Mode::kRunning},
    {Mode::kStarting, Event::kFault, Mode::kSafe},
    {Mode::kStarting, Event::kEndSafe, Mode::kSafe},
    {Mode::kStarting, Event::kEndLeave, Mode::kSafe},  // nothing was decided: there is nothing to leave
    {Mode::kRunning, Event::kFault, Mode::kSafe},
    {Mode::kRunning, Event::kEndSafe, Mode::kSafe},
    {Mode::kRunning, Event::kEndLeave, Mode::kEnding},
    {Mode::kSafe, Event::kProven, Mode::kRunning},
    {Mode::kEnding, Event::kFault, Mode::kSafe},
};

}  // namespace

const char* to_string(Mode mode) {
  switch (mode) {
    case Mode::kStarting: return "STARTING";
    case Mode::kRunning: return "RUNNING";
    case Mode::kSafe: return "SAFE";
    case Mode::kEnding: return "ENDING";
  }
  return "?";
}

SafeState::SafeState(const SafeRules& rules, nanoseconds now)
    : rules_(rules), started_(now), alive_(now), last_frame_(now) {}

void SafeState::worker_started(nanoseconds now) {
  started_ = alive_ = last_frame_ = now;
  beat_ = Beat{};
  healthy_since_.reset();
}

void SafeState::observe(const Seen& seen) {
  raised_now_ = 0;
  if (!seen.beat || seen.beat->beats == beat_.beats) return;
  const Beat& beat = *seen.beat;
  for (std::size_t k = 0; k < kFlagCount; ++k)
    if (beat.raised[k] != beat_.raised[k]) raised_now_ |= 1U << k;
  // The worker's own time is exact, ours is late by a poll; a time that lies ahead is none.
  alive_ = std::max(alive_, std::min(beat.written, seen.now));
  if (beat.frames != beat_.frames) last_frame_ = std::max(last_frame_, std::min(beat.written, seen.now));
  beat_ = beat;
}

Fault SafeState::fault(const Seen& seen) const {
  if (seen.child == ChildState::kEnded) {
    if (beat_.stop == StopReason::kConfiguration) return Fault::kConfiguration;
    if (seen.signal == SIGKILL) return Fault::kKilled;
    if (seen.signal != 0) return Fault::kCrashed;
    return ending_ && seen.exit_status == 0 ? Fault::kNone : Fault::kExited;
  }
  if (beat_.stop == StopReason::kConfiguration) return Fault::kConfiguration;
  if (beat_.stop == StopReason::kError) return Fault::kWorkerError;
  if (ending_) return Fault::kNone;  // it flushes and closes: the watchdog bounds that by `stop_ms`
  if (seen.child == ChildState::kStopped) return Fault::kStopped;
  const bool started = beat_.frames > 0;  // before that it loads a model and opens a camera: `start` bounds it
  if (!started && seen.now - started_ > rules_.start) return Fault::kNotStarted;
  if (started && seen.now - alive_ > rules_.stall) return Fault::kStalled;
  for (const auto& [flag, fault] : kFlagFaults)
    if (((raised_now_ | beat_.flags) & flag) != 0 && (started || flag != kFlagNoFrames)) return fault;
  if (!started) return Fault::kNone;
  if (beat_.storm_at != nanoseconds(0) && seen.now > beat_.storm_at) return Fault::kDeadlineStorm;
  return seen.now - last_frame_ > rules_.no_frames ? Fault::kNoFrames : Fault::kNone;
}

bool SafeState::proven(const Seen& seen) const {
  return healthy_since_ && seen.now - *healthy_since_ >= rules_.healthy &&
         beat_.frames - healthy_from_frame_ >= static_cast<std::uint64_t>(rules_.healthy_frames);
}

Mode SafeState::next(const Seen& seen, Fault present) {
  Event event = Event::kNothing;
  const bool allowed = rules_.back == ReturnRule::kAuto || seen.reset;
  if (ending_ && mode_ == Mode::kRunning && present == Fault::kNone)
    event = rules_.at_end == EndRule::kLeave ? Event::kEndLeave : Event::kEndSafe;
  else if (ending_ && mode_ == Mode::kStarting)
    event = Event::kEndSafe;
  else if (present != Fault::kNone)
    event = Event::kFault;
  else if (mode_ == Mode::kStarting && beat_.frames > 0)
    event = Event::kHealthyFrame;
  else if (mode_ == Mode::kSafe && !ending_ && allowed && proven(seen))
    event = Event::kProven;
  for (const auto& [from, on, to] : kTransitions)
    if (from == mode_ && on == event) {
      if (to == Mode::kSafe) reason_ = present != Fault::kNone ? present : Fault::kEnded;
      return to;
    }
  return mode_;
}

Verdict SafeState::step(const Seen& seen) {
  observe(seen);
  ending_ = ending_ || seen.end || beat_.stop == StopReason::kFinished;
  const Fault present = fault(seen);
  if (present != Fault::kNone || beat_.frames == 0 || ending_) {
    healthy_since_.reset();
  } else if (!healthy_since_) {
    healthy_since_ = seen.now;
    healthy_from_frame_ = beat_.frames;
  }
  Verdict verdict{.present = present};
  verdict.reset_refused = seen.reset && mode_ == Mode::kSafe && (present != Fault::kNone || !proven(seen));
  const Mode before = mode_;
  mode_ = next(seen, present);
  verdict.mode = mode_;
  verdict.reason = mode_ == Mode::kSafe ? reason_ : Fault::kNone;
  verdict.changed = mode_ != before;
  return verdict;
}

}  // namespace hedge::guard
