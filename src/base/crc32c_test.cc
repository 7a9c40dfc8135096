// The checksum against the published vectors (RFC 3720, B.4), by the processor's instruction and by tables.
#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace hedge::base {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(Crc32c, HasThePublishedValues) {
  EXPECT_EQ(crc32c(std::vector<std::byte>(32)), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43u);
  EXPECT_EQ(crc32c(bytes_of({'1', '2', '3', '4', '5', '6', '7', '8', '9'})), 0xE3069283u);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32c, TablesInstructionAndPiecesAgree) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(300);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  const std::span<const std::byte> all(bytes);
  for (std::size_t size = 0; size < all.size(); ++size) {
    const auto part = all.first(size);
    EXPECT_EQ(crc32c(part), crc32c_by_tables(part)) << size << " bytes";
    EXPECT_EQ(crc32c(part.subspan(size / 3), crc32c(part.first(size / 3))), crc32c(part)) << size << " bytes";
  }
}

}  // namespace
}  // namespace hedge::base
