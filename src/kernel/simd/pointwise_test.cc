// Pooling, elementwise functions, resizing, softmax against their plain twins; the ends of the number line.
#include <limits>

#include <vector>

#include <fmt/format.h>

#include "kernel/ref/against_twin.h"
#include "kernel/ref/pointwise.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::FencedFloats;
using ref::for_each_kernel;
using ref::run_all;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Unary, EveryFunctionMatchesItsTwin) {
  std::minstd_rand random(1);
  for (int activation = 0; activation < kActivationCount; ++activation)
    for (const Unary function : {Unary::kActivation, Unary::kExp, Unary::kSqrt, Unary::kNeg, Unary::kAbs})
      for (const std::int64_t elements : {1, 15, 16, 17, 333}) {
        const UnaryParams p{elements, function, {static_cast<Activation>(activation), 0.2f, 0.5f, false}};
        for_each_kernel(unary_kernels(), p, [&](const UnaryKernel& kernel, FencedFloats::Fence fence, int threads) {
          FencedFloats x(elements, fence), y(elements, fence);
          x.randomize(random, function == Unary::kSqrt ? 0 : -9, 9);
          const UnaryArgs args{x.data(), y.data()};
          run_all(kernel, p, args, threads);
          expect_near(y, fmt::format("{} {}", kernel.name, to_string(p.epilogue.activation)),
                      [&](std::int64_t k) { return ref::unary(p, args, k); });
        });
      }
}

/// What every kernel gives for `x`; checked to agree with `expected`, NaN being NaN.
void expect_value(Unary function, Activation activation, float x, float expected) {
  const UnaryParams p{1, function, {activation, -1, 1, false}};
  for_each_kernel(unary_kernels(), p, [&](const UnaryKernel& kernel, FencedFloats::Fence, int) {
    float y = 0;
    kernel.run(p, {&x, &y}, {});
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(y)) << kernel.name << " " << to_string(activation) << " of " << x << " is " << y;
    else if (std::isinf(expected))
      EXPECT_EQ(y, expected) << kernel.name << " " << to_string(activation) << " of " << x;
    else
      EXPECT_NEAR(y, expected, 1e-6 + 1e-5 * std::abs(expected))
          << kernel.name << " " << to_string(activation) << " of " << x;
  });
}

TEST(Unary, NotANumberStaysSo) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int activation = 0; activation < kActivationCount; ++activation) {
    expect_value(Unary::kActivation, static_cast<Activation>(activation), nan, nan);
    EXPECT_TRUE(std::isnan(apply(static_cast<Activation>(activation), nan, -1, 1)));
  }
  expect_value(Unary::kExp, Activation::kNone, nan, nan);
}

TEST(Unary, LargeArgumentsSaturateAsTheFunctionsDo) {
  for (const float x : {-kInfinity, -1e30f, -200.0f, -89.0f, 89.0f, 200.0f, 1e30f, kInfinity}) {
    expect_value(Unary::kExp, Activation::kNone, x, x > 0 ? kInfinity : 0);
    expect_value(Unary::kActivation, Activation::kSigmoid, x, x > 0 ? 1 : 0);
    expect_value(Unary::kActivation, Activation::kTanh, x, x > 0 ? 1 : -1);
    expect_value(Unary::kActivation, Activation::kClip, x, x > 0 ? 1 : -1);
    if (std::isinf(x) && x < 0) continue;  // 0 * infinity
    expect_value(Unary::kActivation, Activation::kSilu, x, x > 0 ? x : 0);
    expect_value(Unary::kActivation, Activation::kGelu, x, x > 0 ? x : 0);
  }
}

