#include "format/npy.h"

#include <gtest/gtest.h>

namespace hedge::format {
namespace {

using tensor::Shape;
using tensor::Tensor;

TEST(Npy, WhatIsWrittenIsReadBack) {
  const Tensor x = Tensor::of<float>(Shape{2, 3}, {1, 2, 3, 4, 5, 6});
  const auto read = decode_npy(encode_npy(x));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_TRUE(read->type() == x.type());
  EXPECT_TRUE(std::ranges::equal(read->bytes(), x.bytes()));
  const auto scalar = decode_npy(encode_npy(Tensor::scalar<std::int64_t>(7)));
  ASSERT_TRUE(scalar.has_value());
  EXPECT_EQ(scalar->as<std::int64_t>()[0], 7);
}

TEST(Npy, EveryTruncationIsAnError) {
  const auto bytes = encode_npy(Tensor::of<float>(Shape{4}, {1, 2, 3, 4}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_npy(std::span(bytes).first(size)).has_value()) << size;
}

TEST(Npy, AHugeShapeAllocatesNothing) {
  auto bytes = encode_npy(Tensor::of<float>(Shape{4}, {1, 2, 3, 4}));
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t at = text.find("(4,)");
  for (std::size_t k = 0; k < 3; ++k) bytes[at + 1 + k] = std::byte{'9'};
  EXPECT_FALSE(decode_npy(bytes).has_value());
}

}  // namespace
}  // namespace hedge::format
