#include "kernel/picture.h"

#include <algorithm>
#include <cmath>

namespace hedge::kernel {

#define HEDGE_DECLARE(name, Params, Args) void name(const Params&, const Args&, Slice)
HEDGE_DECLARE(sample_u8_f32, SampleParams, SampleArgs);
HEDGE_DECLARE(smooth_u8_f32, SmoothParams, SampleArgs);
HEDGE_DECLARE(weigh_rows_f32, WeighRowsParams, WeighRowsArgs);
HEDGE_DECLARE(blend_f32_u8, BlendParams, BlendArgs);
HEDGE_DECLARE(blend_f32_f32, BlendParams, BlendArgs);
#if defined(__x86_64__)
HEDGE_DECLARE(sample_u8_f32_avx512vbmi, SampleParams, SampleArgs);
HEDGE_DECLARE(sample_u8_f32_avx512, SampleParams, SampleArgs);
HEDGE_DECLARE(sample_u8_f32_avx2, SampleParams, SampleArgs);
HEDGE_DECLARE(eighths_u8_u8_avx512vbmi, EighthsParams, EighthsArgs);
HEDGE_DECLARE(eighths_u8_u8_avx2, EighthsParams, EighthsArgs);
HEDGE_DECLARE(smooth_u8_f32_avx512, SmoothParams, SampleArgs);
HEDGE_DECLARE(smooth_u8_f32_avx2, SmoothParams, SampleArgs);
HEDGE_DECLARE(weigh_rows_f32_avx512, WeighRowsParams, WeighRowsArgs);
HEDGE_DECLARE(weigh_rows_f32_avx2, WeighRowsParams, WeighRowsArgs);
HEDGE_DECLARE(blend_f32_u8_avx512, BlendParams, BlendArgs);
HEDGE_DECLARE(blend_f32_u8_avx2, BlendParams, BlendArgs);
HEDGE_DECLARE(blend_f32_f32_avx512, BlendParams, BlendArgs);
HEDGE_DECLARE(blend_f32_f32_avx2, BlendParams, BlendArgs);
#endif
#undef HEDGE_DECLARE

namespace {

[[maybe_unused]] constexpr IsaSet set_of(std::initializer_list<Isa> all) {
  IsaSet set;
  for (const Isa isa : all) set.bits |= static_cast<std::uint32_t>(isa);
  return set;
}

template <class Params>
const char* takes_all(const Params&) {
  return nullptr;
}

[[maybe_unused]] const char* narrow(const SampleParams& p) {
  return 3 * p.source_pixels >= 8 ? nullptr : "a picture narrower than three pixels";
}

/// Bytes from which `count` floats from each `count`-th on come, at most: from the first pixel to the second tap of the
/// last.
[[maybe_unused]] std::int64_t reach(const SampleParams& p, std::int64_t count) {
  std::int64_t longest = 0;
  for (std::int64_t k = 0; k < 3 * p.pixels; k += count) {
    const std::int64_t last = std::min((k + count - 1) / 3, p.pixels - 1);
    longest = std::max(longest, 3 * (p.taps[last].first + std::int64_t{2} - p.taps[k / 3].first));
  }
  return longest;
}

[[maybe_unused]] const char* scattered(const SampleParams& p) {
  constexpr std::int64_t kWindow = 64;
  if (3 * p.source_pixels < kWindow) return "a row of less than 64 bytes";
  return reach(p, 16) <= kWindow ? nullptr : "sixteen floats from more than 64 bytes";
}

[[maybe_unused]] const char* wide(const SmoothParams& p) {
  return 3 * p.source_pixels >= 12 * p.groups + 4 ? nullptr : "windows about as wide as the picture";
}

[[maybe_unused]] const char* no_pixels(const BlendParams& p) {
  if (p.channel_stride != 1 || p.pixel_stride != p.channels) return "bytes that are not pixel after pixel";
  // Sums are rounded to 31 bits before they saturate. The values of a row lie within those of bytes, and a bit of room.
  for (std::int64_t c = 0; c < p.channels; ++c)
    for (const float end : {-1.0f, 256.0f})
      if (!(std::abs((end - p.mean[c]) * p.scale[c] / p.divisor.step) < 0x1p30f)) return "steps beyond 31 bits";
  return nullptr;
}

[[maybe_unused]] const char* no_eighths(const EighthsParams& p) {
  if (const char* reason = no_pixels(p.blend)) return reason;
  if (p.blend.channels != 3) return "not three channels";
  for (std::int64_t x = 0; x < p.sample.pixels; ++x)
    if (8 * p.sample.taps[x].weight != std::floor(8 * p.sample.taps[x].weight)) return "weights that are not eighths";
  return nullptr;
}
[[maybe_unused]] const char* no_near_eighths(const EighthsParams& p) {
  if (3 * p.sample.source_pixels < 64) return "a row of less than 64 bytes";
  return reach(p.sample, 32) <= 128 ? no_eighths(p) : "32 sums from more than 128 bytes";
}
[[maybe_unused]] const char* no_close_eighths(const EighthsParams& p) {
  if (3 * p.sample.source_pixels < 16) return "a row of less than 16 bytes";
  return reach(p.sample, 4) <= 16 ? no_eighths(p) : "four sums from more than 16 bytes";
}

[[maybe_unused]] const char* no_planes(const BlendParams& p) {
  return p.pixel_stride == 1 ? nullptr : "floats that are not plane after plane";
}

}  // namespace

std::span<const SampleKernel> sample_kernels() {
  static constexpr SampleKernel kKernels[] = {
#if defined(__x86_64__)
      {"sample_u8_f32_avx512vbmi", set_of({Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAvx512Vbmi}), "window16", scattered,
       sample_u8_f32_avx512vbmi},
      {"sample_u8_f32_avx512", set_of({Isa::kAvx512}), "halves16", narrow, sample_u8_f32_avx512},
      {"sample_u8_f32_avx2", set_of({Isa::kAvx2}), "halves8", narrow, sample_u8_f32_avx2},
#endif
      {"sample_u8_f32", {}, "", takes_all, sample_u8_f32}};
  return kKernels;
}

std::span<const EighthsKernel> eighths_kernels() {
#if defined(__x86_64__)
  static constexpr EighthsKernel kKernels[] = {
      {"eighths_u8_u8_avx512vbmi", set_of({Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAvx512Vbmi}), "windows32",
       no_near_eighths, eighths_u8_u8_avx512vbmi},
      {"eighths_u8_u8_avx2", set_of({Isa::kAvx2}), "quads16", no_close_eighths, eighths_u8_u8_avx2}};
  return kKernels;
#else
  return {};
#endif
}

std::span<const SmoothKernel> smooth_kernels() {
  static constexpr SmoothKernel kKernels[] = {
#if defined(__x86_64__)
      {"smooth_u8_f32_avx512", set_of({Isa::kAvx512}), "groups4", wide, smooth_u8_f32_avx512},
      {"smooth_u8_f32_avx2", set_of({Isa::kAvx2}), "groups4", wide, smooth_u8_f32_avx2},
#endif
      {"smooth_u8_f32", {}, "", takes_all, smooth_u8_f32}};
  return kKernels;
}

std::span<const WeighRowsKernel> weigh_rows_kernels() {
  static constexpr WeighRowsKernel kKernels[] = {
#if defined(__x86_64__)
      {"weigh_rows_f32_avx512", set_of({Isa::kAvx512}), "", takes_all, weigh_rows_f32_avx512},
      {"weigh_rows_f32_avx2", set_of({Isa::kAvx2}), "", takes_all, weigh_rows_f32_avx2},
#endif
      {"weigh_rows_f32", {}, "", takes_all, weigh_rows_f32}};
  return kKernels;
}

std::span<const BlendKernel> blend_bytes_kernels() {
  static constexpr BlendKernel kKernels[] = {
#if defined(__x86_64__)
      {"blend_f32_u8_avx512", set_of({Isa::kAvx512}), "", no_pixels, blend_f32_u8_avx512},
      {"blend_f32_u8_avx2", set_of({Isa::kAvx2}), "", no_pixels, blend_f32_u8_avx2},
#endif
      {"blend_f32_u8", {}, "", takes_all, blend_f32_u8}};
  return kKernels;
}

std::span<const BlendKernel> blend_floats_kernels() {
  static constexpr BlendKernel kKernels[] = {
#if defined(__x86_64__)
      {"blend_f32_f32_avx512", set_of({Isa::kAvx512}), "", no_planes, blend_f32_f32_avx512},
      {"blend_f32_f32_avx2", set_of({Isa::kAvx2}), "", no_planes, blend_f32_f32_avx2},
#endif
      {"blend_f32_f32", {}, "", takes_all, blend_f32_f32}};
  return kKernels;
}

}  // namespace hedge::kernel
