// Sums of byte products, sixteen in a ZMM register: VPDPBUSD adds four products of u8 and i8 to each, exactly.
// Included only by files built with AVX-512 and VNNI, after avx512/vec.h.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

struct Ints {
  using T = __m512i;        ///< kWidth sums
  using Bytes = __m512i;    ///< what four vectors of sums become: 4 * kWidth bytes
  using Quads = __m512i;    ///< four bytes of x for each sum
  using Weights = __m512i;  ///< the four weights of each sum
  static constexpr int64_t kWidth = 16, kLanes = 4, kBytes = 64;
  static constexpr int64_t kUnitBytes = 64;  ///< of packed weights: what one vector of sums takes (pack_qconv.cc)
  /// 28 sums of 32 registers, two vectors of weights, and x. Few rows take more columns, for enough sums in flight.
  static constexpr int kTileRows = 14, kTileVectors = 2;

  static T set(int32_t x) { return _mm512_set1_epi32(x); }
  static __mmask16 mask(int64_t n) { return n >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n < 0 ? 0 : n)) - 1); }
  static __mmask64 byte_mask(int64_t n) { return n >= 64 ? ~0ull : (1ull << (n < 0 ? 0 : n)) - 1; }
  /// The first n; the others 0. Never touches memory beyond them.
  static T load_some(const int32_t* p, int64_t n) { return _mm512_maskz_loadu_epi32(mask(n), p); }
  static T sub(T a, T b) { return _mm512_sub_epi32(a, b); }
  static Vec::T to_floats(T x) { return _mm512_cvtepi32_ps(x); }
  /// To the nearest, ties to even; the lowest integer where x is beyond integers.
  static T round(Vec::T x) { return _mm512_cvtps_epi32(x); }

  /// The same four bytes for every sum.
  static Quads broadcast(const uint8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, sizeof quad);
    return _mm512_set1_epi32(quad);
  }
  static Weights load_weights(const int8_t* p) { return _mm512_loadu_si512(p); }
  static T dot(T sum, Quads x, Weights w) { return _mm512_dpbusd_epi32(sum, x, w); }

  /// Sums of four vectors to bytes: zero + sum, from low to 255. Byte 16 L + 4 q + k of the result is the sum 4 L + k
  /// of vector q: "interleaved" order.
  static Bytes pack(const T (&sum)[4], int32_t zero, int32_t low) {
    const __m512i zeros = _mm512_set1_epi16(static_cast<int16_t>(zero));
    const __m512i front = _mm512_adds_epi16(_mm512_packs_epi32(sum[0], sum[1]), zeros);
    const __m512i back = _mm512_adds_epi16(_mm512_packs_epi32(sum[2], sum[3]), zeros);
    return _mm512_max_epu8(_mm512_packus_epi16(front, back), _mm512_set1_epi8(static_cast<int8_t>(low)));
  }
  /// The inverse: bytes of interleaved order to four vectors.
  static void widen(Bytes x, T (&wide)[4]) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i low = _mm512_unpacklo_epi8(x, zero), high = _mm512_unpackhi_epi8(x, zero);
    wide[0] = _mm512_unpacklo_epi16(low, zero);
    wide[1] = _mm512_unpackhi_epi16(low, zero);
    wide[2] = _mm512_unpacklo_epi16(high, zero);
    wide[3] = _mm512_unpackhi_epi16(high, zero);
  }
  /// Interleaved order to one vector after the other, and back: a transposition of 4x4 groups.
  static Bytes in_sequence(Bytes x) { return _mm512_permutexvar_epi32(transposition(), x); }
  static Bytes interleaved(Bytes x) { return _mm512_permutexvar_epi32(transposition(), x); }
  /// Four rows of bytes to quads of them, in interleaved order.
  static void interleave(const Bytes (&row)[4], Quads (&quad)[4]) {
    const __m512i a = _mm512_unpacklo_epi8(row[0], row[1]), b = _mm512_unpackhi_epi8(row[0], row[1]);
    const __m512i c = _mm512_unpacklo_epi8(row[2], row[3]), d = _mm512_unpackhi_epi8(row[2], row[3]);
    quad[0] = _mm512_unpacklo_epi16(a, c);
    quad[1] = _mm512_unpackhi_epi16(a, c);
    quad[2] = _mm512_unpacklo_epi16(b, d);
    quad[3] = _mm512_unpackhi_epi16(b, d);
  }
  /// Weights of taps 0, 1, 2 become those of 1, 2, 3.
  static Weights one_tap_down(Weights w) { return _mm512_slli_epi32(w, 8); }

  /// kPieces pieces of a vector of bytes: where each lies, and how many bytes of each are there.
  template <int kPieces>
  static Bytes load_pieces(const uint8_t* const (&p)[kPieces], int64_t n) {
    if constexpr (kPieces == 1) return _mm512_maskz_loadu_epi8(byte_mask(n), p[0]);
    if constexpr (kPieces == 2) {
      const __mmask32 mask = static_cast<__mmask32>(byte_mask(n));
      return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_maskz_loadu_epi8(mask, p[0])),
                                _mm256_maskz_loadu_epi8(mask, p[1]), 1);
    }
    if constexpr (kPieces == 4) {
      const __mmask16 mask = static_cast<__mmask16>(byte_mask(n));
      const __m256i front = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_maskz_loadu_epi8(mask, p[0])),
                                                    _mm_maskz_loadu_epi8(mask, p[1]), 1);
      const __m256i back = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_maskz_loadu_epi8(mask, p[2])),
                                                   _mm_maskz_loadu_epi8(mask, p[3]), 1);
      return _mm512_inserti64x4(_mm512_castsi256_si512(front), back, 1);
    }
  }
  /// The first `count` pieces, `pitch` bytes apart.
  template <int kPieces>
  static void store_pieces(uint8_t* p, int64_t pitch, Bytes x, int64_t count, int64_t n) {
    if constexpr (kPieces == 1) _mm512_mask_storeu_epi8(p, byte_mask(n), x);
    if constexpr (kPieces == 2) {
      const __mmask32 mask = static_cast<__mmask32>(byte_mask(n));
      _mm256_mask_storeu_epi8(p, mask, _mm512_castsi512_si256(x));
      if (count > 1) _mm256_mask_storeu_epi8(p + pitch, mask, _mm512_extracti64x4_epi64(x, 1));
    }
    if constexpr (kPieces == 4) {
      const __mmask16 mask = static_cast<__mmask16>(byte_mask(n));
      _mm_mask_storeu_epi8(p, mask, _mm512_castsi512_si128(x));
      if (count > 1) _mm_mask_storeu_epi8(p + pitch, mask, _mm512_extracti32x4_epi32(x, 1));
      if (count > 2) _mm_mask_storeu_epi8(p + 2 * pitch, mask, _mm512_extracti32x4_epi32(x, 2));
      if (count > 3) _mm_mask_storeu_epi8(p + 3 * pitch, mask, _mm512_extracti32x4_epi32(x, 3));
    }
  }
  /// Four lanes of 16 bytes, each from where its pointer says.
  static __m512i load_lanes(const void* const (&p)[4]) {
    const auto lane = [&](int k) { return _mm_loadu_si128(static_cast<const __m128i*>(p[k])); };
    const __m256i front = _mm256_inserti128_si256(_mm256_castsi128_si256(lane(0)), lane(1), 1);
    const __m256i back = _mm256_inserti128_si256(_mm256_castsi128_si256(lane(2)), lane(3), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(front), back, 1);
  }

 private:
  static __m512i transposition() { return _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15); }
};

}  // namespace
