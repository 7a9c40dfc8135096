// table[x] for 32 bytes, by VPSHUFB: sixteenths of the table, added up.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

/// Sixteenth t holds the difference (by exclusive or) from the one before, in each half of the table. x - 16 t is not
/// negative for all sixteenths up to the one of x, whose differences add up to it; for the others VPSHUFB gives 0. In
/// the half where x is not, 255 stands for it: negative for every t.
class Table {
 public:
  /// Too many instructions for the way out of a register tile.
  static constexpr bool kMayPass = false;
  static constexpr bool in_passing() { return false; }
  /// Null: none, and not to be looked into.
  explicit Table(const uint8_t* table) : present_(table != nullptr) {
    if (!present_) return;
    for (int t = 0; t < 16; ++t) {
      __m128i part = load(table + 16 * t);
      if (t % 8 != 0) part = _mm_xor_si128(part, load(table + 16 * (t - 1)));
      _mm_store_si128(reinterpret_cast<__m128i*>(differences_ + 16 * t), part);
    }
  }
  bool present() const { return present_; }

  __m256i operator[](__m256i x) const {
    __m256i low = if_positive(x), high = if_positive(_mm256_xor_si256(x, _mm256_set1_epi8(static_cast<int8_t>(0x80))));
    __m256i front = _mm256_setzero_si256(), back = front;
    for (int t = 0; t < 8; ++t) {
      front =
          _mm256_xor_si256(front, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load(differences_ + 16 * t)), low));
      back = _mm256_xor_si256(
          back, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load(differences_ + 16 * t + 128)), high));
      low = _mm256_sub_epi8(low, _mm256_set1_epi8(16));
      high = _mm256_sub_epi8(high, _mm256_set1_epi8(16));
    }
    return _mm256_xor_si256(front, back);
  }

  __m256i passing(__m256i x) const { return (*this)[x]; }

 private:
  static __m256i if_positive(__m256i x) { return _mm256_or_si256(x, _mm256_cmpgt_epi8(_mm256_setzero_si256(), x)); }
  static __m128i load(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

  bool present_;
  alignas(16) uint8_t differences_[256];
};

}  // namespace
