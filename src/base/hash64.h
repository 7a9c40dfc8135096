// XXH3 with 64 bits (Yann Collet, https://github.com/Cyan4973/xxHash): names bytes by a number within a frame's time,
// at the speed of memory. It notices any accident; whoever wants to can make two inputs that agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hedge::base {

/// Of bytes in memory, at once.
std::uint64_t hash64(std::span<const std::byte> bytes);

/// Of `rows` rows of `row_bytes` each, `stride` bytes apart: the number of the same rows without gaps.
std::uint64_t hash64_of_rows(const std::byte* first, std::size_t row_bytes, std::size_t rows, std::size_t stride);

}  // namespace hedge::base
