#include "guard/fault.h"

namespace hedge::guard {

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::kNone: return "no fault";
    case Fault::kKilled: return "worker killed";
    case Fault::kCrashed: return "worker crashed";
    case Fault::kExited: return "worker exited";
    case Fault::kStopped: return "worker stopped";
    case Fault::kStalled: return "worker stalled";
    case Fault::kNotStarted: return "worker did not start";
    case Fault::kConfiguration: return "bad configuration";
    case Fault::kWorkerError: return "worker error";
    case Fault::kNotFinite: return "output not finite";
    case Fault::kFrozen: return "camera frozen";
    case Fault::kBlack: return "camera black";
    case Fault::kNoFrames: return "no frames";
    case Fault::kDeadlineStorm: return "deadline missed";
    case Fault::kOverload: return "overload";
    case Fault::kEnded: return "ended";
  }
  return "unknown fault";
}

}  // namespace hedge::guard
