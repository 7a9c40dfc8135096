// The worker's end of the heartbeat: says what it does, and asks whether it may act.
//
// Overruling. The watchdog closes the latch, then sends SAFE. The worker asks before each command and again after it
// (act()). What is left is a command for which the latch was open, and which reaches the receiver after the watchdog's
// first SAFE: at most one for each thread that sends. It stands until the worker's second look, which is as long as
// the sending takes; where the worker is stopped or dies between the two, until the watchdog's next repeat
// (`repeat_ms`). A worker that was stopped there for long and goes on later sends one old command: the repeat
// overrules it too, and receivers that look at the age of `captured` drop it.
#pragma once

#include <optional>

#include "guard/heartbeat.h"

namespace hedge::guard {

inline constexpr const char* kHeartbeatVariable = "HEDGE_HEARTBEAT_FD";

enum class Permission {
  kAct,
  kOverruled,  ///< the watchdog has put the outputs into SAFE: repeat SAFE, or be silent
  kUnwatched,  ///< the watchdog gave no sign of life for too long: the worker itself has to send SAFE
};

struct FrameTimes {
  std::uint64_t index = 0;
  nanoseconds captured{0}, decided{0}, actuated{0};
};

class WorkerLink {
 public:
  /// Nothing where no watchdog started this process. `unwatched_after`: how old a sign of life of the watchdog may be.
  static base::Result<std::optional<WorkerLink>> from_environment(
      nanoseconds unwatched_after = std::chrono::milliseconds(250));
  WorkerLink(HeartbeatMemory memory, nanoseconds unwatched_after);

  // One thread gives the beats. None of these blocks, allocates or calls the operating system, but for the clock.
  void frame(const FrameTimes& times, std::uint32_t flags) noexcept;
  /// Alive between two frames and within one: at least every third of `stall_ms`. What frame() said of the newest
  /// frame's answer and time still holds; what is said of the camera is as of now.
  /// `storm_at`: of the frame in process, see Beat.
  void idle(std::uint32_t flags, nanoseconds storm_at = nanoseconds(0)) noexcept;
  void stop(StopReason reason) noexcept;

  /// From any thread.
  Permission permission() const noexcept;

  /// `send()` where it is allowed, `send_safe()` where it is not, or is no more once it was sent. True: it stands.
  template <class Send, class SendSafe>
  bool act(Send&& send, SendSafe&& send_safe) const {
    if (permission() == Permission::kAct) {
      send();
      if (permission() == Permission::kAct) return true;
    }
    send_safe();
    return false;
  }

 private:
  void give(std::uint32_t flags) noexcept;

  HeartbeatMemory memory_;
  nanoseconds unwatched_after_;
  Beat beat_;
  std::uint32_t frame_flags_ = 0;
};

}  // namespace hedge::guard
