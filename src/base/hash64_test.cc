#include "base/hash64.h"

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace hedge::base {
namespace {

TEST(Hash64, IsXxh3) {
  // XXH3_64bits without a seed, as libxxhash 0.8 gives it: these numbers stand in files, so they may never change.
  EXPECT_EQ(hash64({}), 0x2D06800538D394C2u);
  constexpr std::string_view kText = "xxhash";
  EXPECT_EQ(hash64(std::as_bytes(std::span(kText))), 0xAA4C2B42AE6B13DEu);
}

TEST(Hash64, DoesNotSeeTheGapsBetweenRows) {
  std::vector<std::byte> dense(96 * 57), padded(100 * 57, std::byte{0xEE});
  for (std::size_t k = 0; k < dense.size(); ++k) {
    dense[k] = static_cast<std::byte>(k * 31 >> 3);
    padded[k / 96 * 100 + k % 96] = dense[k];
  }
  const std::uint64_t expected = hash64(dense);
  EXPECT_EQ(hash64_of_rows(dense.data(), 96, 57, 96), expected);
  EXPECT_EQ(hash64_of_rows(padded.data(), 96, 57, 100), expected);
  padded[50] ^= std::byte{1};
  EXPECT_NE(hash64_of_rows(padded.data(), 96, 57, 100), expected);
}

}  // namespace
}  // namespace hedge::base
