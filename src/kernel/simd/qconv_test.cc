// Integer convolutions give the bytes of their twin, every one, in every kernel that this machine has.
#include <bit>
#include <vector>

#include "kernel/fold_affine.h"
#include "kernel/ref/against_twin.h"
#include "kernel/ref/flushed.h"
#include "kernel/ref/qconv_case.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::Fenced;
using ref::FencedBytes;
using ref::make_case;
using ref::QConvCase;

template <class Element>
void copy_into(Fenced<Element>& to, const std::vector<Element>& from) {
  std::ranges::copy(from, to.data());
}

/// Pixels hold what is expected, and nothing between or around them has changed.
void expect_bytes(const QConvCase& c, const FencedBytes& y, const std::vector<std::uint8_t>& expected,
                  const std::string& what) {
  ASSERT_TRUE(y.is_intact()) << what << ": wrote outside its output";
  for (std::int64_t k = 0; k < c.y_bytes(); ++k) {
    const std::int64_t pixel = k / c.p.y_pitch, channel = k % c.p.y_pitch;
    if (channel < c.p.out_c)
      ASSERT_EQ(y[k], expected[static_cast<std::size_t>(pixel * c.p.out_c + channel)])
          << what << ": pixel " << pixel << " channel " << channel;
    else
      ASSERT_EQ(y[k], FencedBytes::kCanary) << what << ": wrote between pixels " << pixel << " and the next";
  }
}

/// Every kernel, every fence. `in_place`: the residual is what y held before.
void check(const QConvCase& c, bool in_place = false) {
  const std::vector<std::uint8_t> expected = c.expected();
  const auto folded = c.is_affine() ? fold_affine(c.p, c.args()) : std::nullopt;
  ref::for_each_kernel(qconv_kernels(), c.p, [&](const QConvKernel& kernel, ref::Fence fence, int threads) {
    QConvParams p = c.p;
    if (folded && fence == ref::Fence::kAfter) p.folded = folded->view();
    FencedBytes x(c.x_bytes(), fence), y(c.y_bytes(), fence), residual(c.residual_bytes(), fence), table(256, fence);
    Fenced<std::int8_t> weights(static_cast<std::int64_t>(packed_qconv_bytes(kernel.packing, p)), fence);
    Fenced<std::int32_t> bias(p.out_c, fence);
    Fenced<std::int32_t> factor(p.out_c, fence), shift(p.out_c, fence);
    Fenced<float> scale(p.out_c, fence), gain(p.out_c, fence), sequel_scale(p.out_c, fence);
    Fenced<std::int64_t> scratch(static_cast<std::int64_t>(qconv_scratch_bytes(p) + 7) / 8, fence);
    copy_into(x, c.x), copy_into(residual, c.residual), copy_into(table, c.table);
    copy_into(bias, c.bias), copy_into(scale, c.scale), copy_into(gain, c.gain);
    copy_into(factor, c.factor), copy_into(shift, c.shift), copy_into(sequel_scale, c.sequel_scale);
    if (in_place) copy_into(y, c.residual);
    pack_qconv(kernel.packing, p, c.weights.data(), weights.data());
    ASSERT_TRUE(weights.is_intact());
    const QConvArgs args{.x = x.data(),
                         .weights = weights.data(),
                         .bias = bias.data(),
                         .scale = scale.data(),
                         .gain = c.with_gain ? gain.data() : nullptr,
                         .residual = in_place          ? y.data()
                                     : c.with_residual ? residual.data()
                                                       : nullptr,
                         .table = c.with_table ? table.data() : nullptr,
                         .factor = c.is_affine() ? factor.data() : nullptr,
                         .shift = c.is_affine() ? shift.data() : nullptr,
                         .sequel_scale = c.is_affine() ? sequel_scale.data() : nullptr,
                         .y = y.data(),
                         .scratch = reinterpret_cast<char*>(scratch.data())};
    {
      const ref::Flushed flushed(fence == ref::Fence::kAfter);  // bytes must not show it
      for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
    }
    const std::string what = fmt::format("{} on {} threads, {}", kernel.name, threads, c.describe());
    ASSERT_TRUE(scratch.is_intact()) << what << ": wrote outside its scratch";
    expect_bytes(c, y, expected, what);
  });
}

