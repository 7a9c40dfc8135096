#include "act/latest_slot.h"

#include <gtest/gtest.h>

#include <thread>

namespace hedge::act {
namespace {

TEST(LatestSlot, TheNewestWinsAndWhatItReplacedIsTold) {
  LatestSlot<int> slot;
  EXPECT_EQ(slot.take(), nullptr);
  EXPECT_EQ(slot.put(1), nullptr);
  const int* replaced = slot.put(2);
  ASSERT_NE(replaced, nullptr);
  EXPECT_EQ(*replaced, 1);
  const int* taken = slot.take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 2);
  EXPECT_EQ(slot.take(), nullptr);
  EXPECT_EQ(slot.put(3), nullptr);
}

TEST(LatestSlot, BetweenThreadsNothingIsTornOrOldAndTheLastArrives) {
  struct Item {
    std::uint64_t a = 0, b = 0, c = 0;
  };
  constexpr std::uint64_t kCount = 300'000;
  LatestSlot<Item> slot;
  std::uint64_t replaced = 0;
  std::thread writer([&] {
    for (std::uint64_t k = 1; k <= kCount; ++k)
      if (slot.put({k, k * 3, ~k}) != nullptr) ++replaced;
  });
  std::uint64_t last = 0, taken = 0;
  while (last < kCount) {
    const Item* item = slot.take();
    if (item == nullptr) continue;
    ASSERT_GT(item->a, last);
    ASSERT_EQ(item->b, item->a * 3);
    ASSERT_EQ(item->c, ~item->a);
    last = item->a;
    ++taken;
  }
  writer.join();
  EXPECT_EQ(taken + replaced, kCount);
}

}  // namespace
}  // namespace hedge::act
