// The plain kernels of pictures: what every other one gives to the bit, and what a machine without vectors runs.
#include <algorithm>
#include <cmath>

#include "kernel/picture_params.h"
#include "kernel/slice.h"

namespace hedge::kernel {

void sample_u8_f32(const SampleParams& p, const SampleArgs& args, Slice slice);
void smooth_u8_f32(const SmoothParams& p, const SampleArgs& args, Slice slice);
void weigh_rows_f32(const WeighRowsParams& p, const WeighRowsArgs& args, Slice slice);
void blend_f32_u8(const BlendParams& p, const BlendArgs& args, Slice slice);
void blend_f32_f32(const BlendParams& p, const BlendArgs& args, Slice slice);

void sample_u8_f32(const SampleParams& p, const SampleArgs& args, Slice slice) {
  const Range mine = share(p.pixels, slice);
  for (std::int64_t x = mine.begin; x < mine.end; ++x) {
    const ResizeTap tap = p.taps[x];
    const std::uint8_t *a = args.x + 3 * std::int64_t{tap.first}, *b = args.x + 3 * std::int64_t{tap.second};
    for (int c = 0; c < 3; ++c) {
      const auto left = static_cast<float>(a[c]);
      args.y[3 * x + (p.red_first ? 2 - c : c)] = left + (static_cast<float>(b[c]) - left) * tap.weight;
    }
  }
}

void smooth_u8_f32(const SmoothParams& p, const SampleArgs& args, Slice slice) {
  const Range mine = share(p.pixels, slice);
  for (std::int64_t x = mine.begin; x < mine.end; ++x) {
    const SmoothWindow window = p.windows[x];
    const float* weights = p.weights + window.begin;
    const std::uint8_t* pixel = args.x + 3 * std::int64_t{window.first};
    float bgr[3] = {};
    for (std::int32_t k = 0; k < window.count; ++k, pixel += 3)
      for (int c = 0; c < 3; ++c) bgr[c] += weights[k] * static_cast<float>(pixel[c]);
    for (int c = 0; c < 3; ++c) args.y[3 * x + (p.red_first ? 2 - c : c)] = bgr[c];
  }
}

void weigh_rows_f32(const WeighRowsParams& p, const WeighRowsArgs& args, Slice slice) {
  const Range mine = share(p.floats, slice);
  std::fill(args.y + mine.begin, args.y + mine.end, 0.0f);
  for (std::int64_t j = 0; j < args.rows; ++j)
    for (std::int64_t k = mine.begin; k < mine.end; ++k) args.y[k] += args.weights[j] * args.x[j * p.pitch + k];
}

namespace {

/// Calls write(value, element of y) for each element of a row.
template <class Write>
void blend(const BlendParams& p, const BlendArgs& args, Slice slice, const Write& write) {
  const Range mine = share(p.pixels, slice);
  for (std::int64_t c = 0; c < p.channels; ++c)
    for (std::int64_t x = mine.begin; x < mine.end; ++x) {
      const float a = args.upper[x * p.channels + c], b = args.lower[x * p.channels + c];
      write((a + (b - a) * args.weight - p.mean[c]) * p.scale[c], x * p.pixel_stride + c * p.channel_stride);
    }
}

}  // namespace

void blend_f32_u8(const BlendParams& p, const BlendArgs& args, Slice slice) {
  auto* y = static_cast<std::uint8_t*>(args.y);
  const auto low = static_cast<float>(-p.zero), high = static_cast<float>(255 - p.zero);
  blend(p, args, slice, [&](float v, std::int64_t at) {
    y[at] = static_cast<std::uint8_t>(p.zero + std::lrintf(std::clamp(v / p.divisor.step, low, high)));
  });
}

void blend_f32_f32(const BlendParams& p, const BlendArgs& args, Slice slice) {
  auto* y = static_cast<float*>(args.y);
  blend(p, args, slice, [&](float v, std::int64_t at) { y[at] = v; });
}

}  // namespace hedge::kernel
