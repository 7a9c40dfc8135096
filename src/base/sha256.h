// SHA-256 (FIPS 180-4): names the bytes of a file so that any later change shows. Plain C++, some 200 MB/s.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"

namespace hedge::base {

class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  void update(std::span<const std::byte> bytes);
  /// The digest of all bytes so far; the object is used up.
  Digest finish();

 private:
  void block(const std::uint8_t* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t size_ = 0;  // bytes so far
};

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256::Digest& digest);
std::string sha256_hex(std::span<const std::byte> bytes);
/// Of a regular file, read in pieces.
Result<std::string> sha256_file(const std::filesystem::path& path);

}  // namespace hedge::base
