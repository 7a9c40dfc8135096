// Sums of byte products, eight in a YMM register, exactly: bytes are widened to 16 bits, whose products VPMADDWD adds
// in pairs to 32 (VPMADDUBSW would saturate). A quad of bytes is two pairs: its even bytes and its odd ones. Included
// only by files built with AVX2.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernel/avx2/ints.h"

namespace {

struct Dots {
  struct Quads {  ///< four bytes of x for each sum
    __m256i even, odd;
  };
  struct Weights {  ///< the four weights of each sum
    __m256i even, odd;
  };
  static constexpr int64_t kUnitBytes = 64;  ///< of packed weights: what one vector of sums takes (pack_qconv.cc)
  /// 8 sums of 16 registers, four of weights, two of x.
  static constexpr int kTileRows = 4, kTileVectors = 2, kWideRows = 2, kWideQuads = 0;
  static constexpr int kSlideGroups = 1;  ///< vectors of outputs that a sliding filter makes together, side by side
  static constexpr int slide_rows(int pixels) { return pixels == 1 ? 1 : 2; }  ///< and below each other: as measured

  static Quads split(__m256i quads) {
    return {_mm256_and_si256(quads, _mm256_set1_epi16(0xFF)), _mm256_srli_epi16(quads, 8)};
  }
  /// The same four bytes for every sum.
  static Quads broadcast(const uint8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, sizeof quad);
    return split(_mm256_set1_epi32(quad));
  }
  static Weights load_weights(const int8_t* p) {
    const auto* from = reinterpret_cast<const __m256i*>(p);
    return {_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1)};
  }
  static Ints::T dot(Ints::T sum, Quads x, Weights w) {
    return _mm256_add_epi32(_mm256_add_epi32(sum, _mm256_madd_epi16(x.even, w.even)), _mm256_madd_epi16(x.odd, w.odd));
  }

  /// Four rows of bytes to quads of them, in interleaved order: rows 0 and 2 are the even bytes.
  static void interleave(const Ints::Bytes (&row)[4], Quads (&quad)[4]) {
    const __m256i zero = _mm256_setzero_si256();
    const auto pairs = [&](Ints::Bytes a, Ints::Bytes b, __m256i(&wide)[4]) {
      const __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
      wide[0] = _mm256_unpacklo_epi8(low, zero);
      wide[1] = _mm256_unpackhi_epi8(low, zero);
      wide[2] = _mm256_unpacklo_epi8(high, zero);
      wide[3] = _mm256_unpackhi_epi8(high, zero);
    };
    __m256i even[4], odd[4];
    pairs(row[0], row[2], even);
    pairs(row[1], row[3], odd);
    for (int q = 0; q < 4; ++q) quad[q] = {even[q], odd[q]};
  }
  /// kPixels pixels of two neighbouring vectors, from pixel kBy of the first on.
  template <int kPixels, int kBy>
  static Quads further(Quads first, Quads second) {
    static_assert(kPixels == 2 && kBy == 1);
    return {_mm256_permute2x128_si256(first.even, second.even, 0x21),
            _mm256_permute2x128_si256(first.odd, second.odd, 0x21)};
  }
  /// Weights of taps 0, 1, 2 become those of 1, 2, 3; tap 3 of the quad before becomes tap 0.
  static Weights one_tap_down(Weights w, Weights before) {
    return {_mm256_or_si256(_mm256_slli_epi32(w.odd, 16), _mm256_srli_epi32(before.odd, 16)), w.even};
  }
  static Weights one_tap_down(Weights w) { return one_tap_down(w, no_weights()); }
  static Weights no_weights() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static void store_weights(int8_t* p, Weights w) {
    auto* to = reinterpret_cast<__m256i*>(p);
    _mm256_storeu_si256(to, w.even);
    _mm256_storeu_si256(to + 1, w.odd);
  }

  /// Quads in memory, a plane of `plane_bytes` for each quarter of the channels, even pairs in its first half;
  /// kQuadBytes from vector to vector.
  static constexpr int64_t kQuadBytes = 32;
  static void store_quads(uint8_t* p, int64_t plane_bytes, Quads x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x.even);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + plane_bytes / 2), x.odd);
  }
  static Quads load_quads(const uint8_t* p, int64_t plane_bytes) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + plane_bytes / 2))};
  }
};

}  // namespace
