// Sums of byte products, sixteen in a ZMM register: VPDPBUSD adds four products of u8 and i8 to each, exactly.
// Included only by files built with AVX-512 and VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernel/avx512/ints.h"

namespace {

struct Dots {
  using Quads = __m512i;                     ///< four bytes of x for each sum
  using Weights = __m512i;                   ///< the four weights of each sum
  static constexpr int64_t kUnitBytes = 64;  ///< of packed weights: what one vector of sums takes (pack_qconv.cc)
  /// 28 sums of 32 registers, two vectors of weights, and x; or 24 sums, four of weights, for windows of few quads.
  static constexpr int kTileRows = 14, kTileVectors = 2, kWideRows = 6, kWideQuads = 64;
  static constexpr int kSlideGroups = 2;  ///< vectors of outputs that a sliding filter makes together, side by side
  static constexpr int slide_rows(int /*pixels*/) { return 2; }  ///< and below each other

  /// The same four bytes for every sum.
  static Quads broadcast(const uint8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, sizeof quad);
    return _mm512_set1_epi32(quad);
  }
  static Weights load_weights(const int8_t* p) { return _mm512_loadu_si512(p); }
  static Ints::T dot(Ints::T sum, Quads x, Weights w) { return _mm512_dpbusd_epi32(sum, x, w); }

  /// Four rows of bytes to quads of them, in interleaved order.
  static void interleave(const Ints::Bytes (&row)[4], Quads (&quad)[4]) {
    const __m512i a = _mm512_unpacklo_epi8(row[0], row[1]), b = _mm512_unpackhi_epi8(row[0], row[1]);
    const __m512i c = _mm512_unpacklo_epi8(row[2], row[3]), d = _mm512_unpackhi_epi8(row[2], row[3]);
    quad[0] = _mm512_unpacklo_epi16(a, c);
    quad[1] = _mm512_unpackhi_epi16(a, c);
    quad[2] = _mm512_unpacklo_epi16(b, d);
    quad[3] = _mm512_unpackhi_epi16(b, d);
  }
  /// kPixels pixels of two neighbouring vectors, from pixel kBy of the first on.
  template <int kPixels, int kBy>
  static Quads further(Quads first, Quads second) {
    return _mm512_alignr_epi64(second, first, kBy * 8 / kPixels);
  }
  /// Weights of taps 0, 1, 2 become those of 1, 2, 3; tap 3 of the quad before becomes tap 0.
  static Weights one_tap_down(Weights w, Weights before) {
    return _mm512_or_si512(_mm512_slli_epi32(w, 8), _mm512_srli_epi32(before, 24));
  }
  static Weights one_tap_down(Weights w) { return one_tap_down(w, no_weights()); }
  static Weights no_weights() { return _mm512_setzero_si512(); }
  static void store_weights(int8_t* p, Weights w) { _mm512_storeu_si512(p, w); }

  /// Quads in memory, a plane of `plane_bytes` for each quarter of the channels; kQuadBytes from vector to vector.
  static constexpr int64_t kQuadBytes = 64;
  static void store_quads(uint8_t* p, int64_t /*plane_bytes*/, Quads x) { _mm512_storeu_si512(p, x); }
  static Quads load_quads(const uint8_t* p, int64_t /*plane_bytes*/) { return _mm512_loadu_si512(p); }
};

}  // namespace
