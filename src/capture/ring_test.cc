// The ring's invariants, on random streams: bytes always, time where bytes allow, whole groups, and what a reader sees.
#include "capture/ring.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace hedge::capture {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> content(std::int64_t number, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t k = 0; k < size; ++k) bytes[k] = static_cast<std::byte>(number * 31 + static_cast<std::int64_t>(k));
  return bytes;
}

TEST(Ring, NeverHoldsMoreBytesAndKeepsTheTimeWhereTheyAllow) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
    const auto bytes_max = static_cast<std::size_t>(pick(500, 20000));
    const nanoseconds keep = pick(0, 5000) * 1ms;
    const int unit_max = pick(1, 900);
    Ring ring(bytes_max);
    std::map<std::int64_t, std::pair<nanoseconds, bool>> given;  // content number -> what it was
    nanoseconds now = 0ms, group_begin = 0ms, longest_group = 0ms;
    bool held = false;
    std::size_t largest_group = 0, group = 0;
    for (std::int64_t number = 0; number < 600; ++number) {
      now += pick(1, 200) * 1ms;
      const bool key = number == 0 || !held || pick(0, 9) == 0;
      const auto bytes = content(number, static_cast<std::size_t>(pick(1, unit_max)));
      if (key) {
        longest_group = std::max(longest_group, now - group_begin);
        group_begin = now;
        group = 0;
      }
      group += bytes.size();
      largest_group = std::max(largest_group, group);
      held = ring.push({.bytes = bytes, .time = now, .key = key}, now - keep);
      const Ring::Extent extent = ring.extent();
      ASSERT_LE(extent.bytes, bytes_max);
      if (!held) {
        ASSERT_TRUE(bytes.size() > bytes_max || extent.units == 0);
        continue;
      }
      ASSERT_EQ(extent.end, now);
      // Not longer than wanted by more than a group; not shorter unless the bytes were needed.
      ASSERT_LE(now - extent.begin, keep + std::max(longest_group, now - group_begin) + 200ms) << seed;
      const bool room = extent.bytes + largest_group + static_cast<std::size_t>(unit_max) < bytes_max;
      if (room && number > 0 && keep < now - 1ms && extent.begin > 200ms) {
        ASSERT_GE(now - extent.begin, keep) << seed << ' ' << number;
      }
      // It begins with a key frame and holds what was pushed, byte for byte, in order.
      auto cursor = ring.find(nanoseconds(0));
      ASSERT_TRUE(cursor.has_value());
      if (number % 37 != 0) continue;
      Ring::Unit unit;
      std::int64_t units = 0;
      for (; ring.read(*cursor, unit) == Ring::Read::kUnit; ++*cursor, ++units) {
        EXPECT_TRUE(units > 0 || unit.key);
        const std::int64_t shown = number - (extent.units - 1) + units;
        ASSERT_EQ(unit.bytes, content(shown, unit.bytes.size()));
      }
      EXPECT_EQ(units, extent.units);
    }
  }
}

TEST(Ring, FindsTheGroupThatShowsATime) {
  Ring ring(1000);
  EXPECT_FALSE(ring.find(0s).has_value());
  const std::vector<std::byte> bytes(10);
  for (int k = 0; k < 9; ++k) ring.push({.bytes = bytes, .time = k * 1s, .key = k % 3 == 0}, -1s);
  EXPECT_EQ(ring.find(-5s), 0);
  EXPECT_EQ(ring.find(0s), 0);
  EXPECT_EQ(ring.find(2900ms), 0);
  EXPECT_EQ(ring.find(3s), 3);
  EXPECT_EQ(ring.find(99s), 6);
}

TEST(Ring, AReaderLearnsThatItWasOvertaken) {
  Ring ring(100);
  const std::vector<std::byte> bytes(40);
  Ring::Unit unit;
  for (int k = 0; k < 2; ++k) ring.push({.bytes = bytes, .time = k * 1s, .key = true}, 0s);
  EXPECT_EQ(ring.read(0, unit), Ring::Read::kUnit);
  EXPECT_EQ(ring.read(2, unit), Ring::Read::kNotYet);
  ring.push({.bytes = bytes, .time = 2s, .key = true}, 0s);
  EXPECT_EQ(ring.read(0, unit), Ring::Read::kOvertaken);
  EXPECT_EQ(ring.read(2, unit), Ring::Read::kUnit);
  ring.clear();
  EXPECT_EQ(ring.read(3, unit), Ring::Read::kOvertaken);  // it waited for the next, which is of another video
}

TEST(Ring, WhatFollowsNothingIsRefused) {
  Ring ring(100);
  const std::vector<std::byte> small(40), large(101);
  EXPECT_FALSE(ring.push({.bytes = small, .time = 0s, .key = false}, 0s));
  EXPECT_TRUE(ring.push({.bytes = small, .time = 1s, .key = true}, 0s));
  EXPECT_TRUE(ring.push({.bytes = small, .time = 2s, .key = false}, 0s));
  EXPECT_FALSE(ring.push({.bytes = small, .time = 3s, .key = false}, 0s));  // its own group had to go
  EXPECT_FALSE(ring.push({.bytes = large, .time = 4s, .key = true}, 0s));
  EXPECT_EQ(ring.extent().bytes, 0u);
}

}  // namespace
}  // namespace hedge::capture