struct Range64 {
  std::int64_t low, high;
};
std::int64_t pick(std::minstd_rand& random, Range64 range) {
  return std::uniform_int_distribution<std::int64_t>(range.low, range.high)(random);
}

/// Tensors lie alone or inside wider ones.
void set_pitches(QConvParams& p, std::minstd_rand& random) {
  for (auto [pitch, channels] :
       {std::pair{&p.x_pitch, p.in_c}, std::pair{&p.y_pitch, p.out_c}, std::pair{&p.residual_pitch, p.out_c}})
    *pitch = channels + (pick(random, {0, 2}) == 0 ? pick(random, {1, 40}) : 0);
}

QConvParams random_params(std::minstd_rand& random, std::int64_t groups, Range64 group_in, Range64 group_out,
                          std::int64_t kernel_max = 5) {
  QConvParams p{};
  p.batch = pick(random, {1, 2});
  p.groups = groups;
  p.in_c = groups * pick(random, group_in);
  p.out_c = groups * pick(random, group_out);
  for (auto [kernel, stride, dilation] :
       {std::tuple{&p.kernel_h, &p.stride_h, &p.dilation_h}, std::tuple{&p.kernel_w, &p.stride_w, &p.dilation_w}}) {
    *kernel = pick(random, {1, kernel_max});
    *stride = pick(random, {1, 3});
    *dilation = pick(random, {0, 3}) == 0 ? 2 : 1;
  }
  p.pad_top = pick(random, {0, 1}) * pick(random, {0, p.kernel_h});
  p.pad_left = pick(random, {0, 1}) * pick(random, {0, p.kernel_w});
  p.in_h = pick(random, {1, 9});
  p.in_w = pick(random, {1, 24});
  // What the far pads would give is in out_h and out_w alone.
  const auto out = [&](std::int64_t in, std::int64_t pad, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation) {
    const std::int64_t reach =
        in + pad + pick(random, {0, 1}) * pick(random, {0, kernel}) - (kernel - 1) * dilation - 1;
    return reach < 0 ? 1 : reach / stride + 1;
  };
  p.out_h = out(p.in_h, p.pad_top, p.kernel_h, p.stride_h, p.dilation_h);
  p.out_w = out(p.in_w, p.pad_left, p.kernel_w, p.stride_w, p.dilation_w);
  set_pitches(p, random);
  return p;
}

/// Usual layers: square kernel, "same" pads.
QConvParams layer(std::int64_t size, std::int64_t in_c, std::int64_t out_c, std::int64_t kernel, std::int64_t stride,
                  std::int64_t groups) {
  QConvParams p{};
  p.batch = 1;
  p.in_h = p.in_w = size;
  p.out_h = p.out_w = (size + stride - 1) / stride;
  p.in_c = p.x_pitch = in_c;
  p.out_c = p.y_pitch = p.residual_pitch = out_c;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = kernel / 2;
  p.groups = groups;
  return p;
}

TEST(QConv, DenseIsItsTwin) {
  std::minstd_rand random(1);
  for (int round = 0; round < 1200 && !HasFatalFailure(); ++round)
    check(make_case(random_params(random, 1, {1, 20}, {1, 70}), random));
}

TEST(QConv, NarrowImagesAreItsTwin) {  // two rows make a tile
  std::minstd_rand random(13);
  for (int round = 0; round < 400 && !HasFatalFailure(); ++round) {
    QConvParams p = random_params(random, 1, {1, 12}, {17, 70}, 3);
    p.out_w = pick(random, {1, 8});
    p.out_h = pick(random, {1, 8});
    p.in_w = (p.out_w - 1) * p.stride_w + (p.kernel_w - 1) * p.dilation_w + 1;
    p.in_h = p.out_h * p.stride_h + 1;
    p.pad_left = pick(random, {0, 1});
    check(make_case(p, random));
  }
}

