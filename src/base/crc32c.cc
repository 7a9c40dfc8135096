#include "base/crc32c.h"

#include <array>
#include <cstring>

namespace hedge::base {
namespace {

// Slicing-by-8: table k holds the CRC of a byte followed by k zero bytes, so eight bytes cost eight look-ups.
constexpr auto make_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82F63B78u : 0u);
    tables[0][i] = crc;
  }
  for (std::uint32_t i = 0; i < 256; ++i)
    for (int k = 1; k < 8; ++k) tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xFF];
  return tables;
}
constexpr auto kTables = make_tables();

#if defined(__x86_64__)
/// The processor's own instruction: every engine's weights pass here when it is loaded.
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(const unsigned char* at, std::size_t left,
                                                               std::uint32_t seed) {
  std::uint64_t crc = seed;
  for (; left >= 8; left -= 8, at += 8) {
    unsigned long long word;
    std::memcpy(&word, at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at) rest = __builtin_ia32_crc32qi(rest, *at);
  return rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    word ^= crc;
    crc = 0;
    for (int k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 0xFF];
  }
  for (; left > 0; --left, ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xFF];
  return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_instruction = (__builtin_cpu_init(), __builtin_cpu_supports("sse4.2") != 0);
  if (has_instruction)
    return ~by_instruction(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), ~seed);
#endif
  return crc32c_by_tables(bytes, seed);
}

}  // namespace hedge::base
