// The examples of FIPS 180-4's own test document, and that pieces give what the whole gives.
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace hedge::base {
namespace {

std::string of(const std::string& text) { return sha256_hex(std::as_bytes(std::span(text.data(), text.size()))); }

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(of(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesOfAnyLengthGiveTheSame) {
  std::string text;
  for (int k = 0; k < 300; ++k) text += static_cast<char>(k * 7);
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  for (std::size_t piece = 1; piece <= 130; ++piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      hash.update(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    EXPECT_EQ(to_hex(hash.finish()), of(text)) << piece;
  }
}

}  // namespace
}  // namespace hedge::base
