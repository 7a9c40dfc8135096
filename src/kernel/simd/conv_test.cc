// Convolutions against their plain twin: random shapes, strides, dilation, pads, groups, activations, residuals.
#include <vector>

#include <fmt/format.h>

#include "kernel/ref/against_twin.h"
#include "kernel/ref/conv.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::FencedFloats;
using ref::for_each_kernel;

std::string describe(const ConvParams& p) {
  return fmt::format("{}x{}x{}x{} -> {}x{}x{}, kernel {}x{} stride {}x{} dilation {}x{} pad {},{} groups {} {}{}",
                     p.batch, p.in_h, p.in_w, p.in_c, p.out_h, p.out_w, p.out_c, p.kernel_h, p.kernel_w, p.stride_h,
                     p.stride_w, p.dilation_h, p.dilation_w, p.pad_top, p.pad_left, p.groups,
                     to_string(p.epilogue.activation), p.epilogue.residual_last ? " residual last" : "");
}

/// Weights as the kernel wants them: panels for each group, or as they come.
std::vector<float> packed_for(const ConvKernel& kernel, const ConvParams& p, const FencedFloats& weights) {
  if (std::string_view(kernel.packing).empty()) return {weights.data(), weights.data() + weights.size()};
  const std::size_t group_floats = panel_floats(p.depth(), p.group_out());
  std::vector<float> packed(static_cast<std::size_t>(p.groups) * group_floats);
  for (std::int64_t group = 0; group < p.groups; ++group)
    pack_panels(weights.data() + group * p.group_out(), p.depth(), p.group_out(), p.out_c,
                packed.data() + static_cast<std::size_t>(group) * group_floats);
  return packed;
}

void check(const ConvParams& p, std::minstd_rand& random, bool with_bias, bool with_residual) {
  constexpr auto kAfter = FencedFloats::Fence::kAfter;
  FencedFloats weights(p.depth() * p.out_c, kAfter), bias(p.out_c, kAfter);
  weights.randomize(random);
  bias.randomize(random);
  for_each_kernel(conv_kernels(), p, [&](const ConvKernel& kernel, FencedFloats::Fence fence, int threads) {
    const std::int64_t outputs = p.pixels() * p.out_c;
    FencedFloats x(p.batch * p.in_h * p.in_w * p.in_c, fence), residual(outputs, fence), y(outputs, fence);
    x.randomize(random);
    residual.randomize(random);
    const std::vector<float> values = packed_for(kernel, p, weights);
    FencedFloats packed(static_cast<std::int64_t>(values.size()), kAfter);
    std::ranges::copy(values, packed.data());
    FencedFloats scratch(static_cast<std::int64_t>(conv_scratch_floats(p)), fence);
    ConvArgs args{x.data(),
                  packed.data(),
                  with_bias ? bias.data() : nullptr,
                  with_residual ? residual.data() : nullptr,
                  y.data(),
                  reinterpret_cast<char*>(scratch.data())};
    for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
    EXPECT_TRUE(scratch.is_intact()) << kernel.name << ": wrote outside its scratch";
    args.weights = weights.data();
    expect_near(y, fmt::format("{} on {} threads, {}", kernel.name, threads, describe(p)),
                [&](std::int64_t k) { return ref::conv(p, args, k / p.out_c, k % p.out_c); });
  });
}

struct Range64 {
  std::int64_t low, high;
};
std::int64_t pick(std::minstd_rand& random, Range64 range) {
  return std::uniform_int_distribution<std::int64_t>(range.low, range.high)(random);
}

ConvParams random_params(std::minstd_rand& random, std::int64_t groups, Range64 group_in, Range64 group_out) {
  ConvParams p{};
  p.batch = pick(random, {1, 2});
  p.groups = groups;
  p.in_c = groups * pick(random, group_in);
  p.out_c = groups * pick(random, group_out);
  for (auto [kernel, stride, dilation] :
       {std::tuple{&p.kernel_h, &p.stride_h, &p.dilation_h}, std::tuple{&p.kernel_w, &p.stride_w, &p.dilation_w}}) {
    *kernel = pick(random, {1, 5});
    *stride = pick(random, {1, 3});
    *dilation = pick(random, {0, 3}) == 0 ? 2 : 1;
  }
  p.pad_top = pick(random, {0, p.kernel_h});
  p.pad_left = pick(random, {0, p.kernel_w});
  p.in_h = pick(random, {1, 12});
  p.in_w = pick(random, {1, 30});
  // What the far pads would give is in out_h and out_w alone.
  const auto out = [&](std::int64_t in, std::int64_t pad, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation) {
    const std::int64_t reach = in + pad + pick(random, {0, kernel}) - (kernel - 1) * dilation - 1;
    return reach < 0 ? 1 : reach / stride + 1;
  };
  p.out_h = out(p.in_h, p.pad_top, p.kernel_h, p.stride_h, p.dilation_h);
  p.out_w = out(p.in_w, p.pad_left, p.kernel_w, p.stride_w, p.dilation_w);
  p.epilogue = {.activation = static_cast<Activation>(pick(random, {0, kActivationCount - 1})),
                .alpha = 0.1f,
                .beta = 0.6f,
                .residual_last = pick(random, {0, 1}) == 1};
  return p;
}

