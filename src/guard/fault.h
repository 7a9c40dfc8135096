// What can go wrong between the camera and the actuator, by name. The numbers stand in messages and logs: append only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hedge::guard {

enum class Fault : std::uint8_t {
  kNone = 0,
  kKilled = 1,          ///< the worker got SIGKILL: from a person, or from the kernel for want of memory
  kCrashed = 2,         ///< the worker died of another signal
  kExited = 3,          ///< the worker ended by itself, unasked
  kStopped = 4,         ///< SIGSTOP, or a debugger
  kStalled = 5,         ///< lives, and gave no heartbeat for `stall_ms`
  kNotStarted = 6,      ///< no frame decided on within `start_ms` of its start
  kConfiguration = 7,   ///< the worker says that its configuration is wrong
  kWorkerError = 8,     ///< the worker says that it met an error and ends
  kNotFinite = 9,       ///< the model answered NaN or infinity
  kFrozen = 10,         ///< the camera gives the same picture
  kBlack = 11,          ///< the camera gives a black picture
  kNoFrames = 12,       ///< the camera gives no picture
  kDeadlineStorm = 13,  ///< the deadline was missed N times of M
  kOverload = 14,       ///< the degradation ladder is at its end
  kEnded = 15,          ///< no fault: the program was asked to end, or its source did
};

/// One word or two for people and logs: "camera frozen".
const char* to_string(Fault fault);

/// What a worker says of its present frame, or of the lack of one. Bits of Beat::flags.
enum Flag : std::uint32_t {
  kFlagNotFinite = 1U << 0,
  kFlagFrozen = 1U << 1,
  kFlagBlack = 1U << 2,
  kFlagNoFrames = 1U << 3,
  kFlagStorm = 1U << 4,
  kFlagOverload = 1U << 5,
  kFlagMissed = 1U << 6,  ///< this frame missed its deadline; alone no fault
};
inline constexpr std::size_t kFlagCount = 7;

}  // namespace hedge::guard
