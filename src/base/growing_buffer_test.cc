// Bytes keep their values while the buffer moves, new ones are zero, and who shares them owns them.
#include "base/growing_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace hedge::base {
namespace {

TEST(GrowingBuffer, KeepsWhatIsThereAndAddsZeros) {
  GrowingBuffer buffer;
  std::size_t written = 0;
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{5} << 20, std::size_t{40} << 20}) {
    buffer.grow(size);
    ASSERT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 4096, 0u);
    for (std::size_t k = 0; k < written; k += 997) ASSERT_EQ(buffer.data()[k], static_cast<std::byte>(k % 251));
    for (std::size_t k = written; k < size; ++k) {
      ASSERT_EQ(buffer.data()[k], std::byte{0});
      buffer.data()[k] = static_cast<std::byte>(k % 251);
    }
    written = size;
  }
}

TEST(GrowingBuffer, WhoSharesTheBytesOwnsThem) {
  std::shared_ptr<const std::byte> bytes;
  {
    GrowingBuffer buffer;
    EXPECT_EQ(buffer.share(), nullptr);
    buffer.grow(10);
    buffer.data()[9] = std::byte{7};
    bytes = buffer.share();
    EXPECT_EQ(buffer.size(), 0u);
    buffer.grow(3);  // other bytes
    EXPECT_EQ(buffer.data()[2], std::byte{0});
  }
  EXPECT_EQ(bytes.get()[9], std::byte{7});
}

}  // namespace
}  // namespace hedge::base
