// The UDP datagram of an actuator, version 1: 64 bytes, little-endian, as docs/formats/actuator.md specifies them.
// Encoder and decoder for senders, receivers, tests and latency measurements.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "act/command.h"
#include "base/result.h"

namespace hedge::act {

inline constexpr std::size_t kDatagramBytes = 64;
inline constexpr std::uint8_t kDatagramVersion = 1;

using DatagramBytes = std::array<std::byte, kDatagramBytes>;

struct Datagram {
  State state = State::kOff;
  bool repeat = false;         ///< the state of a datagram before, sent again
  bool closing = false;        ///< the sender's last one
  std::uint64_t sequence = 0;  ///< grows by one with each message of a session; a lower one is older
  std::uint32_t clock = 0;     ///< who shares it shares the steady clock: of the boot of the machine
  std::uint32_t session = 0;   ///< differs each time that an actuator is created
  std::chrono::nanoseconds captured{0}, decided{0}, sent{0};  ///< the sender's steady clock; 0: not known
  std::uint64_t rule = 0;                                     ///< RuleName::hash()
  std::int32_t value = 0;                                     ///< what the actuator's table gives for the state

  bool operator==(const Datagram&) const = default;
};

DatagramBytes encode(const Datagram& datagram);

/// kInvalid for another size, magic, checksum or state; kUnsupported for another version.
base::Result<Datagram> decode(std::span<const std::byte> bytes);

/// What stands in Datagram::clock for this machine since it was booted.
std::uint32_t clock_id();

}  // namespace hedge::act
