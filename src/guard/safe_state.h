// Whether the outputs are SAFE, why, and how they come back: a state machine without a clock, a process or an output.
//
//     STARTING --first healthy frame--> RUNNING --fault--> SAFE --proven healthy, and allowed--> RUNNING
//     STARTING --fault--> SAFE          any --end--> SAFE for good, or ENDING (at_end = "leave") --death--> SAFE
//
// In STARTING and SAFE the outputs are SAFE and the worker is overruled. Everything is measured in time, so a slow
// camera or a late watchdog changes nothing; what was counted by the worker between two steps is never missed.
#pragma once

#include <optional>

#include "guard/heartbeat.h"

namespace hedge::guard {

using std::chrono::milliseconds;

enum class Mode { kStarting, kRunning, kSafe, kEnding };
enum class ReturnRule { kAuto, kManual };
enum class EndRule { kSafe, kLeave };

const char* to_string(Mode mode);

struct SafeRules {
  nanoseconds stall = milliseconds(60);       ///< no heartbeat for so long
  nanoseconds no_frames = milliseconds(100);  ///< no frame decided on for so long
  nanoseconds start = milliseconds(10000);    ///< from the worker's start to its first frame
  ReturnRule back = ReturnRule::kAuto;
  nanoseconds healthy = milliseconds(2000);  ///< without any fault, before SAFE ends
  int healthy_frames = 30;                   ///< decided on in that time, at least
  EndRule at_end = EndRule::kSafe;
};

enum class ChildState { kRunning, kStopped, kEnded };

/// What is known at one moment.
struct Seen {
  nanoseconds now{0};
  std::optional<Beat> beat;  ///< nothing: the worker was in the middle of writing it
  ChildState child = ChildState::kRunning;
  int signal = 0;       ///< that ended the child; 0: it exited
  int exit_status = 0;  ///< where it exited
  bool reset = false;   ///< somebody asks that SAFE ends (return = "manual")
  bool end = false;     ///< the program is to end: now or before
};

struct Verdict {
  Mode mode = Mode::kStarting;
  Fault reason = Fault::kNone;   ///< in SAFE: why it began
  Fault present = Fault::kNone;  ///< what is wrong now; may be nothing while SAFE waits for its end
  bool changed = false;          ///< the mode, by this step
  bool reset_refused = false;    ///< a reset came while the worker was not proven healthy

  bool safe() const { return mode == Mode::kStarting || mode == Mode::kSafe; }
};

class SafeState {
 public:
  SafeState(const SafeRules& rules, nanoseconds now);

  /// A worker was started, the first or another one.
  void worker_started(nanoseconds now);
  Verdict step(const Seen& seen);

  /// How long the present silence lasts; for messages.
  nanoseconds silence(nanoseconds now) const { return now - alive_; }

 private:
  void observe(const Seen& seen);
  Fault fault(const Seen& seen) const;
  bool proven(const Seen& seen) const;
  Mode next(const Seen& seen, Fault present);

  SafeRules rules_;
  Mode mode_ = Mode::kStarting;
  Fault reason_ = Fault::kNone;
  bool ending_ = false;
  Beat beat_;                    ///< the newest
  std::uint32_t raised_now_ = 0; /**< flags set in any beat since the last step */
  nanoseconds started_, alive_, last_frame_;
  std::optional<nanoseconds> healthy_since_;
  std::uint64_t healthy_from_frame_ = 0;
};

}  // namespace hedge::guard
