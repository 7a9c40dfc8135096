// Eight integers in a YMM register, and the 32 bytes that four such vectors become.
// Included only by files built with AVX2.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#include "kernel/avx2/vec.h"

namespace {

struct Ints {
  using T = __m256i;      ///< kWidth sums
  using Bytes = __m256i;  ///< what four vectors of sums become: 4 * kWidth bytes
  static constexpr int64_t kWidth = 8, kLanes = 2, kBytes = 32;

  static T set(int32_t x) { return _mm256_set1_epi32(x); }
  static __m256i mask(int64_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n < 8 ? n : 8)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  /// The first n; the others 0. Never touches memory beyond them.
  static T load_some(const int32_t* p, int64_t n) {
    return n >= kWidth ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)) : _mm256_maskload_epi32(p, mask(n));
  }
  static T load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  /// The first n bytes, each an integer; the others 0.
  static T load_wide(const uint8_t* p, int64_t n) {
    if (n >= kWidth) return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    alignas(8) uint8_t bytes[kWidth] = {};
    copy_some(bytes, p, n < 0 ? 0 : n);
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)));
  }
  static void store(int32_t* p, T x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
  static T sub(T a, T b) { return _mm256_sub_epi32(a, b); }
  static T add(T a, T b) { return _mm256_add_epi32(a, b); }
  static T multiply(T a, T b) { return _mm256_mullo_epi32(a, b); }  ///< the lower 32 bits
  static Vec::T to_floats(T x) { return _mm256_cvtepi32_ps(x); }
  /// To the nearest, ties to even; the lowest integer where x is beyond integers.
  static T round(Vec::T x) { return _mm256_cvtps_epi32(x); }

  /// What packing adds and clamps to, in registers.
  struct Range {
    __m256i zeros, lows, highs;
  };
  static Range range(int32_t zero, int32_t low, int32_t high) {
    return {_mm256_set1_epi16(static_cast<int16_t>(zero)), _mm256_set1_epi8(static_cast<int8_t>(low)),
            _mm256_set1_epi8(static_cast<int8_t>(high))};
  }
  /// Sums of four vectors to bytes: zero + sum, from low to high. Byte 16 L + 4 q + k of the result is the sum 4 L + k
  /// of vector q: "interleaved" order.
  static Bytes pack(const T (&sum)[4], const Range& to) {
    const __m256i front = _mm256_adds_epi16(_mm256_packs_epi32(sum[0], sum[1]), to.zeros);
    const __m256i back = _mm256_adds_epi16(_mm256_packs_epi32(sum[2], sum[3]), to.zeros);
    return _mm256_min_epu8(_mm256_max_epu8(_mm256_packus_epi16(front, back), to.lows), to.highs);
  }
  /// The same from a zero of 0 and to all bytes.
  static Bytes pack(const T (&sum)[4]) {
    return _mm256_packus_epi16(_mm256_packs_epi32(sum[0], sum[1]), _mm256_packs_epi32(sum[2], sum[3]));
  }
  /// The inverse: bytes of interleaved order to four vectors.
  static void widen(Bytes x, T (&wide)[4]) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i low = _mm256_unpacklo_epi8(x, zero), high = _mm256_unpackhi_epi8(x, zero);
    wide[0] = _mm256_unpacklo_epi16(low, zero);
    wide[1] = _mm256_unpackhi_epi16(low, zero);
    wide[2] = _mm256_unpacklo_epi16(high, zero);
    wide[3] = _mm256_unpackhi_epi16(high, zero);
  }
  /// Interleaved order to one vector after the other, and back.
  static Bytes in_sequence(Bytes x) {
    return _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  }
  static Bytes interleaved(Bytes x) {
    return _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
  }

  /// The first n bytes of a vector or a piece of it, as loads and stores want to know them.
  using Some = int64_t;
  static Some some(int64_t n) { return n; }

  static Bytes load_bytes(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Bytes load_some_bytes(const uint8_t* p, int64_t n) {
    const uint8_t* const pieces[1] = {p};
    return load_pieces<1>(pieces, some(n));
  }
  static void store_some_bytes(uint8_t* p, Bytes x, int64_t n) { store_pieces<1>(p, 0, x, 1, some(n)); }
  static Bytes no_bytes() { return _mm256_setzero_si256(); }
  static Bytes max_bytes(Bytes a, Bytes b) { return _mm256_max_epu8(a, b); }
  /// Adds bytes to 16-bit sums, which hold 257 of them; widen_sums() gives them in interleaved order.
  static void add_bytes(Bytes x, Bytes (&sums)[2]) {
    sums[0] = _mm256_add_epi16(sums[0], _mm256_unpacklo_epi8(x, no_bytes()));
    sums[1] = _mm256_add_epi16(sums[1], _mm256_unpackhi_epi8(x, no_bytes()));
  }
  static void widen_sums(const Bytes (&sums)[2], T (&wide)[4]) {
    for (int k = 0; k < 2; ++k) {
      wide[2 * k] = _mm256_unpacklo_epi16(sums[k], no_bytes());
      wide[2 * k + 1] = _mm256_unpackhi_epi16(sums[k], no_bytes());
    }
  }

  /// kPieces pieces of a vector of bytes: where each lies, and how many bytes of each are there.
  template <int kPieces>
  static Bytes load_pieces(const uint8_t* const (&p)[kPieces], int64_t n) {
    constexpr int64_t kPiece = kBytes / kPieces;
    if (kPieces == 1 && n >= kPiece) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p[0]));
    if (kPieces == 2 && n >= kPiece)
      return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(p[kPieces - 1]),
                                 reinterpret_cast<const __m128i*>(p[0]));
    alignas(32) uint8_t bytes[kBytes] = {};
    for (int k = 0; k < kPieces; ++k) copy_some(bytes + k * kPiece, p[k], n < kPiece ? n : kPiece);
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  /// The first `count` pieces, `pitch` bytes apart.
  template <int kPieces>
  static void store_pieces(uint8_t* p, int64_t pitch, Bytes x, int64_t count, int64_t n) {
    constexpr int64_t kPiece = kBytes / kPieces;
    if (kPieces == 1 && n >= kPiece) return _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
    if (kPieces == 2 && n >= kPiece) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(x));
      if (count > 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(p + pitch), _mm256_extracti128_si256(x, 1));
      return;
    }
    alignas(32) uint8_t bytes[kBytes];
    _mm256_store_si256(reinterpret_cast<__m256i*>(bytes), x);
    for (int64_t k = 0; k < kPieces && k < count; ++k)
      copy_some(p + k * pitch, bytes + k * kPiece, n < kPiece ? n : kPiece);
  }
  /// Each piece to where its pointer says.
  template <int kPieces>
  static void store_pieces(uint8_t* const (&p)[kPieces], Bytes x, Some n) {
    static_assert(kPieces <= 2);
    if (kPieces == 1) return store_pieces<1>(p[0], 0, x, 1, n);
    store_pieces<2>(p[0], p[kPieces - 1] - p[0], x, 2, n);
  }
  /// kWidth pixels of up to four channels: byte kChannels * i + c is sum i of channel c, which is a byte.
  template <int kChannels>
  static void store_pixels(uint8_t* p, const T (&channel)[kChannels]) {
    static_assert(kChannels <= 4);
    __m256i x = channel[0];
    for (int c = 1; c < kChannels; ++c) x = _mm256_or_si256(x, _mm256_slli_epi32(channel[c], 8 * c));
    if (kChannels == 4) return _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
    // Each lane's pixels without the bytes between them, then both lanes' without the gap between those.
    const __m128i keep = kChannels == 1   ? _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
                         : kChannels == 2 ? _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1)
                                          : _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    const __m256i join = kChannels == 1   ? _mm256_setr_epi32(0, 4, 1, 2, 3, 5, 6, 7)
                         : kChannels == 2 ? _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7)
                                          : _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    x = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(keep)), join);
    const __m128i front = _mm256_castsi256_si128(x);
    if (kChannels == 1) return _mm_storel_epi64(reinterpret_cast<__m128i*>(p), front);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), front);
    if (kChannels == 3) _mm_storel_epi64(reinterpret_cast<__m128i*>(p + 16), _mm256_extracti128_si256(x, 1));
  }
  /// Two lanes of 16 bytes, each from where its pointer says.
  static __m256i load_lanes(const void* const (&p)[2]) {
    return _mm256_loadu2_m128i(static_cast<const __m128i*>(p[1]), static_cast<const __m128i*>(p[0]));
  }

 private:
  /// n <= 32 bytes, by their binary digits.
  static void copy_some(uint8_t* to, const uint8_t* from, int64_t n) {
    int64_t k = 0;
    if (n >= 32) return static_cast<void>(__builtin_memcpy(to, from, 32));
    if ((n & 16) != 0) __builtin_memcpy(to, from, 16), k = 16;
    if ((n & 8) != 0) __builtin_memcpy(to + k, from + k, 8), k += 8;
    if ((n & 4) != 0) __builtin_memcpy(to + k, from + k, 4), k += 4;
    if ((n & 2) != 0) __builtin_memcpy(to + k, from + k, 2), k += 2;
    if ((n & 1) != 0) to[k] = from[k];
  }
};

}  // namespace
