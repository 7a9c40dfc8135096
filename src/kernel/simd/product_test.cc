// Matrix products against their plain twins: every tail of the tile, batches, broadcast, one row.
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "kernel/ref/against_twin.h"
#include "kernel/ref/product.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::FencedFloats;
using ref::for_each_kernel;

void check(const GemmParams& p, std::minstd_rand& random, bool with_bias) {
  constexpr auto kAfter = FencedFloats::Fence::kAfter;
  FencedFloats weights(p.k * p.n, kAfter), bias(p.n, kAfter);
  weights.randomize(random);
  bias.randomize(random);
  FencedFloats packed(static_cast<std::int64_t>(panel_floats(p.k, p.n)), kAfter);
  pack_panels(weights.data(), p.k, p.n, p.n, packed.data());
  for_each_kernel(gemm_kernels(), p, [&](const GemmKernel& kernel, FencedFloats::Fence fence, int threads) {
    FencedFloats a(p.m * p.k, fence), y(p.m * p.n, fence);
    a.randomize(random);
    GemmArgs args{a.data(), packed.data(), with_bias ? bias.data() : nullptr, y.data()};
    for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
    args.weights = weights.data();
    expect_near(y, fmt::format("{} on {} threads, {}x{}x{}", kernel.name, threads, p.m, p.n, p.k),
                [&](std::int64_t k) { return ref::gemm(p, args, k / p.n, k % p.n); });
  });
}

TEST(Gemm, EveryTailOfTheTileMatchesItsTwin) {
  std::minstd_rand random(1);
  for (std::int64_t m = 1; m <= 25; ++m)
    check({m, 3 + 7 * m % 40, 1 + m, {Activation::kTanh, 0, 0, false}}, random, m % 2 == 0);
  for (std::int64_t n = 1; n <= 70; ++n) check({1 + n % 3, n, 9, {Activation::kNone, 0, 0, false}}, random, n % 2 == 0);
}

TEST(Gemm, OneLongRowMatchesItsTwin) {
  std::minstd_rand random(2);
  for (const std::int64_t n : {10, 128, 129, 300}) check({1, n, 257, {Activation::kClip, -1, 1, false}}, random, true);
}

TEST(Gemm, ManyRowsMatchTheirTwin) {
  std::minstd_rand random(3);
  check({173, 65, 40, {Activation::kRelu, 0, 0, false}}, random, true);
}

void check(const MatMulParams& p, std::minstd_rand& random) {
  for_each_kernel(matmul_kernels(), p, [&](const MatMulKernel& kernel, FencedFloats::Fence fence, int threads) {
    FencedFloats a(p.a_batch * (p.batch - 1) + p.m * p.k, fence), b(p.b_batch * (p.batch - 1) + p.k * p.n, fence);
    FencedFloats y(p.batch * p.m * p.n, fence);
    a.randomize(random);
    b.randomize(random);
    const MatMulArgs args{a.data(), b.data(), y.data()};
    for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
    expect_near(y, fmt::format("{} on {} threads, {}x{}x{}x{}", kernel.name, threads, p.batch, p.m, p.n, p.k),
                [&](std::int64_t k) { return ref::matmul(p, args, k / (p.m * p.n), k / p.n % p.m, k % p.n); });
  });
}

TEST(MatMul, MatchesItsTwin) {
  std::minstd_rand random(4);
  std::uniform_int_distribution<std::int64_t> size(1, 50);
  for (int round = 0; round < 60; ++round) {
    const std::int64_t m = size(random), n = size(random), k = size(random), batch = 1 + round % 4;
    check({batch, m, n, k, round % 3 == 0 ? 0 : m * k, round % 5 == 0 ? 0 : k * n}, random);
  }
}

TEST(PackPanels, PadsTheLastPanelWithZeros) {
  const float w[] = {1, 2, 3, 4, 5, 6};  // [2, 3], of which two columns
  std::vector<float> packed(panel_floats(2, 2), -1.0f);
  pack_panels(w, 2, 2, 3, packed.data());
  std::vector<float> expected(32, 0.0f);
  expected[0] = 1, expected[1] = 2, expected[16] = 4, expected[17] = 5;
  EXPECT_EQ(packed, expected);
}

TEST(Lstm, MatchesItsTwinAndWritesNothingElse) {
  std::minstd_rand random(5);
  for (const auto& [steps, batch, hidden] :
       {std::tuple<std::int64_t, std::int64_t, std::int64_t>{1, 1, 128}, {3, 2, 7}, {5, 1, 33}, {2, 15, 16}})
    for (const bool backwards : {false, true}) {
      const LstmParams p{steps, batch, hidden, backwards};
      constexpr auto kAfter = FencedFloats::Fence::kAfter;
      FencedFloats weights(hidden * 4 * hidden, kAfter);
      weights.randomize(random);
      FencedFloats packed(static_cast<std::int64_t>(panel_floats(hidden, 4 * hidden)), kAfter);
      pack_panels(weights.data(), hidden, 4 * hidden, 4 * hidden, packed.data());
      for_each_kernel(lstm_kernels(), p, [&](const LstmKernel& kernel, FencedFloats::Fence fence, int threads) {
        FencedFloats sums(steps * batch * 4 * hidden, fence), h(batch * hidden, fence), c(batch * hidden, fence);
        FencedFloats y(steps * 2 * batch * hidden, fence), scratch(batch * 4 * hidden, fence);
        sums.randomize(random, -4, 4);
        h.randomize(random);
        c.randomize(random);
        LstmArgs args{sums.data(), packed.data(), h.data(),
                      c.data(),    y.data(),      reinterpret_cast<char*>(scratch.data())};
        for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
        EXPECT_TRUE(scratch.is_intact()) << kernel.name;
        args.weights = weights.data();
        expect_near(y, kernel.name, [&](std::int64_t k) { return ref::lstm(p, args, k); });
      });
    }
}

}  // namespace
}  // namespace hedge::kernel