TEST(Conv, DenseMatchesItsTwin) {
  std::minstd_rand random(1);
  for (int round = 0; round < 60; ++round)
    check(random_params(random, 1, {1, 20}, {1, 70}), random, round % 3 != 0, round % 2 == 0);
}

TEST(Conv, GroupedMatchesItsTwin) {
  std::minstd_rand random(2);
  for (int round = 0; round < 40; ++round)
    check(random_params(random, pick(random, {2, 4}), {1, 9}, {1, 20}), random, round % 3 != 0, round % 2 == 0);
}

TEST(Conv, DepthwiseMatchesItsTwin) {
  std::minstd_rand random(3);
  for (int round = 0; round < 100; ++round)
    check(random_params(random, pick(random, {1, 70}), {1, 1}, {1, 1}), random, round % 3 != 0, round % 2 == 0);
}

TEST(Conv, DepthwiseMultiplierMatchesItsTwin) {
  std::minstd_rand random(4);
  for (int round = 0; round < 10; ++round)
    check(random_params(random, pick(random, {2, 5}), {1, 1}, {2, 3}), random, true, round % 2 == 0);
}

/// Usual layers: square kernel, "same" pads.
ConvParams layer(std::int64_t size, std::int64_t in_c, std::int64_t out_c, std::int64_t kernel, std::int64_t stride,
                 std::int64_t groups) {
  ConvParams p{};
  p.batch = 1;
  p.in_h = p.in_w = size;
  p.out_h = p.out_w = (size + stride - 1) / stride;
  p.in_c = in_c;
  p.out_c = out_c;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = kernel / 2;
  p.groups = groups;
  p.epilogue = {.activation = Activation::kSilu, .alpha = 0, .beta = 0, .residual_last = false};
  return p;
}

TEST(Conv, LayersOfRealNetworksMatchTheirTwin) {
  std::minstd_rand random(5);
  for (const ConvParams& p : {layer(64, 3, 24, 3, 2, 1),   // stem
                              layer(41, 12, 16, 3, 1, 1),  // after space to depth
                              layer(28, 24, 58, 1, 1, 1),  // pointwise, tails in every direction
                              layer(7, 64, 130, 1, 1, 1),  // few pixels: threads share the channels
                              layer(1, 96, 70, 1, 1, 1),   // one pixel
                              layer(9, 1200, 5, 3, 1, 1),  // deeper than the panel's budget for one tile
                              layer(150, 2, 3, 1, 1, 1),   // many chunks
                              layer(30, 40, 40, 3, 1, 40), layer(31, 33, 33, 3, 2, 33), layer(20, 64, 64, 5, 1, 64),
                              layer(21, 17, 17, 5, 2, 17), layer(12, 16, 16, 7, 1, 16), layer(2, 48, 48, 3, 1, 48)})
    check(p, random, true, false);
}

TEST(Conv, WindowsWhollyInThePadsGiveTheBias) {
  std::minstd_rand random(6);
  for (const std::int64_t groups : {1, 8}) {
    ConvParams p = layer(3, 8, 8, 3, 1, groups);
    p.pad_top = p.pad_left = 7;
    p.out_h = p.out_w = 15;
    check(p, random, true, false);
  }
}

TEST(Conv, ManyWeightsPassOverBandsOfRows) {
  std::minstd_rand random(6);
  for (const std::int64_t stride : {1, 2}) {
    ConvParams p = layer(7 * stride, 240, 520, 3, stride, 1);  // more than a million weights; 7 wide
    p.in_h = 5, p.out_h = (p.in_h + stride - 1) / stride;
    p.batch = 3 - stride;
    check(p, random, true, stride == 1);
  }
  check(layer(13, 1050, 1000, 1, 2, 1), random, true, true);  // single taps: gathered, in even chunks
}

}  // namespace
}  // namespace hedge::kernel