TEST(QConv, PointwiseIsItsTwin) {
  std::minstd_rand random(2);
  for (int round = 0; round < 600 && !HasFatalFailure(); ++round) {
    QConvParams p = layer(pick(random, {1, 9}), pick(random, {1, 70}), pick(random, {1, 140}), 1, 1, 1);
    set_pitches(p, random);
    check(make_case(p, random));
  }
}

TEST(QConv, GroupedIsItsTwin) {
  std::minstd_rand random(3);
  for (int round = 0; round < 600 && !HasFatalFailure(); ++round)
    check(make_case(random_params(random, pick(random, {2, 4}), {1, 9}, {1, 20}), random));
}

TEST(QConv, DepthwiseIsItsTwin) {
  std::minstd_rand random(4);
  for (int round = 0; round < 1200 && !HasFatalFailure(); ++round)
    check(make_case(random_params(random, pick(random, {1, 150}), {1, 1}, {1, 1}, round % 2 == 0 ? 3 : 5), random));
}

TEST(QConv, DepthwiseOfLargeFiltersIsItsTwin) {
  std::minstd_rand random(11);
  for (int round = 0; round < 150 && !HasFatalFailure(); ++round) {
    QConvParams p = random_params(random, pick(random, {1, 100}), {1, 1}, {1, 1}, 9);
    p.stride_w = pick(random, {1, 6});
    p.out_w = std::max<std::int64_t>(1, (p.in_w + p.pad_left - (p.kernel_w - 1) * p.dilation_w - 1) / p.stride_w + 1);
    check(make_case(p, random));
  }
}

TEST(QConv, DepthwiseOfWideImagesGoesByPieces) {
  std::minstd_rand random(12);
  for (const std::int64_t kernel : {3, 5, 7})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t channels : {16, 40, 64}) {
        QConvParams p = layer(3, channels, channels, kernel, stride, channels);
        p.in_w = 300, p.out_w = (p.in_w + stride - 1) / stride;
        p.dilation_w = stride == 3 ? 2 : 1;
        if (!HasFatalFailure()) check(make_case(p, random));
      }
}

TEST(QConv, DepthwiseMultiplierIsItsTwin) {
  std::minstd_rand random(5);
  for (int round = 0; round < 50 && !HasFatalFailure(); ++round)
    check(make_case(random_params(random, pick(random, {2, 5}), {1, 1}, {2, 3}), random));
}

TEST(QConv, FullyConnectedIsItsTwin) {
  std::minstd_rand random(6);
  for (int round = 0; round < 200 && !HasFatalFailure(); ++round) {
    QConvParams p = layer(1, pick(random, {1, 300}), pick(random, {1, 400}), 1, 1, 1);
    p.batch = pick(random, {1, 4});
    set_pitches(p, random);
    check(make_case(p, random));
  }
}

TEST(QConv, LayersOfRealNetworksAreTheirTwin) {
  std::minstd_rand random(7);
  for (const QConvParams& p : {layer(64, 3, 24, 3, 2, 1),    // stem
                               layer(41, 12, 16, 3, 1, 1),   // after space to depth
                               layer(28, 24, 58, 1, 1, 1),   // pointwise, tails in every direction
                               layer(14, 32, 64, 1, 2, 1),   // a shortcut with stride
                               layer(7, 64, 130, 1, 1, 1),   // few pixels: threads share the channels
                               layer(7, 160, 160, 3, 1, 1),  // a band that is the whole image
                               layer(9, 1200, 5, 3, 1, 1),   // lines longer than the ring
                               layer(150, 2, 3, 1, 1, 1),    // many chunks
                               layer(70, 40, 3, 5, 1, 1), layer(30, 40, 40, 3, 1, 40), layer(31, 33, 33, 3, 2, 33),
                               layer(20, 64, 64, 5, 1, 64), layer(21, 17, 17, 5, 2, 17), layer(12, 16, 16, 7, 1, 16),
                               layer(2, 48, 48, 3, 1, 48), layer(14, 144, 144, 3, 1, 144), layer(28, 32, 32, 3, 1, 32)})
    if (!HasFatalFailure()) check(make_case(p, random));
}

