// table[x] for 64 bytes: VPERMI2B looks up among 128, the top bit of x chooses between two of them.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

class Table {
 public:
  static constexpr bool kInPassing = true;  ///< cheap enough for the way out of a register tile
  /// Null: none, and not to be looked into.
  explicit Table(const uint8_t* table) : table_(table) {}
  bool present() const { return table_ != nullptr; }

  __m512i operator[](__m512i x) const {
    const __m512i low = _mm512_permutex2var_epi8(part(0), x, part(1));
    const __m512i high = _mm512_permutex2var_epi8(part(2), x, part(3));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
  }

 private:
  __m512i part(int k) const { return _mm512_loadu_si512(table_ + 64 * k); }

  const uint8_t* table_;
};

}  // namespace
