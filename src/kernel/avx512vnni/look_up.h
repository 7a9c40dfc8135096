// table[x] for 64 bytes: with VBMI VPERMI2B looks up among 128, the top bit of x chooses between two of them; without
// it by VPSHUFB, sixteenths of the table, added up. Which of both a processor can is asked when the program runs, so
// that one copy of the convolutions serves both families.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernel/avx512vnni/table_by.h"

namespace {

/// VPSHUFB: sixteenth t holds the difference (by exclusive or) from the one before, in each half of the table. x - 16 t
/// is not negative for all sixteenths up to the one of x, whose differences add up to it; for the others VPSHUFB gives
/// 0. In the half where x is not, 255 stands for it: negative for every t.
class Table {
 public:
  static constexpr bool kMayPass = true;
  /// Null: none, and not to be looked into.
  Table(const uint8_t* table, hedge::kernel::TableBy by)
      : table_(table), permutes_(by == hedge::kernel::TableBy::kPermutes) {
    if (!present() || permutes_) return;
    for (int t = 0; t < 16; ++t) {
      __m128i part = load(table + 16 * t);
      if (t % 8 != 0) part = _mm_xor_si128(part, load(table + 16 * (t - 1)));
      _mm_store_si128(reinterpret_cast<__m128i*>(differences_ + 16 * t), part);
    }
  }
  bool present() const { return table_ != nullptr; }
  /// Cheap enough for the way out of a register tile; shuffles are too many instructions for it.
  bool in_passing() const { return permutes_; }

  __m512i operator[](__m512i x) const { return permutes_ ? passing(x) : shuffled(x); }
  /// The same where in_passing().
  __attribute__((always_inline)) __m512i passing(__m512i x) const {
    __m512i low = x, high = x;
    // Not by intrinsics: they would need the whole file built with VBMI, and the compiler might use it anywhere.
    asm("vpermi2b %2, %1, %0" : "+v"(low) : "v"(part(0)), "m"(*at(1)));
    asm("vpermi2b %2, %1, %0" : "+v"(high) : "v"(part(2)), "m"(*at(3)));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
  }

 private:
  __attribute__((noinline)) __m512i shuffled(__m512i x) const {
    __m512i low = if_positive(x), high = if_positive(_mm512_xor_si512(x, _mm512_set1_epi8(static_cast<int8_t>(0x80))));
    __m512i front = _mm512_setzero_si512(), back = front;
    for (int t = 0; t < 8; ++t) {
      front = _mm512_xor_si512(front, _mm512_shuffle_epi8(_mm512_broadcast_i32x4(load(differences_ + 16 * t)), low));
      back =
          _mm512_xor_si512(back, _mm512_shuffle_epi8(_mm512_broadcast_i32x4(load(differences_ + 16 * t + 128)), high));
      low = _mm512_sub_epi8(low, _mm512_set1_epi8(16));
      high = _mm512_sub_epi8(high, _mm512_set1_epi8(16));
    }
    return _mm512_xor_si512(front, back);
  }
  static __m512i if_positive(__m512i x) { return _mm512_or_si512(x, _mm512_movm_epi8(_mm512_movepi8_mask(x))); }
  static __m128i load(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
  const __m512i_u* at(int k) const { return reinterpret_cast<const __m512i_u*>(table_ + 64 * k); }
  __m512i part(int k) const { return _mm512_loadu_si512(at(k)); }

  const uint8_t* table_;
  bool permutes_;
  alignas(16) uint8_t differences_[256];
};

}  // namespace
