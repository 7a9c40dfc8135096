// Tables, sums, products, pooling of bytes and the ways between bytes and floats: every byte as the twin has it.
#include <bit>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "kernel/ref/against_twin.h"
#include "kernel/ref/qpointwise.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::Fenced;
using ref::FencedBytes;
using ref::FencedFloats;
using ref::for_each_kernel;
using ref::pick;
using ref::real;
using ref::run_all;

std::int64_t pitch_of(std::minstd_rand& random, std::int64_t columns) {
  return columns + (pick(random, 0, 2) == 0 ? pick(random, 1, 30) : 0);
}
std::int64_t extent(std::int64_t rows, std::int64_t columns, std::int64_t pitch) {
  return (rows - 1) * pitch + columns;
}

/// Rows hold what expected(index) says, the gaps between them what they held.
template <class Expected>
void expect_rows(const FencedBytes& y, std::int64_t columns, std::int64_t pitch, const std::string& what,
                 const Expected& expected) {
  ASSERT_TRUE(y.is_intact()) << what << ": wrote outside its output";
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(y.size()); ++k) {
    const std::int64_t row = k / pitch, column = k % pitch;
    if (column < columns)
      ASSERT_EQ(y[k], expected(row * columns + column)) << what << ": row " << row << " column " << column;
    else
      ASSERT_EQ(y[k], FencedBytes::kCanary) << what << ": wrote after row " << row;
  }
}

/// A zero point and a clamp around it.
template <class Params>
void set_output(Params& p, std::minstd_rand& random) {
  p.y_zero = static_cast<std::int32_t>(pick(random, 0, 255));
  p.y_low = static_cast<std::int32_t>(pick(random, 0, 1) * pick(random, 0, p.y_zero));
  p.y_high = static_cast<std::int32_t>(pick(random, 0, 1) != 0 ? 255 : pick(random, p.y_zero, 255));
}

