// Which bytes two tensors share, against counting them.
#include "program/footprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace hedge::program {
namespace {

std::set<std::uint64_t> bytes_of(const Footprint& place) {
  std::set<std::uint64_t> bytes;
  for (std::uint64_t row = 0; row < place.rows; ++row)
    for (std::uint64_t k = 0; k < place.row; ++k) bytes.insert(place.begin + row * place.pitch + k);
  return bytes;
}

TEST(Footprint, OverlapsWhereABytesBelongsToBoth) {
  std::minstd_rand random(5);
  const auto pick = [&](std::uint64_t low, std::uint64_t high) { return low + random() % (high - low + 1); };
  int beside = 0;
  for (int round = 0; round < 20000; ++round) {
    const auto place = [&](std::uint64_t pitch) {
      Footprint made{.begin = pick(0, 40), .rows = pick(1, 5), .row = pick(1, pitch), .pitch = pitch};
      if (made.rows == 1) made.pitch = made.row;
      return made;
    };
    const std::uint64_t pitch = pick(2, 12);
    const Footprint a = place(pitch), b = place(pick(0, 3) == 0 ? pick(2, 12) : pitch);
    const auto in_a = bytes_of(a), in_b = bytes_of(b);
    const bool shares = std::ranges::any_of(in_b, [&](std::uint64_t byte) { return in_a.contains(byte); });
    EXPECT_EQ(overlap(a, b), overlap(b, a));
    if (shares) EXPECT_TRUE(overlap(a, b));
    // Rows of another pitch, and runs among rows, count as one span: more is refused then, never less. So do the few
    // rows of one that end before the other's begin.
    const bool exact = (a.is_dense() && b.is_dense()) || (!a.is_dense() && !b.is_dense() && a.pitch == b.pitch);
    const std::uint64_t column = exact && !a.is_dense() ? column_between(a, b) : 0;
    const bool beside_each_other = exact && !a.is_dense() && column >= a.row && column + b.row <= a.pitch;
    if (exact && a.is_dense()) EXPECT_EQ(overlap(a, b), shares);
    if (beside_each_other) {
      EXPECT_FALSE(overlap(a, b));
      beside += a.begin < b.end() && b.begin < a.end() ? 1 : 0;
    }
  }
  EXPECT_GT(beside, 500) << "rows between rows";
}

}  // namespace
}  // namespace hedge::program
