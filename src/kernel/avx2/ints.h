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
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<int64_t>(load_eight(p, n))));
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
  static constexpr bool kMasks = false;
  static Some some(int64_t n) { return n; }

  static Bytes load_bytes(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Bytes load_some_bytes(const uint8_t* p, int64_t n) {
    const uint8_t* const pieces[1] = {p};
    return load_pieces<1>(pieces, some(n));
  }
  static void store_some_bytes(uint8_t* p, Bytes x, int64_t n) { store_pieces<1>(p, 0, x, 1, some(n)); }
  static Bytes no_bytes() { return _mm256_setzero_si256(); }
  static Bytes max_bytes(Bytes a, Bytes b) { return _mm256_max_epu8(a, b); }
  static Bytes min_bytes(Bytes a, Bytes b) { return _mm256_min_epu8(a, b); }
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

  /// kPieces pieces of a vector of bytes: where each lies, and how many bytes of each are there. Pieces that are not
  /// whole are the exception; what they take is kept out of the loops.
  template <int kPieces>
  static Bytes load_pieces(const uint8_t* const (&p)[kPieces], int64_t n) {
    if (kPieces == 1 && n >= 32) [[likely]]
      return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p[0]));
    if (kPieces == 2 && n >= 16) [[likely]]
      return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(p[kPieces - 1]),
                                 reinterpret_cast<const __m128i*>(p[0]));
    return load_few(p, n);
  }
  /// The first `count` pieces, `pitch` bytes apart.
  template <int kPieces>
  static void store_pieces(uint8_t* p, int64_t pitch, Bytes x, int64_t count, int64_t n) {
    constexpr int64_t kPiece = kBytes / kPieces;
    if (n >= kPiece) [[likely]] {
      const __m128i front = _mm256_castsi256_si128(x), back = _mm256_extracti128_si256(x, 1);
      if (kPieces == 1) _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
      if (kPieces == 2) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), front);
        if (count > 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(p + pitch), back);
      }
      if (kPieces == 4) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), front);
        if (count > 1) _mm_storeh_pd(reinterpret_cast<double*>(p + pitch), _mm_castsi128_pd(front));
        if (count > 2) _mm_storel_epi64(reinterpret_cast<__m128i*>(p + 2 * pitch), back);
        if (count > 3) _mm_storeh_pd(reinterpret_cast<double*>(p + 3 * pitch), _mm_castsi128_pd(back));
      }
      return;
    }
    store_few<kPieces>(p, pitch, x, count, n);
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
  template <int kPieces>
  static __attribute__((noinline)) Bytes load_few(const uint8_t* const (&p)[kPieces], int64_t n) {
    static_assert(kPieces <= 4);
    if (kPieces == 1) {
      if (n < 16) return _mm256_zextsi128_si256(load_few(p[0], n));
      // The last 16 bytes, those of them that are not among the first 16 moved to the front.
      alignas(16) static constexpr int8_t kMoves[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
      const auto at = [](const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); };
      return _mm256_set_m128i(_mm_shuffle_epi8(at(p[0] + n - 16), at(kMoves + 32 - n)), at(p[0]));
    }
    if (kPieces == 2) return _mm256_set_m128i(load_few(p[kPieces - 1], n), load_few(p[0], n));
    uint64_t quarter[4];
    for (int k = 0; k < kPieces; ++k) quarter[k] = load_eight(p[k], n < 8 ? n : 8);
    return _mm256_set_epi64x(static_cast<int64_t>(quarter[3]), static_cast<int64_t>(quarter[2]),
                             static_cast<int64_t>(quarter[1]), static_cast<int64_t>(quarter[0]));
  }
  /// n < 16 bytes.
  static __m128i load_few(const uint8_t* p, int64_t n) {
    if (n < 8) return _mm_cvtsi64_si128(static_cast<int64_t>(load_eight(p, n)));
    const uint64_t last = load_eight(p + n - 8, 8);
    return _mm_set_epi64x(static_cast<int64_t>(last >> 8 * (15 - n) >> 8), static_cast<int64_t>(load_eight(p, 8)));
  }
  /// n <= 8 bytes.
  static uint64_t load_eight(const uint8_t* p, int64_t n) {
    uint64_t eight = 0;
    if (n == 8) {
      __builtin_memcpy(&eight, p, 8);
    } else if (n >= 4) {
      uint32_t first, last;
      __builtin_memcpy(&first, p, 4);
      __builtin_memcpy(&last, p + n - 4, 4);
      eight = first | uint64_t{last} << 8 * (n - 4);
    } else {
      for (int64_t k = 0; k < n; ++k) eight |= uint64_t{p[k]} << 8 * k;
    }
    return eight;
  }

  template <int kPieces>
  static __attribute__((noinline)) void store_few(uint8_t* p, int64_t pitch, Bytes x, int64_t count, int64_t n) {
    alignas(32) uint8_t bytes[kBytes];
    _mm256_store_si256(reinterpret_cast<__m256i*>(bytes), x);
    for (int64_t k = 0; k < kPieces && k < count; ++k) copy_few(p + k * pitch, bytes + k * (kBytes / kPieces), n);
  }
  /// n < 32 bytes, as two copies that may overlap.
  static void copy_few(uint8_t* to, const uint8_t* from, int64_t n) {
    if (n >= 16) {
      __builtin_memcpy(to, from, 16), __builtin_memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
      __builtin_memcpy(to, from, 8), __builtin_memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
      __builtin_memcpy(to, from, 4), __builtin_memcpy(to + n - 4, from + n - 4, 4);
    } else {
      for (int64_t k = 0; k < n; ++k) to[k] = from[k];
    }
  }
};

}  // namespace