TEST(QTable, LooksUpEveryByte) {
  std::minstd_rand random(1);
  for (int round = 0; round < 200; ++round) {
    QTableParams p{.rows = pick(random, 1, 9), .columns = pick(random, 1, 300)};
    p.x_pitch = pitch_of(random, p.columns), p.y_pitch = pitch_of(random, p.columns);
    for_each_kernel(qtable_kernels(), p, [&](const QTableKernel& kernel, ref::Fence fence, int threads) {
      FencedBytes x(extent(p.rows, p.columns, p.x_pitch), fence), y(extent(p.rows, p.columns, p.y_pitch), fence);
      FencedBytes table(256, fence);
      x.randomize(random, 0, 255), table.randomize(random, 0, 255);
      const QTableArgs args{x.data(), table.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_rows(y, p.columns, p.y_pitch, fmt::format("{} round {}", kernel.name, round),
                  [&](std::int64_t k) { return ref::qtable(p, args, k); });
    });
  }
}

TEST(QBinary, IsItsTwin) {
  std::minstd_rand random(2);
  for (int round = 0; round < 600; ++round) {
    QBinaryParams p{.function = round % 2 == 0 ? QBinary::kAdd : QBinary::kMul, .columns = pick(random, 1, 200)};
    const bool broadcast = pick(random, 0, 2) == 0;
    p.rows_per_b = broadcast ? pick(random, 1, 9) : 1;
    const std::int64_t b_rows = pick(random, 1, 4);
    p.rows = p.rows_per_b * b_rows;
    p.a_pitch = pitch_of(random, p.columns), p.b_pitch = pitch_of(random, p.columns);
    p.y_pitch = pitch_of(random, p.columns);
    p.a_zero = static_cast<std::int32_t>(pick(random, 0, 255)),
    p.b_zero = static_cast<std::int32_t>(pick(random, 0, 255));
    const bool ties = pick(random, 0, 1) == 0;
    p.a_scale = p.function == QBinary::kMul ? real(random, 0.001f, 0.02f) : real(random, 0.1f, 2);
    p.b_scale = real(random, 0.1f, 2);
    if (ties) p.a_scale = std::exp2(std::round(std::log2(p.a_scale))), p.b_scale = 0.5f;
    set_output(p, random);
    for_each_kernel(qbinary_kernels(), p, [&](const QBinaryKernel& kernel, ref::Fence fence, int threads) {
      FencedBytes a(extent(p.rows, p.columns, p.a_pitch), fence), b(extent(b_rows, p.columns, p.b_pitch), fence);
      FencedBytes y(extent(p.rows, p.columns, p.y_pitch), fence);
      a.randomize(random, 0, 255), b.randomize(random, 0, 255);
      const QBinaryArgs args{a.data(), b.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_rows(y, p.columns, p.y_pitch, fmt::format("{} round {}", kernel.name, round),
                  [&](std::int64_t k) { return ref::qbinary(p, args, k); });
    });
  }
}

void check_pool(const QPoolParams& p, std::minstd_rand& random, const std::string& what) {
  for_each_kernel(qpool_kernels(), p, [&](const QPoolKernel& kernel, ref::Fence fence, int threads) {
    FencedBytes x(extent(p.batch * p.in_h * p.in_w, p.channels, p.x_pitch), fence);
    FencedBytes y(extent(p.batch * p.out_h * p.out_w, p.channels, p.y_pitch), fence);
    x.randomize(random, 0, 255);
    if (pick(random, 0, 3) == 0) std::fill_n(x.data(), x.size(), std::uint8_t{255});
    const QPoolArgs args{x.data(), y.data()};
    run_all(kernel, p, args, threads);
    expect_rows(y, p.channels, p.y_pitch, fmt::format("{} {}", kernel.name, what),
                [&](std::int64_t k) { return ref::qpool(p, args, k / p.channels, k % p.channels); });
  });
}

TEST(QPool, IsItsTwin) {
  std::minstd_rand random(3);
  for (int round = 0; round < 600 && !HasFatalFailure(); ++round) {
    QPoolParams p{};
    p.batch = pick(random, 1, 2);
    p.in_h = pick(random, 1, 9), p.in_w = pick(random, 1, 9);
    p.channels = pick(random, 1, 100);
    p.kernel_h = pick(random, 1, 4), p.kernel_w = pick(random, 1, 4);
    p.stride_h = pick(random, 1, 3), p.stride_w = pick(random, 1, 3);
    p.dilation_h = pick(random, 1, 2), p.dilation_w = pick(random, 1, 2);
    p.pad_top = pick(random, 0, p.kernel_h - 1), p.pad_bottom = pick(random, 0, p.kernel_h - 1);
    p.pad_left = pick(random, 0, p.kernel_w - 1), p.pad_right = pick(random, 0, p.kernel_w - 1);
    const bool up = pick(random, 0, 1) == 1;  // ceil_mode
    const auto out = [&](std::int64_t in, std::int64_t pads, std::int64_t kernel, std::int64_t stride,
                         std::int64_t dilation) {
      const std::int64_t free = in + pads - (kernel - 1) * dilation - 1;
      return free < 0 ? std::int64_t{1} : (free + (up ? stride - 1 : 0)) / stride + 1;
    };
    p.out_h = out(p.in_h, p.pad_top + p.pad_bottom, p.kernel_h, p.stride_h, p.dilation_h);
    p.out_w = out(p.in_w, p.pad_left + p.pad_right, p.kernel_w, p.stride_w, p.dilation_w);
    p.average = pick(random, 0, 1) == 1;
    p.count_include_pad = pick(random, 0, 1) == 1;
    p.x_pitch = pitch_of(random, p.channels), p.y_pitch = pitch_of(random, p.channels);
    p.x_zero = static_cast<std::int32_t>(pick(random, 0, 255));
    p.scale = pick(random, 0, 1) == 0 ? 1 : real(random, 0.3f, 3);
    set_output(p, random);
    check_pool(p, random, fmt::format("round {}", round));
  }
}

TEST(QPool, GlobalAverageAddsUpWideSums) {
  std::minstd_rand random(4);
  for (const auto& [size, channels] : {std::pair{7, 1280}, {16, 33}, {17, 64}, {40, 20}, {1, 100}}) {
    QPoolParams p{};
    p.batch = 2;
    p.in_h = p.in_w = p.kernel_h = p.kernel_w = size;
    p.channels = p.x_pitch = p.y_pitch = channels;
    p.out_h = p.out_w = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
    p.average = true;
    p.x_zero = 3, p.scale = 1, p.y_high = 255;
    check_pool(p, random, fmt::format("global {}x{}x{}", size, size, channels));
  }
}

TEST(QResize, IsItsTwin) {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    QResizeParams p{};
    p.batch = pick(random, 1, 2);
    p.in_h = pick(random, 1, 7), p.in_w = pick(random, 1, 7);
    p.out_h = pick(random, 1, 9), p.out_w = pick(random, 1, 9);
    p.channels = pick(random, 1, 140);
    p.x_pitch = pitch_of(random, p.channels), p.y_pitch = pitch_of(random, p.channels);
    std::vector<ResizeTap> taps;
    for (const auto& [in, out] : {std::pair{p.in_h, p.out_h}, {p.in_w, p.out_w}})
      for (std::int64_t k = 0; k < out; ++k)
        taps.push_back({static_cast<std::int32_t>(pick(random, 0, in - 1)),
                        static_cast<std::int32_t>(pick(random, 0, in - 1)),
                        pick(random, 0, 1) == 0 ? 0.25f * static_cast<float>(pick(random, 0, 4)) : real(random, 0, 1)});
    p.rows = taps.data(), p.columns = taps.data() + p.out_h;
    p.linear = round % 3 > 0;
    p.x_zero = static_cast<std::int32_t>(pick(random, 0, 255));
    p.scale = pick(random, 0, 1) == 0 ? 1 : real(random, 0.3f, 3);
    set_output(p, random);
    for_each_kernel(qresize_kernels(), p, [&](const QResizeKernel& kernel, ref::Fence fence, int threads) {
      FencedBytes x(extent(p.batch * p.in_h * p.in_w, p.channels, p.x_pitch), fence);
      FencedBytes y(extent(p.batch * p.out_h * p.out_w, p.channels, p.y_pitch), fence);
      x.randomize(random, 0, 255);
      const QResizeArgs args{x.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_rows(y, p.channels, p.y_pitch, fmt::format("{} round {}", kernel.name, round),
                  [&](std::int64_t k) { return ref::qresize(p, args, k / p.channels, k % p.channels); });
    });
  }
}

TEST(Quantize, IsItsTwinAlsoAtTheEnds) {
  std::minstd_rand random(5);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> ends = {0.0f,   -0.0f,  0.5f,      -0.5f,      1.5f,
                                   2.5f,   127.5f, 1e9f,      -1e9f,      1e30f,
                                   -1e30f, 3e38f,  kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()};
  for (const std::int64_t elements : {1, 15, 31, 63, 64, 65, 200, 1000})
    for (const float scale : {1.0f, 0.5f, 0.037f, 1e-3f}) {
      const QuantizeParams p{elements, scale, static_cast<std::int32_t>(pick(random, 0, 255))};
      for_each_kernel(quantize_kernels(), p, [&](const QuantizeKernel& kernel, ref::Fence fence, int threads) {
        FencedFloats x(elements, fence);
        FencedBytes y(elements, fence);
        x.randomize(random, -140 * scale, 280 * scale);
        for (std::int64_t k = 0; k < elements; k += 2)
          x.data()[k] =
              pick(random, 0, 3) == 0
                  ? ends[static_cast<std::size_t>(pick(random, 0, static_cast<std::int64_t>(ends.size()) - 1))]
                  : scale * (0.5f + static_cast<float>(pick(random, -200, 300)));  // halfway
        const QuantizeArgs args{x.data(), y.data()};
        run_all(kernel, p, args, threads);
        expect_rows(y, elements, elements, kernel.name, [&](std::int64_t k) { return ref::quantize(p, args, k); });
      });
    }
}

TEST(Dequantize, IsItsTwin) {
  std::minstd_rand random(6);
  for (const std::int64_t elements : {1, 15, 31, 63, 64, 65, 200, 1000}) {
    const QuantizeParams p{elements, real(random, 0.001f, 1), static_cast<std::int32_t>(pick(random, 0, 255))};
    for_each_kernel(dequantize_kernels(), p, [&](const DequantizeKernel& kernel, ref::Fence fence, int threads) {
      FencedBytes x(elements, fence);
      FencedFloats y(elements, fence);
      x.randomize(random, 0, 255);
      const DequantizeArgs args{x.data(), y.data()};
      run_all(kernel, p, args, threads);
      ASSERT_TRUE(y.is_intact()) << kernel.name;
      for (std::int64_t k = 0; k < elements; ++k)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(y[k]), std::bit_cast<std::uint32_t>(ref::dequantize(p, args, k)));
    });
  }
}

}  // namespace
}  // namespace hedge::kernel
