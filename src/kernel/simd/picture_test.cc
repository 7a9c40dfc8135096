// Kernels of pictures: the bits of the plain ones, for random geometries, and nothing read or written beside the rows.
#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "kernel/divisor.h"
#include "kernel/picture.h"
#include "kernel/ref/against_twin.h"

namespace hedge::kernel {
namespace {

using ref::FencedBytes;
using ref::FencedFloats;
using ref::for_each_kernel;
using ref::pick;
using ref::real;
using ref::run_all;

/// Bit by bit: a zero is not a negative zero.
void expect_bits(const float* y, const float* expected, std::int64_t count, const std::string& what) {
  for (std::int64_t k = 0; k < count; ++k)
    ASSERT_EQ(std::memcmp(y + k, expected + k, sizeof(float)), 0)
        << what << ": element " << k << " is " << y[k] << ", not " << expected[k];
}

TEST(Picture, SamplesAsThePlainKernel) {
  std::minstd_rand random(1);
  for (int round = 0; round < 400 && !testing::Test::HasFatalFailure(); ++round) {
    const std::int64_t source = pick(random, 0, 3) == 0 ? pick(random, 1, 8) : pick(random, 1, 400);
    const std::int64_t pixels = pick(random, 0, 3) == 0 ? pick(random, 1, 8) : pick(random, 1, 300);
    std::vector<ResizeTap> taps;
    for (std::int64_t x = 0; x < pixels; ++x) {
      const auto first = static_cast<std::int32_t>(x * source / pixels);
      const bool last = first == source - 1;
      taps.push_back({first, last ? first : first + 1, last ? 0 : real(random, 0, 1)});
    }
    SampleParams p{.pixels = pixels, .source_pixels = source, .red_first = round % 2 == 0, .taps = taps.data()};
    std::vector<float> expected(static_cast<std::size_t>(3 * pixels));
    for_each_kernel(sample_kernels(), p, [&](const SampleKernel& kernel, auto fence, int threads) {
      FencedBytes x(3 * source, fence);
      x.randomize(random, 0, 255);
      sample_kernels().back().run(p, {x.data(), expected.data()}, {});
      FencedFloats y(picture_row_room(3 * pixels), fence);
      const auto vectors = pack_taps(kernel.packing, p);
      p.vectors = vectors.data();
      run_all(kernel, p, SampleArgs{x.data(), y.data()}, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name << ": wrote outside its row";
      expect_bits(y.data(), expected.data(), 3 * pixels, fmt::format("{} {} -> {}", kernel.name, source, pixels));
    });
  }
}

TEST(Picture, SmoothsAsThePlainKernel) {
  std::minstd_rand random(2);
  for (int round = 0; round < 400 && !testing::Test::HasFatalFailure(); ++round) {
    const std::int64_t source = pick(random, 0, 3) == 0 ? pick(random, 1, 20) : pick(random, 1, 400);
    const std::int64_t pixels = pick(random, 1, 100), longest = pick(random, 1, std::min<std::int64_t>(source, 30));
    std::vector<SmoothWindow> windows;
    std::vector<float> weights;
    for (std::int64_t x = 0; x < pixels; ++x) {
      const auto count = static_cast<std::int32_t>(pick(random, 1, longest));
      const auto first =
          static_cast<std::int32_t>(x == pixels - 1 ? source - count : std::min(x * source / pixels, source - count));
      windows.push_back({first, count, std::ssize(weights)});
      for (std::int32_t k = 0; k < count; ++k) weights.push_back(real(random, 0, 1));
    }
    SmoothParams p{.pixels = pixels,
                   .source_pixels = source,
                   .red_first = round % 2 == 0,
                   .windows = windows.data(),
                   .weights = weights.data(),
                   .groups = smooth_groups(windows)};
    std::vector<float> expected(static_cast<std::size_t>(3 * pixels));
    for_each_kernel(smooth_kernels(), p, [&](const SmoothKernel& kernel, auto fence, int threads) {
      FencedBytes x(3 * source, fence);
      x.randomize(random, 0, 255);
      smooth_kernels().back().run(p, {x.data(), expected.data()}, {});
      FencedFloats y(picture_row_room(3 * pixels), fence);
      const SmoothTaps taps = pack_windows(kernel.packing, p);
      p.vectors = taps.vectors.data();
      p.packed_weights = taps.weights.data();
      run_all(kernel, p, SampleArgs{x.data(), y.data()}, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name << ": wrote outside its row";
      expect_bits(y.data(), expected.data(), 3 * pixels,
                  fmt::format("{} {} -> {} by {}", kernel.name, source, pixels, longest));
    });
  }
}

TEST(Picture, WeighsRowsAsThePlainKernel) {
  std::minstd_rand random(3);
  for (int round = 0; round < 60 && !testing::Test::HasFatalFailure(); ++round) {
    const std::int64_t floats = pick(random, 1, 500), rows = pick(random, 1, 20), pitch = picture_row_room(floats);
    const WeighRowsParams p{.floats = floats, .pitch = pitch};
    std::vector<float> expected(static_cast<std::size_t>(pitch));
    for_each_kernel(weigh_rows_kernels(), p, [&](const WeighRowsKernel& kernel, auto fence, int threads) {
      FencedFloats x(rows * pitch, fence), weights(rows, fence), y(pitch, fence);
      x.randomize(random, 0, 255);
      weights.randomize(random, 0, 1);
      weigh_rows_kernels().back().run(p, {x.data(), weights.data(), rows, expected.data()}, {});
      run_all(kernel, p, WeighRowsArgs{x.data(), weights.data(), rows, y.data()}, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name << ": wrote outside its row";
      expect_bits(y.data(), expected.data(), floats, kernel.name);
    });
  }
}

/// Rows of floats as sampling gives them: often on the points between two bytes.
void fill_row(FencedFloats& row, std::minstd_rand& random) {
  row.randomize(random, 0, 255);
  for (std::size_t k = 0; k < row.size(); ++k)
    if (pick(random, 0, 1) == 0) row.data()[k] = std::floor(row.data()[k]);
}

BlendParams random_blend(std::minstd_rand& random, std::int64_t pixels, std::int64_t channels) {
  BlendParams p{.pixels = pixels, .channels = channels, .pixel_stride = channels, .channel_stride = 1};
  p.normalises = pick(random, 0, 1) != 0;
  const float size = pick(random, 0, 3) == 0 ? 1e6f : 3;  // beyond all bytes
  float mean[3], scale[3];
  for (int c = 0; c < 3; ++c) mean[c] = real(random, -20, 200), scale[c] = real(random, -1, 1) * size;
  for (std::int64_t k = 0; k < std::ssize(p.mean); ++k) {
    p.mean[k] = p.normalises ? mean[k % channels] : 0;
    p.scale[k] = p.normalises ? scale[k % channels] : 1;
  }
  p.divisor = divisor_of(pick(random, 0, 2) == 0 ? 1.0f : std::exp(real(random, -7, 2)));
  if (pick(random, 0, 3) == 0) p.divisor.divides = true;
  p.zero = static_cast<std::int32_t>(pick(random, 0, 2) == 0 ? 0 : pick(random, 0, 255));
  return p;
}

TEST(Picture, BlendsToBytesAsThePlainKernel) {
  std::minstd_rand random(4);
  for (int round = 0; round < 400 && !testing::Test::HasFatalFailure(); ++round) {
    const std::int64_t channels = pick(random, 0, 1) == 0 ? 1 : 3, pixels = pick(random, 1, 300);
    const std::int64_t elements = pixels * channels;
    const BlendParams p = random_blend(random, pixels, channels);
    std::vector<std::uint8_t> expected(static_cast<std::size_t>(elements));
    for_each_kernel(blend_bytes_kernels(), p, [&](const BlendKernel& kernel, auto fence, int threads) {
      FencedFloats upper(picture_row_room(elements), fence), lower(picture_row_room(elements), fence);
      fill_row(upper, random);
      fill_row(lower, random);
      const float weight = pick(random, 0, 2) == 0 ? 0.5f : real(random, 0, 1);
      blend_bytes_kernels().back().run(p, {upper.data(), lower.data(), weight, expected.data()}, {});
      FencedBytes y(elements, fence);
      run_all(kernel, p, BlendArgs{upper.data(), lower.data(), weight, y.data()}, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name << ": wrote outside its row";
      for (std::int64_t k = 0; k < elements; ++k)
        ASSERT_EQ(y[k], expected[static_cast<std::size_t>(k)])
            << kernel.name << ": element " << k << " of " << elements << ", step " << p.divisor.step;
    });
  }
}

TEST(Picture, BlendsToPlanesAsThePlainKernel) {
  std::minstd_rand random(5);
  for (int round = 0; round < 200 && !testing::Test::HasFatalFailure(); ++round) {
    const std::int64_t channels = pick(random, 0, 1) == 0 ? 1 : 3, pixels = pick(random, 1, 300);
    BlendParams p = random_blend(random, pixels, channels);
    p.pixel_stride = 1;
    p.channel_stride = pixels + pick(random, 0, 9);
    const std::int64_t extent = (channels - 1) * p.channel_stride + pixels;
    for_each_kernel(blend_floats_kernels(), p, [&](const BlendKernel& kernel, auto fence, int threads) {
      FencedFloats upper(picture_row_room(3 * pixels), fence), lower(picture_row_room(3 * pixels), fence);
      fill_row(upper, random);
      fill_row(lower, random);
      const float weight = real(random, 0, 1);
      std::vector<float> expected(static_cast<std::size_t>(extent), FencedFloats::kCanary);  // also between the planes
      blend_floats_kernels().back().run(p, {upper.data(), lower.data(), weight, expected.data()}, {});
      FencedFloats y(extent, fence);
      run_all(kernel, p, BlendArgs{upper.data(), lower.data(), weight, y.data()}, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name << ": wrote outside its planes";
      expect_bits(y.data(), expected.data(), extent, kernel.name);
    });
  }
}

TEST(Picture, EighthsAreWhatSamplingAndBlendingGive) {
  std::minstd_rand random(7);
  int taken = 0;
  for (int round = 0; round < 400 && !testing::Test::HasFatalFailure(); ++round) {
    const std::int64_t pixels = pick(random, 1, 200), ratio = pick(random, 1, 4);  // halves of a source pixel
    const std::int64_t source = std::max<std::int64_t>(1, pixels * ratio / 2 + pick(random, -2, 2));
    std::vector<ResizeTap> taps;
    for (std::int64_t x = 0; x < pixels; ++x) {
      const auto first = static_cast<std::int32_t>(std::min(x * ratio / 2, source - 1));
      const bool last = first == source - 1;
      taps.push_back({first, last ? first : first + 1, last ? 0 : static_cast<float>(pick(random, 0, 7)) / 8});
    }
    const SampleParams sample{
        .pixels = pixels, .source_pixels = source, .red_first = round % 2 == 0, .taps = taps.data()};
    EighthsParams p{.sample = sample, .blend = random_blend(random, pixels, 3)};
    std::vector<float> upper(static_cast<std::size_t>(3 * pixels)), lower(upper.size());
    std::vector<std::uint8_t> expected(upper.size());
    for_each_kernel(eighths_kernels(), p, [&](const EighthsKernel& kernel, auto fence, int threads) {
      ++taken;
      FencedBytes a(3 * source, fence), b(3 * source, fence), y(3 * pixels, fence);
      a.randomize(random, 0, 255);
      b.randomize(random, 0, 255);
      const auto weight = static_cast<std::int32_t>(pick(random, 0, 7));
      sample_kernels().back().run(sample, {a.data(), upper.data()}, {});
      sample_kernels().back().run(sample, {b.data(), lower.data()}, {});
      blend_bytes_kernels().back().run(
          p.blend, {upper.data(), lower.data(), static_cast<float>(weight) / 8, expected.data()}, {});
      const auto vectors = pack_eighths(kernel.packing, sample);
      p.vectors = vectors.data();
      run_all(kernel, p, EighthsArgs{a.data(), b.data(), weight, y.data()}, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name << ": wrote outside its row";
      for (std::int64_t k = 0; k < 3 * pixels; ++k)
        ASSERT_EQ(y[k], expected[static_cast<std::size_t>(k)])
            << kernel.name << ": element " << k << " of " << pixels << " from " << source;
    });
  }
  EXPECT_TRUE(taken > 400 || !detect_isa().has(Isa::kAvx2)) << taken;
}

TEST(Picture, EveryProblemHasAKernelAndNarrowPicturesThePlainOne) {
  const ResizeTap taps[] = {{0, 0, 0}};
  const SampleParams p{.pixels = 1, .source_pixels = 1, .taps = taps};
  EXPECT_STREQ(first_kernel(sample_kernels(), p, detect_isa()).name, "sample_u8_f32");
  EXPECT_STREQ(first_kernel(blend_bytes_kernels(), BlendParams{.pixels = 1, .channels = 1}, {}).name, "blend_f32_u8");
}

TEST(Divisor, RoundsAsDivisionDoes) {
  std::minstd_rand random(6);
  int proved = 0;
  constexpr int kSteps = 200;
  for (int round = 0; round < kSteps; ++round) {
    const float step = round == 0 ? 1.0f : round == 1 ? 1.0f / 255 : std::exp(real(random, -12, 6));
    const Divisor divisor = divisor_of(step);
    if (divisor.divides) continue;
    ++proved;
    for (int k = 0; k < 3000; ++k) {
      // Around the points where the integer changes, and anywhere.
      float x = (static_cast<float>(pick(random, -300, 300)) + 0.5f) * step;
      for (int ulps = static_cast<int>(pick(random, -3, 3)); ulps != 0; ulps -= ulps > 0 ? 1 : -1)
        x = std::nextafter(x, ulps > 0 ? 1e30f : -1e30f);
      if (k % 3 == 0) x = real(random, -300, 300) * step;
      const float divided = std::rint(x / step), product = std::rint(std::fma(x, divisor.high, x * divisor.low));
      ASSERT_TRUE(divided == product || (std::abs(divided) > 255 && std::abs(product) > 255)) << x << " / " << step;
    }
  }
  EXPECT_GT(proved, kSteps * 9 / 10);
}

}  // namespace
}  // namespace hedge::kernel
