// Integer convolutions as they occur in MobileNetV2 (224), YOLOX-nano (416) and ResNet-18, against the peak of exact
// byte products. `table`: the activation is a table of bytes; `silu`: it is computed on floats.
#include <chrono>

#include <fmt/format.h>

#include "kernel_bench.h"

namespace hedge::bench {
namespace {

using kernel::Activation;
using kernel::QConvArgs;
using kernel::QConvKernel;
using kernel::QConvParams;

enum class After { kRelu, kClamp, kTable, kSilu, kResidual };
constexpr const char* kAfterNames[] = {"+relu", "", "+table", "+silu", "+residual"};

struct Shape {
  const char* where;
  std::int64_t in, in_c, out_c, kernel, stride, groups;
  After after;
};

constexpr Shape kShapes[] = {

    {"mobilenet/stem", 224, 3, 32, 3, 2, 1, After::kRelu},
    {"mobilenet/project", 112, 32, 16, 1, 1, 1, After::kClamp},
    {"mobilenet/expand", 112, 16, 96, 1, 1, 1, After::kRelu},
    {"mobilenet/project", 56, 96, 24, 1, 1, 1, After::kClamp},
    {"mobilenet/expand", 56, 24, 144, 1, 1, 1, After::kRelu},
    {"mobilenet/project", 56, 144, 24, 1, 1, 1, After::kResidual},
    {"mobilenet/project", 28, 144, 32, 1, 1, 1, After::kClamp},
    {"mobilenet/expand", 28, 32, 192, 1, 1, 1, After::kRelu},
    {"mobilenet/project", 28, 192, 32, 1, 1, 1, After::kResidual},
    {"mobilenet/expand", 14, 64, 384, 1, 1, 1, After::kRelu},
    {"mobilenet/project", 14, 384, 64, 1, 1, 1, After::kResidual},
    {"mobilenet/expand", 14, 96, 576, 1, 1, 1, After::kRelu},
    {"mobilenet/project", 14, 576, 96, 1, 1, 1, After::kResidual},
    {"mobilenet/expand", 7, 160, 960, 1, 1, 1, After::kRelu},
    {"mobilenet/project", 7, 960, 160, 1, 1, 1, After::kResidual},
    {"mobilenet/head", 7, 320, 1280, 1, 1, 1, After::kRelu},
    {"mobilenet/classes", 1, 1280, 1000, 1, 1, 1, After::kClamp},
    {"mobilenet/depthwise", 112, 32, 32, 3, 1, 32, After::kRelu},
    {"mobilenet/depthwise", 112, 96, 96, 3, 2, 96, After::kRelu},
    {"mobilenet/depthwise", 56, 144, 144, 3, 1, 144, After::kRelu},
    {"mobilenet/depthwise", 56, 144, 144, 3, 2, 144, After::kRelu},
    {"mobilenet/depthwise", 28, 192, 192, 3, 1, 192, After::kRelu},
    {"mobilenet/depthwise", 14, 384, 384, 3, 1, 384, After::kRelu},
    {"mobilenet/depthwise", 14, 576, 576, 3, 1, 576, After::kRelu},
    {"mobilenet/depthwise", 14, 576, 576, 3, 2, 576, After::kRelu},
    {"mobilenet/depthwise", 7, 960, 960, 3, 1, 960, After::kRelu},
    {"yolox/stem", 208, 12, 16, 3, 1, 1, After::kTable},
    {"yolox/depthwise", 104, 16, 16, 3, 1, 16, After::kTable},
    {"yolox/depthwise", 104, 32, 32, 3, 1, 32, After::kTable},
    {"yolox/depthwise", 52, 64, 64, 3, 1, 64, After::kTable},
    {"yolox/depthwise", 26, 128, 128, 3, 1, 128, After::kTable},
    {"yolox/depthwise5", 52, 64, 64, 5, 1, 64, After::kTable},
    {"yolox/pointwise", 104, 16, 16, 1, 1, 1, After::kTable},
    {"yolox/pointwise", 104, 32, 32, 1, 1, 1, After::kTable},
    {"yolox/pointwise", 52, 64, 64, 1, 1, 1, After::kTable},
    {"yolox/pointwise", 52, 64, 64, 1, 1, 1, After::kSilu},
    {"yolox/pointwise", 26, 128, 128, 1, 1, 1, After::kTable},
    {"yolox/pointwise", 26, 128, 128, 1, 1, 1, After::kSilu},
    {"yolox/pointwise", 13, 256, 256, 1, 1, 1, After::kTable},
    {"nanodet/pointwise", 40, 58, 58, 1, 1, 1, After::kRelu},
    {"nanodet/depthwise5", 40, 96, 96, 5, 1, 96, After::kRelu},
    {"resnet/stem", 224, 3, 64, 7, 2, 1, After::kRelu},
    {"resnet/3x3", 56, 64, 64, 3, 1, 1, After::kRelu},
    {"resnet/3x3", 28, 128, 128, 3, 1, 1, After::kRelu},
    {"resnet/3x3", 14, 256, 256, 3, 1, 1, After::kRelu},
    {"resnet/3x3", 7, 512, 512, 3, 1, 1, After::kRelu},
    {"resnet/3x3s2", 28, 128, 256, 3, 2, 1, After::kRelu},
    {"resnet/1x1s2", 28, 128, 256, 1, 2, 1, After::kRelu},
};

QConvParams params_of(const Shape& s) {
  const std::int64_t out = (s.in + s.stride - 1) / s.stride, pad = s.kernel / 2;
  QConvParams p{};
  p.batch = 1;
  p.in_h = p.in_w = s.in;
  p.out_h = p.out_w = out;
  p.in_c = p.x_pitch = s.in_c;
  p.out_c = p.y_pitch = p.residual_pitch = s.out_c;
  p.kernel_h = p.kernel_w = s.kernel;
  p.stride_h = p.stride_w = s.stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = pad;
  p.groups = s.groups;
  p.x_zero = 128;
  const bool after_relu = s.after == After::kRelu;
  p.epilogue = {.activation = s.after == After::kSilu ? Activation::kSilu : Activation::kNone,
                .residual_scale = 0.5f,
                .residual_zero = 100,
                .y_zero = after_relu ? 0 : 10,
                .y_low = 0,
                .y_high = 255};
  return p;
}

void run(benchmark::State& state, const QConvKernel& kernel, const QConvParams& p, After after) {
  const auto x = random_bytes(p.batch * p.in_h * p.in_w * p.in_c), table = random_bytes(256);
  const auto w = random_bytes(p.depth() * p.out_c), residual = random_bytes(p.pixels() * p.out_c);
  std::vector<std::int8_t> packed(packed_qconv_bytes(kernel.packing, p));
  pack_qconv(kernel.packing, p, reinterpret_cast<const std::int8_t*>(w.data()), packed.data());
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(p.out_c), 1000);
  const std::vector<float> scale(static_cast<std::size_t>(p.out_c), after == After::kSilu ? 1e-4f : 1e-3f),
      gain(static_cast<std::size_t>(p.out_c), 30.0f);
  std::vector<std::uint8_t> y(static_cast<std::size_t>(p.pixels() * p.out_c));
  std::vector<std::int64_t> scratch(kernel::qconv_scratch_bytes(p) / 8 + 1);
  const QConvArgs args{.x = x.data(),
                       .weights = packed.data(),
                       .bias = bias.data(),
                       .scale = scale.data(),
                       .gain = after == After::kSilu ? gain.data() : nullptr,
                       .residual = after == After::kResidual ? residual.data() : nullptr,
                       .table = after == After::kTable ? table.data() : nullptr,
                       .y = y.data(),
                       .scratch = reinterpret_cast<char*>(scratch.data())};
  using Clock = std::chrono::steady_clock;
  std::chrono::duration<double> best{1e9};
  for (auto _ : state) {
    const auto begin = Clock::now();
    kernel.run(p, args, {});
    best = std::min<std::chrono::duration<double>>(best, Clock::now() - begin);
    benchmark::ClobberMemory();
  }
  report_byte_macs(state, static_cast<double>(p.pixels() * p.out_c * p.depth()), best.count(), kernel.needs);
}

}  // namespace

void register_qconv() {
  for (const Shape& shape : kShapes) {
    const QConvParams params = params_of(shape);
    for_each_isa(kernel::qconv_kernels(), params, [&](const QConvKernel& kernel) {
      const std::string name =
          fmt::format("{}{}/{}x{}x{}-{}/{}", shape.where, kAfterNames[static_cast<int>(shape.after)], shape.in,
                      shape.in, shape.in_c, shape.out_c, kernel.name);
      benchmark::RegisterBenchmark(name.c_str(), run, kernel, params, shape.after)
          ->Unit(benchmark::kMicrosecond)
          ->MinTime(0.1);
    });
  }
}

}  // namespace hedge::bench
