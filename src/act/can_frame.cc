#include "act/can_frame.h"

namespace hedge::act {
namespace {

std::uint8_t crc8_step(std::uint8_t crc, std::uint8_t byte) {
  crc ^= byte;
  for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint8_t>((crc << 1) ^ ((crc & 0x80) != 0 ? 0x1D : 0));
  return crc;
}

}  // namespace

std::uint8_t crc8_j1850(std::span<const std::uint8_t> bytes) {
  std::uint8_t crc = 0xFF;
  for (const std::uint8_t byte : bytes) crc = crc8_step(crc, byte);
  return static_cast<std::uint8_t>(~crc);
}

CanData make_can_data(const CanConfig& config, const Message& message) {
  const std::vector<std::byte>& value = config.values.of(message.command.state);
  CanData data{.size = static_cast<std::uint8_t>(value.size())};
  for (std::size_t k = 0; k < value.size(); ++k) data.bytes[k] = static_cast<std::uint8_t>(value[k]);
  if (config.counter_byte >= 0)
    data.bytes[static_cast<std::size_t>(config.counter_byte)] = static_cast<std::uint8_t>(message.sequence);
  if (config.checksum_byte < 0) return data;
  const auto at = static_cast<std::size_t>(config.checksum_byte);
  std::uint8_t crc = 0xFF;
  for (std::size_t k = 0; k < data.size; ++k)
    if (k != at) crc = crc8_step(crc, data.bytes[k]);
  data.bytes[at] = static_cast<std::uint8_t>(~crc);
  return data;
}

}  // namespace hedge::act
