// Sixteen integers in a ZMM register, and the 64 bytes that four such vectors become.
// Included only by files built with AVX-512.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernel/avx512/vec.h"

namespace {

struct Ints {
  using T = __m512i;      ///< kWidth sums
  using Bytes = __m512i;  ///< what four vectors of sums become: 4 * kWidth bytes
  static constexpr int64_t kWidth = 16, kLanes = 4, kBytes = 64;

  static T set(int32_t x) { return _mm512_set1_epi32(x); }
  static __mmask16 mask(int64_t n) { return n >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n < 0 ? 0 : n)) - 1); }
  /// The first n; the others 0. Never touches memory beyond them.
  static T load_some(const int32_t* p, int64_t n) { return _mm512_maskz_loadu_epi32(mask(n), p); }
  static T load(const int32_t* p) { return _mm512_loadu_si512(p); }
  /// The first n bytes, each an integer; the others 0.
  static T load_wide(const uint8_t* p, int64_t n) { return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask(n), p)); }
  static void store(int32_t* p, T x) { _mm512_storeu_si512(p, x); }
  static T sub(T a, T b) { return _mm512_sub_epi32(a, b); }
  static T add(T a, T b) { return _mm512_add_epi32(a, b); }
  static T multiply(T a, T b) { return _mm512_mullo_epi32(a, b); }  ///< the lower 32 bits
  static Vec::T to_floats(T x) { return _mm512_cvtepi32_ps(x); }
  /// To the nearest, ties to even; the lowest integer where x is beyond integers.
  static T round(Vec::T x) { return _mm512_cvtps_epi32(x); }

  /// What packing adds and clamps to, in registers.
  struct Range {
    __m512i zeros, lows, highs;
  };
  static Range range(int32_t zero, int32_t low, int32_t high) {
    return {_mm512_set1_epi16(static_cast<int16_t>(zero)), _mm512_set1_epi8(static_cast<int8_t>(low)),
            _mm512_set1_epi8(static_cast<int8_t>(high))};
  }
  /// Sums of four vectors to bytes: zero + sum, from low to high. Byte 16 L + 4 q + k of the result is the sum 4 L + k
  /// of vector q: "interleaved" order.
  static Bytes pack(const T (&sum)[4], const Range& to) {
    const __m512i front = _mm512_adds_epi16(_mm512_packs_epi32(sum[0], sum[1]), to.zeros);
    const __m512i back = _mm512_adds_epi16(_mm512_packs_epi32(sum[2], sum[3]), to.zeros);
    return _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(front, back), to.lows), to.highs);
  }
  /// The same from a zero of 0 and to all bytes.
  static Bytes pack(const T (&sum)[4]) {
    return _mm512_packus_epi16(_mm512_packs_epi32(sum[0], sum[1]), _mm512_packs_epi32(sum[2], sum[3]));
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

  /// The first n bytes of a vector or a piece of it, as loads and stores want to know them.
  using Some = __mmask64;
  static constexpr bool kMasks = true;
  static Some some(int64_t n) { return n >= 64 ? ~0ull : (1ull << (n < 0 ? 0 : n)) - 1; }

  static Bytes load_bytes(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static Bytes load_some_bytes(const uint8_t* p, int64_t n) {
    const uint8_t* const pieces[1] = {p};
    return load_pieces<1>(pieces, some(n));
  }
  static void store_some_bytes(uint8_t* p, Bytes x, int64_t n) { store_pieces<1>(p, 0, x, 1, some(n)); }
  static Bytes no_bytes() { return _mm512_setzero_si512(); }
  static Bytes max_bytes(Bytes a, Bytes b) { return _mm512_max_epu8(a, b); }
  static Bytes min_bytes(Bytes a, Bytes b) { return _mm512_min_epu8(a, b); }
  /// Adds bytes to 16-bit sums, which hold 257 of them; widen_sums() gives them in interleaved order.
  static void add_bytes(Bytes x, Bytes (&sums)[2]) {
    sums[0] = _mm512_add_epi16(sums[0], _mm512_unpacklo_epi8(x, no_bytes()));
    sums[1] = _mm512_add_epi16(sums[1], _mm512_unpackhi_epi8(x, no_bytes()));
  }
  static void widen_sums(const Bytes (&sums)[2], T (&wide)[4]) {
    for (int k = 0; k < 2; ++k) {
      wide[2 * k] = _mm512_unpacklo_epi16(sums[k], no_bytes());
      wide[2 * k + 1] = _mm512_unpackhi_epi16(sums[k], no_bytes());
    }
  }

  /// kPieces pieces of a vector of bytes: where each lies, and how many bytes of each are there.
  template <int kPieces>
  static Bytes load_pieces(const uint8_t* const (&p)[kPieces], Some n) {
    if constexpr (kPieces == 1) return _mm512_maskz_loadu_epi8(n, p[0]);
    if constexpr (kPieces == 2) {
      const __mmask32 mask = static_cast<__mmask32>(n);
      return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_maskz_loadu_epi8(mask, p[0])),
                                _mm256_maskz_loadu_epi8(mask, p[1]), 1);
    }
    if constexpr (kPieces == 4) {
      const __mmask16 mask = static_cast<__mmask16>(n);
      const __m256i front = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_maskz_loadu_epi8(mask, p[0])),
                                                    _mm_maskz_loadu_epi8(mask, p[1]), 1);
      const __m256i back = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_maskz_loadu_epi8(mask, p[2])),
                                                   _mm_maskz_loadu_epi8(mask, p[3]), 1);
      return _mm512_inserti64x4(_mm512_castsi256_si512(front), back, 1);
    }
  }
  /// The first `count` pieces, `pitch` bytes apart.
  template <int kPieces>
  static void store_pieces(uint8_t* p, int64_t pitch, Bytes x, int64_t count, Some n) {
    if constexpr (kPieces == 1) _mm512_mask_storeu_epi8(p, n, x);
    if constexpr (kPieces == 2) {
      const __mmask32 mask = static_cast<__mmask32>(n);
      _mm256_mask_storeu_epi8(p, mask, _mm512_castsi512_si256(x));
      if (count > 1) _mm256_mask_storeu_epi8(p + pitch, mask, _mm512_extracti64x4_epi64(x, 1));
    }
    if constexpr (kPieces == 4) {
      const __mmask16 mask = static_cast<__mmask16>(n);
      _mm_mask_storeu_epi8(p, mask, _mm512_castsi512_si128(x));
      if (count > 1) _mm_mask_storeu_epi8(p + pitch, mask, _mm512_extracti32x4_epi32(x, 1));
      if (count > 2) _mm_mask_storeu_epi8(p + 2 * pitch, mask, _mm512_extracti32x4_epi32(x, 2));
      if (count > 3) _mm_mask_storeu_epi8(p + 3 * pitch, mask, _mm512_extracti32x4_epi32(x, 3));
    }
  }
  /// Each piece to where its pointer says.
  template <int kPieces>
  static void store_pieces(uint8_t* const (&p)[kPieces], Bytes x, Some n) {
    if constexpr (kPieces == 1) _mm512_mask_storeu_epi8(p[0], n, x);
    if constexpr (kPieces == 2) {
      const __mmask32 mask = static_cast<__mmask32>(n);
      _mm256_mask_storeu_epi8(p[0], mask, _mm512_castsi512_si256(x));
      _mm256_mask_storeu_epi8(p[1], mask, _mm512_extracti64x4_epi64(x, 1));
    }
    if constexpr (kPieces == 4) {
      const __mmask16 mask = static_cast<__mmask16>(n);
      _mm_mask_storeu_epi8(p[0], mask, _mm512_castsi512_si128(x));
      _mm_mask_storeu_epi8(p[1], mask, _mm512_extracti32x4_epi32(x, 1));
      _mm_mask_storeu_epi8(p[2], mask, _mm512_extracti32x4_epi32(x, 2));
      _mm_mask_storeu_epi8(p[3], mask, _mm512_extracti32x4_epi32(x, 3));
    }
  }
  /// kWidth pixels of up to four channels: byte kChannels * i + c is sum i of channel c, which is a byte.
  template <int kChannels>
  static void store_pixels(uint8_t* p, const T (&channel)[kChannels]) {
    static_assert(kChannels <= 4);
    __m512i x = channel[0];
    for (int c = 1; c < kChannels; ++c) x = _mm512_or_si512(x, _mm512_slli_epi32(channel[c], 8 * c));
    if (kChannels == 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
    if (kChannels == 2) _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(x));
    if (kChannels == 3) {
      const __m128i drop = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
      x = _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(drop));
      x = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15), x);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_castsi512_si256(x));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 32), _mm512_extracti32x4_epi32(x, 2));
    }
    if (kChannels == 4) _mm512_storeu_si512(p, x);
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
