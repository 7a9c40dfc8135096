#include "act/datagram.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace hedge::act {
namespace {

Datagram sample() {
  return {.state = State::kOn,
          .repeat = true,
          .closing = false,
          .sequence = 0x0102030405060708,
          .clock = 0xCAFEBABE,
          .session = 0x12345678,
          .captured = std::chrono::nanoseconds(1'000'000'001),
          .decided = std::chrono::nanoseconds(1'020'000'002),
          .sent = std::chrono::nanoseconds(1'020'050'003),
          .rule = RuleName("brake").hash(),
          .value = -2};
}

/// The bytes in the first code block after "Test vector" of the format's text: hexadecimal until two spaces.
std::vector<std::byte> documented_bytes() {
  const auto text = base::read_text_file("docs/formats/actuator.md");
  if (!text) return {};
  std::vector<std::byte> bytes;
  std::size_t at = text->find("Test vector");
  at = text->find("\n    ", at);
  while (at != std::string::npos && text->compare(at, 5, "\n    ") == 0) {
    const std::size_t end = text->find('\n', at + 1);
    const std::string line = text->substr(at + 5, end - at - 5);
    const std::string digits = line.substr(0, line.find("  "));
    for (std::size_t k = 0; k + 1 < digits.size(); k += 3)
      bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(k, 2), nullptr, 16)));
    at = end;
  }
  return bytes;
}

TEST(Datagram, IsTheOneOfItsDocument) {
  const std::vector<std::byte> documented = documented_bytes();
  const DatagramBytes bytes = encode(sample());
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x} ", static_cast<int>(byte));
  ASSERT_EQ(documented.size(), kDatagramBytes) << hex;
  EXPECT_TRUE(std::ranges::equal(bytes, documented)) << hex;
  const auto decoded = decode(documented);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(*decoded, sample());
}

TEST(Datagram, AnyChangedBitIsNoticed) {
  for (std::size_t bit = 0; bit < 8 * kDatagramBytes; ++bit) {
    DatagramBytes bytes = encode(sample());
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    EXPECT_FALSE(decode(bytes).has_value()) << "bit " << bit;
  }
}

TEST(Datagram, AnotherSizeOrVersionSaysSo) {
  const DatagramBytes bytes = encode(sample());
  for (std::size_t size = 0; size < kDatagramBytes; ++size)
    EXPECT_FALSE(decode(std::span(bytes).first(size)).has_value()) << size;
  DatagramBytes newer = bytes;
  newer[4] = std::byte{2};
  ASSERT_FALSE(decode(newer).has_value());
  EXPECT_EQ(decode(newer).error().kind, base::ErrorKind::kUnsupported);
  EXPECT_EQ(decode(newer).error().message, "datagram of version 2; this build reads version 1");
}

TEST(RuleName, HashesTheWholeNameAndKeepsWholeCharacters) {
  EXPECT_EQ(RuleName("").hash(), 0u);
  EXPECT_EQ(RuleName("a").hash(), 0xaf63dc4c8601ec8cu);  // the published vector of FNV-1a
  const std::string longer = std::string(46, 'x') + "\u00e4" + "tail";
  EXPECT_EQ(RuleName(longer).text(), std::string(46, 'x'));
  EXPECT_NE(RuleName(longer).hash(), RuleName(longer + "s").hash());
  EXPECT_EQ(RuleName("brake").text(), "brake");
}

}  // namespace
}  // namespace hedge::act
