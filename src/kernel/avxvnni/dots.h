// Sums of byte products, eight in a YMM register, by the VEX form of VPDPBUSD: processors with AVX-VNNI but without
// AVX-512. Included only by files built with AVX2 and AVX-VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernel/avx2/ints.h"

namespace {

struct Dots {
  using Quads = __m256i;                     ///< four bytes of x for each sum
  using Weights = __m256i;                   ///< the four weights of each sum
  static constexpr int64_t kUnitBytes = 32;  ///< of packed weights: what one vector of sums takes (pack_qconv.cc)
  /// 12 sums of 16 registers, two vectors of weights, and x.
  static constexpr int kTileRows = 6, kTileVectors = 2, kWideRows = 2, kWideQuads = 0;
  static constexpr int kSlideGroups = 1;  ///< vectors of outputs that a sliding filter makes together, side by side
  static constexpr int slide_rows(int /*pixels*/) { return 2; }  ///< and below each other

  /// The same four bytes for every sum.
  static Quads broadcast(const uint8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, sizeof quad);
    return _mm256_set1_epi32(quad);
  }
  static Weights load_weights(const int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Ints::T dot(Ints::T sum, Quads x, Weights w) { return _mm256_dpbusd_avx_epi32(sum, x, w); }

  /// Four rows of bytes to quads of them, in interleaved order.
  static void interleave(const Ints::Bytes (&row)[4], Quads (&quad)[4]) {
    const __m256i a = _mm256_unpacklo_epi8(row[0], row[1]), b = _mm256_unpackhi_epi8(row[0], row[1]);
    const __m256i c = _mm256_unpacklo_epi8(row[2], row[3]), d = _mm256_unpackhi_epi8(row[2], row[3]);
    quad[0] = _mm256_unpacklo_epi16(a, c);
    quad[1] = _mm256_unpackhi_epi16(a, c);
    quad[2] = _mm256_unpacklo_epi16(b, d);
    quad[3] = _mm256_unpackhi_epi16(b, d);
  }
  /// kPixels pixels of two neighbouring vectors, from pixel kBy of the first on.
  template <int kPixels, int kBy>
  static Quads further(Quads first, Quads second) {
    static_assert(kPixels == 2 && kBy == 1);
    return _mm256_permute2x128_si256(first, second, 0x21);
  }
  /// Weights of taps 0, 1, 2 become those of 1, 2, 3; tap 3 of the quad before becomes tap 0.
  static Weights one_tap_down(Weights w, Weights before) {
    return _mm256_or_si256(_mm256_slli_epi32(w, 8), _mm256_srli_epi32(before, 24));
  }
  static Weights one_tap_down(Weights w) { return one_tap_down(w, no_weights()); }
  static Weights no_weights() { return _mm256_setzero_si256(); }
  static void store_weights(int8_t* p, Weights w) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), w); }

  /// Quads in memory, a plane of `plane_bytes` for each quarter of the channels; kQuadBytes from vector to vector.
  static constexpr int64_t kQuadBytes = 32;
  static void store_quads(uint8_t* p, int64_t /*plane_bytes*/, Quads x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
  }
  static Quads load_quads(const uint8_t* p, int64_t /*plane_bytes*/) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
};

}  // namespace
