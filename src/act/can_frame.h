// The bytes of an actuator's CAN frame: the configured ones, with a counter and a checksum where the table asks for
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "act/config.h"
#include "act/message.h"

namespace hedge::act {

struct CanData {
  std::array<std::uint8_t, 8> bytes{};
  std::uint8_t size = 0;
};

CanData make_can_data(const CanConfig& config, const Message& message);

/// CRC-8 of SAE J1850: polynomial 0x1D, begins with 0xFF, inverted at the end.
std::uint8_t crc8_j1850(std::span<const std::uint8_t> bytes);

}  // namespace hedge::act
