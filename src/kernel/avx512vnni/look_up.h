// table[x] for 64 bytes without VBMI: each sixteenth of the table answers for its own bytes, the others get 0.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

inline __m512i look_up(const uint8_t* table, __m512i x) {
  // x ^ 16 t is below 16 exactly where sixteenth t answers. Adding 0x70 sets the high bit of all others, which makes
  // vpshufb give 0; the low four bits stay.
  const __m512i bias = _mm512_set1_epi8(0x70);
  __m512i y = _mm512_setzero_si512();
  for (int t = 0; t < 16; ++t) {
    const __m512i part = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * t)));
    const __m512i at = _mm512_adds_epu8(_mm512_xor_si512(x, _mm512_set1_epi8(static_cast<int8_t>(16 * t))), bias);
    y = _mm512_or_si512(y, _mm512_shuffle_epi8(part, at));
  }
  return y;
}

}  // namespace
