// What the kernels compute that make a model's input out of a picture: plain parameters, resolved pointers, as in
// params.h and under its rule. A picture's rows are resampled along x to floats, pixel after pixel in the model's order
// of colours; two such rows are blended, normalised and written as the model wants them.
#pragma once

#include "kernel/params.h"

namespace hedge::kernel {

/// Floats that every kernel reads or writes at once at most.
inline constexpr int64_t kPictureStep = 64;
/// Floats for which a row of `floats` has room: kernels write whole steps, or four pixels and four floats more.
static inline int64_t picture_row_room(int64_t floats) {
  return (floats + 13 + kPictureStep - 1) / kPictureStep * kPictureStep;
}

/// What a vector of up to sixteen floats is made of (pack_taps.cc): float i is a blend of two bytes of the source row.
struct SampleVector {
  alignas(64) uint8_t first[64];  ///< byte 4 i: which of the loaded bytes is the first; the bytes between are 0x80
  float weight[16];               ///< of the second, 3 bytes further; 0 where there is none
  int32_t offset[8];              ///< of what is loaded: 64 bytes from offset[0], or 8 bytes from each
};

/// y[3 * pixels] from a row of BGR pixels: left + (right - left) * weight, rounded after each operation.
struct SampleParams {
  int64_t pixels, source_pixels;
  bool red_first;               ///< y is RGB, else BGR
  const ResizeTap* taps;        ///< one a pixel; the second is the one after the first, or the same with a weight of 0
  const SampleVector* vectors;  ///< the same as the kernel's packing has it; null for the plain kernel
};
struct SampleArgs {
  const uint8_t* x;  ///< nothing outside its pixels is read
  float* y;          ///< picture_row_room() floats
};

/// Four pixels of an antialiased row: 16 bytes of the source row for each and each group of four taps.
struct SmoothVector {
  alignas(64) uint8_t index[64];  ///< byte 16 i + 4 c: where pixel i's bytes hold color c of their first tap; else 0x80
  int32_t offset[4];              ///< of the first group's bytes; the next group's are 12 further
};
/// The source pixels that an output pixel looks at, and their weights [begin, begin + count).
struct SmoothWindow {
  int32_t first, count;
  int64_t begin;
};
/// y[3 * pixels] from a row of BGR pixels: the sum over each window, from its first pixel on, rounded after each
/// operation. Weights are not negative.
struct SmoothParams {
  int64_t pixels, source_pixels;
  bool red_first;
  const SmoothWindow* windows;
  const float* weights;
  int64_t groups;               ///< of four taps: as many as the longest window needs
  const SmoothVector* vectors;  ///< the same as the vector kernels have it; null for the plain kernel
  const float* packed_weights;  ///< [vectors][4 * groups][4]
};
/// y[k] = the sum of weights[j] * x[j * pitch + k] over j, in this order, rounded after each operation.
struct WeighRowsParams {
  int64_t floats, pitch;
};
struct WeighRowsArgs {
  const float* x;
  const float* weights;
  int64_t rows;
  float* y;  ///< picture_row_room() floats, as the rows of x have
};

/// x / step without dividing: fma(x, high, x * low), where that was proved to round to the same integers (divisor.h).
struct Divisor {
  float step;
  float high, low;
  bool divides;  ///< it was not: divide
};

/// v = (upper + (lower - upper) * weight - mean) * scale for each of `pixels` pixels of `channels` channels, rounded
/// after each operation; as it is, or as bytes: zero + round(v / step), saturated. Strides in elements of y.
struct BlendParams {
  /// Element k of a row has the mean and the scale at k % channels, and at k: they repeat.
  static constexpr int64_t kRepeated = kPictureStep + 8;
  int64_t pixels, channels;
  int64_t pixel_stride, channel_stride;
  bool normalises;  ///< some mean is not 0 or some scale not 1
  float mean[kRepeated], scale[kRepeated];
  Divisor divisor;
  int32_t zero;
};
struct BlendArgs {
  const float* upper;  ///< rows of floats as SampleArgs has them
  const float* lower;
  float weight;  ///< of the lower
  void* y;       ///< u8 or f32, by the family
};

/// What sixteen or 32 sums of two bytes are made of (pack_eighths.cc), in eighths.
struct EighthsVector {
  alignas(64) uint8_t index[64];  ///< which of the loaded bytes: both of the first sum, both of the second ...
  int8_t weight[64];              ///< of each byte: 0 to 8
  int32_t offset[4];              ///< of what is loaded: 64 bytes from each of two, or 16 bytes from each
};
/// Two rows of BGR pixels resampled along x, blended, normalised and written as bytes, pixel after pixel: what
/// SampleParams and BlendParams do one after the other. Where all weights are eighths, as they are if a picture is made
/// twice or half as large, those operations round nothing before the mean is taken off, so that integers do them.
struct EighthsParams {
  SampleParams sample;  ///< without vectors
  BlendParams blend;
  const EighthsVector* vectors;
};
struct EighthsArgs {
  const uint8_t* upper;  ///< nothing outside its pixels is read
  const uint8_t* lower;
  int32_t weight;  ///< of the lower: 0 to 8
  uint8_t* y;
};

}  // namespace hedge::kernel
