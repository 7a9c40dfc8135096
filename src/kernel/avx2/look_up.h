// table[x] for 32 bytes: each sixteenth of the table answers for its own bytes, the others get 0.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

inline __m256i look_up(const uint8_t* table, __m256i x) {
  // x ^ 16 t is below 16 exactly where sixteenth t answers. Adding 0x70 sets the high bit of all others, which makes
  // vpshufb give 0; the low four bits stay.
  const __m256i bias = _mm256_set1_epi8(0x70);
  __m256i y = _mm256_setzero_si256();
  for (int t = 0; t < 16; ++t) {
    const __m256i part = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * t)));
    const __m256i at = _mm256_adds_epu8(_mm256_xor_si256(x, _mm256_set1_epi8(static_cast<char>(16 * t))), bias);
    y = _mm256_or_si256(y, _mm256_shuffle_epi8(part, at));
  }
  return y;
}

}  // namespace