TEST(QConv, LongSignalsGoBySegments) {
  std::minstd_rand random(8);
  QConvParams p = layer(1, 33, 20, 3, 1, 1);
  p.in_h = p.out_h = p.kernel_h = 1;
  p.pad_top = 0;
  p.in_w = p.out_w = 3000;  // 33 channels: more than a ring
  check(make_case(p, random));
  p.kernel_h = 5, p.pad_top = 2, p.in_h = p.out_h = 2, p.dilation_h = 2;
  check(make_case(p, random));
}

TEST(QConv, WindowsWhollyInThePadsReadTheZeroPoint) {
  std::minstd_rand random(9);
  for (const std::int64_t groups : {1, 8}) {
    QConvParams p = layer(3, 8, 8, 3, 1, groups);
    p.pad_top = p.pad_left = 7;
    p.out_h = p.out_w = 15;
    check(make_case(p, random));
  }
}

TEST(QConv, TheResidualMayBeOverwritten) {
  std::minstd_rand random(13);
  for (int round = 0; round < 200 && !HasFatalFailure(); ++round) {
    const bool depthwise = round % 2 == 0;
    QConvParams p = depthwise ? random_params(random, pick(random, {1, 100}), {1, 1}, {1, 1})
                              : random_params(random, 1, {1, 20}, {1, 70}, 3);
    p.y_pitch = p.residual_pitch = p.out_c;
    QConvCase c = make_case(p, random);
    c.with_residual = true;
    check(c, true);
  }
}

/// The last layers' answers: the activated value itself, bit for bit.
void check_real(QConvCase c) {
  c.p.epilogue.real = true;
  c.with_residual = c.with_gain = c.with_table = false;
  const QConvParams& p = c.p;
  QConvArgs twin = c.args();
  ref::for_each_kernel(qconv_kernels(), p, [&](const QConvKernel& kernel, ref::Fence fence, int threads) {
    FencedBytes x(c.x_bytes(), fence);
    ref::FencedFloats y(QConvCase::extent(p.pixels(), p.out_c, p.y_pitch / 4), fence);
    Fenced<std::int8_t> weights(static_cast<std::int64_t>(packed_qconv_bytes(kernel.packing, p)), fence);
    Fenced<std::int64_t> scratch(static_cast<std::int64_t>(qconv_scratch_bytes(p) + 7) / 8, fence);
    copy_into(x, c.x);
    pack_qconv(kernel.packing, p, c.weights.data(), weights.data());
    QConvArgs args = twin;
    args.x = x.data(), args.weights = weights.data(), args.scratch = reinterpret_cast<char*>(scratch.data());
    args.y = reinterpret_cast<std::uint8_t*>(y.data());
    for (int index = 0; index < threads; ++index) kernel.run(p, args, {index, threads});
    ASSERT_TRUE(scratch.is_intact() && y.is_intact()) << kernel.name << " " << c.describe();
    for (std::int64_t pixel = 0; pixel < p.pixels(); ++pixel)
      for (std::int64_t channel = 0; channel < p.out_c; ++channel)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(y[pixel * p.y_pitch / 4 + channel]),
                  std::bit_cast<std::uint32_t>(ref::qconv_real(p, twin, pixel, channel)))
            << kernel.name << " " << c.describe() << ": pixel " << pixel << " channel " << channel;
  });
}

TEST(QConv, RealAnswersAreTheirTwin) {
  std::minstd_rand random(14);
  for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
    QConvParams p = round % 3 == 0 ? layer(pick(random, {1, 9}), pick(random, {1, 70}), pick(random, {1, 140}), 1, 1, 1)
                                   : random_params(random, pick(random, {1, 3}), {1, 20}, {1, 40}, 3);
    p.y_pitch = 4 * (p.out_c + pick(random, {0, 1}) * pick(random, {1, 9}));
    check_real(make_case(p, random));
  }
}

TEST(QConv, SumsBeyondIntegersSaturate) {
  std::minstd_rand random(10);
  QConvCase c = make_case(layer(4, 8, 40, 1, 1, 1), random);
  c.p.epilogue.activation = Activation::kNone;
  c.with_residual = c.with_gain = c.with_table = false;
  for (float& scale : c.scale) scale = 1e20f;
  check(c);
}

}  // namespace
}  // namespace hedge::kernel
