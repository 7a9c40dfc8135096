// A program with a step of every family that has kernels and some that only have references: what the engine's tests
// run and what its fuzzer starts from.
#pragma once

#include <random>

#include "program/program_builder.h"

namespace hedge::engine {

inline tensor::Tensor random_tensor(tensor::Shape shape, unsigned seed) {
  tensor::Tensor tensor(tensor::DType::kF32, shape);
  std::mt19937 engine(seed);
  for (float& value : tensor.as<float>()) value = static_cast<float>(engine() >> 8) / (1 << 23) - 1;
  return tensor;
}

struct SampleOptions {
  std::int64_t size = 32;  ///< height and width of the image
  std::int64_t channels = 16;
  std::string_view kernel = "";  ///< "ref": nothing else
};

/// Input "image" f32[1,3,size,size]; outputs f32[1,channels] and f32[1,2*channels,size,size]. `size` must be even.
inline program::Program sample_program(const SampleOptions& options = {}) {
  using Ints = std::vector<std::int64_t>;
  const program::StepOptions onnx{.kernel = options.kernel},
      fused{.domain = op::kHedgeDomain, .kernel = options.kernel};
  const std::int64_t c = options.channels;
  const auto attributes = [](std::initializer_list<std::pair<std::string_view, op::AttributeValue>> list) {
    op::Attributes result;
    for (const auto& [name, value] : list) result.set(name, value);
    return result;
  };
  program::ProgramBuilder builder;
  const auto image = builder.input("image", {tensor::DType::kF32, {1, 3, options.size, options.size}});
  const auto nhwc = builder.step("Transpose", {image}, attributes({{"perm", Ints{0, 2, 3, 1}}}), onnx);
  const auto conv = builder.step(
      "Conv",
      {nhwc, builder.weights("w1", random_tensor({3, 3, 3, c}, 1)), builder.weights("b1", random_tensor({c}, 2))},
      attributes({{"pads", Ints{1, 1, 1, 1}}, {"activation", "silu"}}), fused);
  const auto pooled =
      builder.step("MaxPool", {conv}, attributes({{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}), fused);
  const auto depthwise =
      builder.step("Conv", {pooled, builder.weights("w2", random_tensor({3, 3, 1, c}, 3)), program::kAbsent, pooled},
                   attributes({{"pads", Ints{1, 1, 1, 1}}, {"group", c}, {"activation", "relu"}}), fused);
  const auto large = builder.step("Resize", {depthwise},
                                  attributes({{"output_shape", Ints{options.size, options.size}},
                                              {"scales", std::vector<float>{2, 2}},
                                              {"mode", "linear"}}),
                                  fused);
  const auto both = builder.step("Concat", {large, conv}, attributes({{"axis", std::int64_t{3}}}), onnx);
  const auto scaled = builder.step("Mul", {both, builder.weights("scale", random_tensor({2 * c}, 4))}, {}, onnx);
  builder.output(builder.step(
      "Softmax",
      {builder.step("Gemm",
                    {builder.step("Reshape",
                                  {builder.step("GlobalAveragePool", {scaled}, {}, fused),
                                   builder.weights("flat", tensor::Tensor::of<std::int64_t>({2}, {1, 2 * c}))},
                                  {}, onnx),
                     builder.weights("w3", random_tensor({2 * c, c}, 5)), builder.weights("b3", random_tensor({c}, 6))},
                    attributes({{"activation", "tanh"}}), fused)},
      {}, onnx));
  builder.output(builder.step("Transpose", {scaled}, attributes({{"perm", Ints{0, 3, 1, 2}}}), onnx));
  return builder.finish();
}

}  // namespace hedge::engine
