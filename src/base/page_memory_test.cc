#include "base/page_memory.h"
#include "base/sanitizer.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/sanitizer.h"

namespace hedge::base {
namespace {

TEST(PageMemory, IsZeroAndWritableToTheLastByte) {
  for (const bool huge : {false, true})
    for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, kHugePageBytes + 5, 3 * kHugePageBytes}) {
      auto memory = PageMemory::create(size, {.huge = huge});
      ASSERT_TRUE(memory.has_value()) << memory.error().message;
      ASSERT_EQ(memory->size(), size);
      EXPECT_TRUE(std::all_of(memory->data(), memory->data() + size, [](std::byte b) { return b == std::byte{0}; }));
      std::fill_n(memory->data(), size, std::byte{7});
      const auto address = reinterpret_cast<std::uintptr_t>(memory->data());
      EXPECT_TRUE(!huge || address % kHugePageBytes == 0);
    }
}

TEST(PageMemory, PrefaultBringsEveryPageIn) {
  constexpr std::size_t kSize = std::size_t{3} << 20;
  const auto lazy = PageMemory::create(kSize, {});
  const auto eager = PageMemory::create(kSize, {.prefault = true});
  ASSERT_TRUE(lazy.has_value() && eager.has_value());
  EXPECT_LT(lazy->resident().bytes, kSize);
  EXPECT_EQ(eager->resident().bytes, kSize);
}

TEST(PageMemory, HugePagesCostAtMostHalfAHugePage) {
  for (const std::size_t size : {std::size_t{100} << 10, std::size_t{1500} << 10, std::size_t{2200} << 10}) {
    const auto memory = PageMemory::create(size, {.huge = true, .prefault = true});
    ASSERT_TRUE(memory.has_value());
    const auto resident = memory->resident();
    EXPECT_GE(resident.bytes, size);
    EXPECT_LE(resident.bytes, size + kHugePageBytes / 2 + 4096);
    EXPECT_LE(resident.huge_bytes, resident.bytes);
    EXPECT_TRUE(size >= kHugePageBytes / 2 || resident.huge_bytes == 0);
  }
}

TEST(PageMemory, ALockIsGrantedOrSaysWhyNot) {
  const auto memory = PageMemory::create(64 << 10, {.lock = true});
  ASSERT_TRUE(memory.has_value());
  const bool locked = memory->lock_refusal().empty() && !kPretendsToLock;
  EXPECT_TRUE(!locked || memory->resident().bytes >= std::size_t{64} << 10);  // mlock brings the pages in
  EXPECT_EQ(memory->lock_refusal().find('\n'), std::string::npos);
}

TEST(PageMemory, ReadingAheadLeavesTheBytes) {
  std::vector<std::byte> bytes(100'000, std::byte{5});
  prefault_for_reading(bytes);
  EXPECT_EQ(std::ranges::count(bytes, std::byte{5}), 100'000);
  prefault_for_reading({});
}

TEST(PageMemory, MoreThanTheAddressSpaceIsAnError) {
  const auto memory = PageMemory::create(std::size_t{1} << 62, {});
  ASSERT_FALSE(memory.has_value());
  EXPECT_EQ(memory.error().kind, ErrorKind::kResourceLimit);
}

}  // namespace
}  // namespace hedge::base
