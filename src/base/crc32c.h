// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), as in iSCSI (RFC 3720) and the engine file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hedge::base {

/// `seed` is the CRC of the bytes before these, so a long input may be fed in pieces.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);
/// The same on processors without an instruction for it.
std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes, std::uint32_t seed = 0);

}  // namespace hedge::base
