// table[x] for 64 bytes: VPERMI2B looks up among 128, the top bit of x chooses between two of them.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

inline __m512i look_up(const uint8_t* table, __m512i x) {
  const __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), x, _mm512_loadu_si512(table + 64));
  const __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), x, _mm512_loadu_si512(table + 192));
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

}  // namespace
