// Where the watchdog sends SAFE: an output of its own, opened before the worker starts.
#pragma once

#include <cstdint>
#include <string>

#include "guard/fault.h"
#include "guard/heartbeat.h"

namespace hedge::guard {

struct SafeCommand {
  Fault reason = Fault::kNone;   ///< why SAFE began; kNone: nothing was decided yet
  Fault present = Fault::kNone;  ///< what is wrong now
  nanoseconds since{0};          ///< CLOCK_MONOTONIC: when the watchdog put the outputs into SAFE
  nanoseconds captured{0};       ///< of the newest frame that the worker decided on; 0: none
  bool repeat = false;           ///< told before
  bool closing = false;          ///< the watchdog's last one
};

class SafeSink {
 public:
  virtual ~SafeSink() = default;
  /// False: not sent; it is tried again at the next poll. May not block: with several outputs the next one waits.
  virtual bool send(const SafeCommand& command) noexcept = 0;
  /// SAFE is over, from here on the worker speaks: what would still be repeated or sent later is not.
  virtual void release() noexcept {}
  /// For messages: the actuator's name.
  virtual std::string name() const = 0;
};

}  // namespace hedge::guard