TEST(Unary, ExpIsGoodToAMillionthOverItsRange) {
  constexpr std::int64_t kCount = 20'000;
  const UnaryParams p{kCount, Unary::kExp, {}};
  for_each_kernel(unary_kernels(), p, [&](const UnaryKernel& kernel, FencedFloats::Fence fence, int) {
    FencedFloats x(kCount, fence), y(kCount, fence);
    for (std::int64_t k = 0; k < kCount; ++k) x.data()[k] = -87 + 175.7f * static_cast<float>(k) / kCount;
    kernel.run(p, {x.data(), y.data()}, {});
    for (std::int64_t k = 0; k < kCount; ++k)
      ASSERT_NEAR(y[k] / std::exp(double{x[k]}), 1, 5e-7) << kernel.name << " of " << x[k];
  });
}

TEST(Binary, EveryBroadcastMatchesItsTwin) {
  std::minstd_rand random(2);
  std::uniform_int_distribution<std::int64_t> size(1, 40);
  for (int round = 0; round < 128; ++round) {
    const std::int64_t outer = 1 + size(random) / 13, middle = size(random), inner = size(random);
    const auto stride = [&](int bit, std::int64_t full) { return (round >> bit & 1) != 0 ? full : 0; };
    const auto extent = [&](std::int64_t o, std::int64_t m, std::int64_t i) {
      return (outer - 1) * o + (middle - 1) * m + (inner - 1) * i + 1;
    };
    const BinaryParams p{outer,
                         middle,
                         inner,
                         stride(0, middle * inner),
                         stride(1, inner),
                         stride(2, 1),
                         stride(3, middle * inner),
                         stride(4, inner),
                         stride(5, 1),
                         static_cast<Binary>(round % 6)};
    for_each_kernel(binary_kernels(), p, [&](const BinaryKernel& kernel, FencedFloats::Fence fence, int threads) {
      FencedFloats a(extent(p.a_outer, p.a_middle, p.a_inner), fence),
          b(extent(p.b_outer, p.b_middle, p.b_inner), fence);
      FencedFloats y(outer * middle * inner, fence);
      a.randomize(random);
      b.randomize(random, 0.5f, 2);
      const BinaryArgs args{a.data(), b.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_near(y, fmt::format("{} round {}", kernel.name, round),
                  [&](std::int64_t k) { return ref::binary(p, args, k); });
    });
  }
}

TEST(Binary, OneLongRowIsSharedByElements) {
  const BinaryParams p{1, 1, 1001, 0, 0, 1, 0, 0, 1, Binary::kSub};
  std::minstd_rand random(3);
  for_each_kernel(binary_kernels(), p, [&](const BinaryKernel& kernel, FencedFloats::Fence fence, int threads) {
    FencedFloats a(1001, fence), b(1001, fence), y(1001, fence);
    a.randomize(random);
    b.randomize(random);
    const BinaryArgs args{a.data(), b.data(), y.data()};
    run_all(kernel, p, args, threads);
    expect_near(y, kernel.name, [&](std::int64_t k) { return ref::binary(p, args, k); });
  });
}

TEST(Pool, MatchesItsTwin) {
  std::minstd_rand random(4);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 120; ++round) {
    PoolParams p{.batch = pick(1, 2),
                 .in_h = pick(1, 9),
                 .in_w = pick(1, 9),
                 .channels = pick(1, 40),
                 .kernel_h = pick(1, 4),
                 .kernel_w = pick(1, 4),
                 .stride_h = pick(1, 3),
                 .stride_w = pick(1, 3),
                 .dilation_h = pick(1, 2),
                 .dilation_w = pick(1, 2)};
    p.pad_top = pick(0, p.kernel_h - 1), p.pad_bottom = pick(0, p.kernel_h - 1);
    p.pad_left = pick(0, p.kernel_w - 1), p.pad_right = pick(0, p.kernel_w - 1);
    const bool up = pick(0, 1) == 1;  // ceil_mode, whose last window must begin inside
    const auto out = [&](std::int64_t in, std::int64_t before, std::int64_t after, std::int64_t kernel,
                         std::int64_t stride, std::int64_t dilation) {
      const std::int64_t free = in + before + after - (kernel - 1) * dilation - 1;
      if (free < 0) return std::int64_t{1};
      const std::int64_t count = (free + (up ? stride - 1 : 0)) / stride + 1;
      return (count - 1) * stride >= in + before ? count - 1 : count;
    };
    p.out_h = out(p.in_h, p.pad_top, p.pad_bottom, p.kernel_h, p.stride_h, p.dilation_h);
    p.out_w = out(p.in_w, p.pad_left, p.pad_right, p.kernel_w, p.stride_w, p.dilation_w);
    p.average = round % 2 == 0;
    p.count_include_pad = round % 4 == 0;
    for_each_kernel(pool_kernels(), p, [&](const PoolKernel& kernel, FencedFloats::Fence fence, int threads) {
      FencedFloats x(p.batch * p.in_h * p.in_w * p.channels, fence), y(p.batch * p.out_h * p.out_w * p.channels, fence);
      x.randomize(random);
      const PoolArgs args{x.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_near(y, fmt::format("{} round {}", kernel.name, round),
                  [&](std::int64_t k) { return ref::pool(p, args, k / p.channels, k % p.channels); });
    });
  }
}

TEST(Resize, MatchesItsTwin) {
  std::minstd_rand random(5);
  const auto pick = [&](std::int32_t low, std::int32_t high) {
    return std::uniform_int_distribution<std::int32_t>(low, high)(random);
  };
  for (int round = 0; round < 40; ++round) {
    const std::int32_t in_h = pick(1, 7), in_w = pick(1, 7), channels = pick(1, 40);
    std::vector<ResizeTap> rows(static_cast<std::size_t>(pick(1, 12))), columns(static_cast<std::size_t>(pick(1, 12)));
    for (ResizeTap& tap : rows) tap = {pick(0, in_h - 1), pick(0, in_h - 1), round % 2 == 0 ? 0 : 0.01f * pick(0, 100)};
    for (ResizeTap& tap : columns)
      tap = {pick(0, in_w - 1), pick(0, in_w - 1), round % 2 == 0 ? 0 : 0.01f * pick(0, 100)};
    const auto out_h = static_cast<std::int64_t>(rows.size()), out_w = static_cast<std::int64_t>(columns.size());
    const ResizeParams p{2, in_h, in_w, channels, out_h, out_w, rows.data(), columns.data()};
    for_each_kernel(resize_kernels(), p, [&](const ResizeKernel& kernel, FencedFloats::Fence fence, int threads) {
      FencedFloats x(2 * in_h * in_w * channels, fence), y(2 * out_h * out_w * channels, fence);
      x.randomize(random);
      const ResizeArgs args{x.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_near(y, kernel.name, [&](std::int64_t k) { return ref::resize(p, args, k / channels, k % channels); });
    });
  }
}

TEST(Softmax, MatchesItsTwin) {
  std::minstd_rand random(6);
  for (std::int64_t columns = 1; columns <= 70; ++columns) {
    const SoftmaxParams p{columns <= 16 ? 37 : 5, columns};  // short rows share vectors
    for_each_kernel(softmax_kernels(), p, [&](const SoftmaxKernel& kernel, FencedFloats::Fence fence, int threads) {
      FencedFloats x(p.rows * columns, fence), y(p.rows * columns, fence);
      x.randomize(random, -20, 20);
      const SoftmaxArgs args{x.data(), y.data()};
      run_all(kernel, p, args, threads);
      expect_near(y, kernel.name, [&](std::int64_t k) { return ref::softmax(p, args, k / columns, k % columns); });
    });
  }
}

/// So that a network's float end answers the same on every machine, and a recorded decision is replayed anywhere.
TEST(Softmax, HasTheSameBitsWithEveryKernel) {
  std::minstd_rand random(9);
  std::vector<std::int64_t> widths = {1000, 1001, 4099};
  for (std::int64_t columns = 1; columns <= 70; ++columns) widths.push_back(columns);
  for (const std::int64_t columns : widths) {
    const SoftmaxParams p{columns <= 16 ? 37 : 5, columns};
    std::vector<float> x(static_cast<std::size_t>(p.rows * columns)), expected(x.size()), y(x.size());
    for (float& value : x) value = static_cast<float>(random() % 100000) / 2500 - 20;
    softmax_kernels().back().run(p, {x.data(), expected.data()}, {});
    for (const SoftmaxKernel& kernel : softmax_kernels()) {
      if (!detect_isa().contains(kernel.needs)) continue;
      kernel.run(p, {x.data(), y.data()}, {});
      EXPECT_EQ(y, expected) << kernel.name << ", " << columns << " columns";
    }
  }
}

TEST(Unary, ExpAndRootHaveTheSameBitsWithEveryKernel) {
  std::vector<float> x;
  for (int k = -40000; k <= 40000; ++k) x.push_back(static_cast<float>(k) / 400);
  std::vector<float> expected(x.size()), y(x.size());
  for (const Unary function : {Unary::kExp, Unary::kSqrt}) {
    for (float& value : x) value = function == Unary::kSqrt ? std::abs(value) : value;
    const UnaryParams p{std::ssize(x), function, {}};
    unary_kernels().back().run(p, {x.data(), expected.data()}, {});
    for (const UnaryKernel& kernel : unary_kernels()) {
      if (!detect_isa().contains(kernel.needs)) continue;
      kernel.run(p, {x.data(), y.data()}, {});
      EXPECT_EQ(y, expected) << kernel.name;
    }
  }
}

/// Short rows lie side by side in a vector: what is in one may not show in another.
TEST(Softmax, ARowWithoutALargestNumberIsNotANumberAndNoOtherRowIs) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::minstd_rand random(8);
  constexpr std::int64_t kRows = 23;
  for (const float poison : {nan, kInfinity, -kInfinity})
    for (std::int64_t columns = 1; columns <= 34; ++columns)
      for (const std::int64_t bad : {0, 7, 22}) {
        const SoftmaxParams p{kRows, columns};
        for_each_kernel(softmax_kernels(), p, [&](const SoftmaxKernel& kernel, FencedFloats::Fence fence, int threads) {
          FencedFloats x(kRows * columns, fence), y(kRows * columns, fence);
          x.randomize(random, -20, 20);
          for (std::int64_t k = 0; k < columns; ++k)  // one is enough, but of -infinity all
            if (std::isinf(poison) && poison < 0 ? true : k == columns / 2) x.data()[bad * columns + k] = poison;
          const SoftmaxArgs args{x.data(), y.data()};
          run_all(kernel, p, args, threads);
          for (std::int64_t k = 0; k < kRows * columns; ++k) {
            if (k / columns == bad)
              ASSERT_TRUE(std::isnan(y[k])) << kernel.name << ", " << columns << " columns: " << y[k];
            else
              ASSERT_NEAR(y[k], ref::softmax(p, args, k / columns, k % columns).value, 1e-5)
                  << kernel.name << ", " << columns << " columns, beside a row with " << poison;
          }
        });
      }
}

TEST(Softmax, MaskedColumnsGetNothing) {
  const float x[] = {1, -kInfinity, 3, -kInfinity};
  const SoftmaxParams p{1, 4};
  for_each_kernel(softmax_kernels(), p, [&](const SoftmaxKernel& kernel, FencedFloats::Fence, int) {
    float y[4];
    kernel.run(p, {x, y}, {});
    EXPECT_EQ(y[1], 0) << kernel.name;
    EXPECT_EQ(y[3], 0) << kernel.name;
    EXPECT_NEAR(y[0] + y[2], 1, 1e-6) << kernel.name;
  });
}

}  // namespace
}  // namespace hedge::kernel
