// Convolutions as they occur in MobileNetV2 (224), YOLOX-nano (416) and NanoDet-m (320).
#include <memory>

#include <fmt/format.h>

#include "kernel_bench.h"

namespace hedge::bench {
namespace {

using kernel::Activation;
using kernel::ConvArgs;
using kernel::ConvKernel;
using kernel::ConvParams;

struct Shape {
  const char* where;
  std::int64_t in, in_c, out_c, kernel, stride, groups;
  Activation activation;
};

constexpr Shape kShapes[] = {
    {"mobilenet/stem", 224, 3, 32, 3, 2, 1, Activation::kClip},
    {"mobilenet/expand", 56, 24, 144, 1, 1, 1, Activation::kClip},
    {"mobilenet/project", 56, 144, 24, 1, 1, 1, Activation::kNone},
    {"mobilenet/expand", 14, 96, 576, 1, 1, 1, Activation::kClip},
    {"mobilenet/project", 14, 576, 96, 1, 1, 1, Activation::kNone},
    {"mobilenet/head", 7, 320, 1280, 1, 1, 1, Activation::kClip},
    {"mobilenet/depthwise", 112, 96, 96, 3, 2, 96, Activation::kClip},
    {"mobilenet/depthwise", 56, 144, 144, 3, 1, 144, Activation::kClip},
    {"mobilenet/depthwise", 14, 576, 576, 3, 1, 576, Activation::kClip},
    {"yolox/stem", 208, 12, 16, 3, 1, 1, Activation::kSilu},
    {"yolox/depthwise", 104, 32, 32, 3, 1, 32, Activation::kSilu},
    {"yolox/depthwise5", 52, 64, 64, 5, 1, 64, Activation::kSilu},
    {"yolox/pointwise", 52, 64, 64, 1, 1, 1, Activation::kSilu},
    {"yolox/pointwise", 26, 128, 128, 1, 1, 1, Activation::kSilu},
    {"yolox/class", 52, 64, 80, 1, 1, 1, Activation::kSigmoid},
    {"nanodet/stem", 320, 3, 24, 3, 2, 1, Activation::kLeakyRelu},
    {"nanodet/pointwise", 40, 58, 58, 1, 1, 1, Activation::kLeakyRelu},
    {"nanodet/depthwise", 40, 58, 58, 3, 1, 58, Activation::kNone},
    {"nanodet/depthwise5", 40, 96, 96, 5, 1, 96, Activation::kLeakyRelu},
    {"resnet/3x3", 56, 64, 64, 3, 1, 1, Activation::kRelu},
    {"resnet/3x3", 14, 256, 256, 3, 1, 1, Activation::kRelu},
    {"resnet/3x3s2", 28, 128, 256, 3, 2, 1, Activation::kRelu},
    {"shufflenet/grouped", 28, 240, 240, 1, 1, 3, Activation::kNone},
    {"ultraface/3x3d3", 40, 16, 16, 3, 1, 1, Activation::kRelu},
};

ConvParams params_of(const Shape& s) {
  const std::int64_t out = (s.in + s.stride - 1) / s.stride, pad = s.kernel / 2;
  return {{.batch = 1,
           .in_h = s.in,
           .in_w = s.in,
           .in_c = s.in_c,
           .out_h = out,
           .out_w = out,
           .out_c = s.out_c,
           .kernel_h = s.kernel,
           .kernel_w = s.kernel,
           .stride_h = s.stride,
           .stride_w = s.stride,
           .dilation_h = 1,
           .dilation_w = 1,
           .pad_top = pad,
           .pad_left = pad,
           .groups = s.groups},
          {s.activation, s.activation == Activation::kLeakyRelu ? 0.1f : 0, 6, false}};
}

void run(benchmark::State& state, const ConvKernel& kernel, const ConvParams& p) {
  const auto x = random_floats(p.batch * p.in_h * p.in_w * p.in_c), bias = random_floats(p.out_c);
  const std::int64_t panel = static_cast<std::int64_t>(kernel::panel_floats(p.depth(), p.group_out()));
  auto weights = random_floats(p.depth() * p.out_c);
  if (kernel.packing[0] != '\0') {
    std::vector<float> packed(static_cast<std::size_t>(p.groups * panel));
    for (std::int64_t group = 0; group < p.groups; ++group)
      kernel::pack_panels(weights.data() + group * p.group_out(), p.depth(), p.group_out(), p.out_c,
                          packed.data() + group * panel);
    weights = std::move(packed);
  }
  std::vector<float> y(static_cast<std::size_t>(p.pixels() * p.out_c));
  std::vector<char> scratch(kernel::conv_scratch_floats(p) * sizeof(float));
  const ConvArgs args{x.data(), weights.data(), bias.data(), nullptr, y.data(), scratch.data()};
  for (auto _ : state) {
    kernel.run(p, args, {});
    benchmark::ClobberMemory();
  }
  report_macs(state, static_cast<double>(p.pixels() * p.out_c * p.depth()), kernel.needs);
  report_bytes(state, 4.0 * static_cast<double>(x.size() + y.size() + weights.size()));
}

}  // namespace

void register_conv() {
  for (const Shape& shape : kShapes) {
    const ConvParams params = params_of(shape);
    for_each_isa(kernel::conv_kernels(), params, [&](const ConvKernel& kernel) {
      const std::string name =
          fmt::format("{}/{}x{}x{}-{}/{}", shape.where, shape.in, shape.in, shape.in_c, shape.out_c, kernel.name);
      benchmark::RegisterBenchmark(name.c_str(), run, kernel, params)->Unit(benchmark::kMicrosecond)->MinTime(0.1);
    });
  }
}

}  // namespace hedge::bench
