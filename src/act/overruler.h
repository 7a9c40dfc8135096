// Who may overrule what an actuator was asked for: the watchdog, through guard's latch. Asked before each message and
// again after it, repeats included, by whatever thread sends.
#pragma once

#include <cstdint>

namespace hedge::act {

enum class Ruling : std::uint8_t {
  kAsAsked,  ///< the command goes out as it was given
  kSafe,     ///< SAFE goes out in its place
  kSilent,   ///< nothing goes out: another process speaks
};

class Overruler {
 public:
  virtual ~Overruler() = default;
  /// From any thread; neither blocks nor allocates.
  virtual Ruling ruling() const noexcept = 0;
};

}  // namespace hedge::act
