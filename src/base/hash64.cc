#include "base/hash64.h"

#define XXH_INLINE_ALL  // nothing of it may be needed where a device's program is installed
#include <xxhash.h>

namespace hedge::base {

std::uint64_t hash64(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t hash64_of_rows(const std::byte* first, std::size_t row_bytes, std::size_t rows, std::size_t stride) {
  if (row_bytes == stride) return hash64({first, row_bytes * rows});
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (std::size_t row = 0; row < rows; ++row) XXH3_64bits_update(&state, first + row * stride, row_bytes);
  return XXH3_64bits_digest(&state);
}

}  // namespace hedge::base
