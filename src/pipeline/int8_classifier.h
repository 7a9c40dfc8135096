// A small INT8 network of pictures, for tests: its first step only quantizes them.
#pragma once

#include "engine/integer_sample_program.h"

namespace hedge::pipeline {

/// Input f32[1,3,size,size], output f32[1,classes].
inline program::Program int8_classifier(std::int64_t size, std::int64_t classes) {
  using Ints = std::vector<std::int64_t>;
  using tensor::Tensor;
  const auto attributes = [](std::initializer_list<std::pair<std::string_view, op::AttributeValue>> list) {
    op::Attributes result;
    for (const auto& [name, value] : list) result.set(name, value);
    return result;
  };
  const program::StepOptions fused{.domain = op::kHedgeDomain};
  const auto epilogue = std::pair<std::string_view, op::AttributeValue>{"y_high", std::int64_t{255}};
  program::ProgramBuilder builder;
  const auto image = builder.input("image", {tensor::DType::kF32, {1, 3, size, size}});
  const auto pixels =
      builder.step("QPixels", {image}, attributes({{"scale", 0.011f}, {"y_zero", std::int64_t{20}}}), fused);
  Tensor scales(tensor::DType::kF32, {classes});
  for (float& scale : scales.as<float>()) scale = 2e-3f;
  const auto conv = builder.step(
      "QConv",
      {pixels, builder.weights("w", engine::random_integers<std::int8_t>({3, 3, 3, classes}, 1)),
       builder.weights("b", engine::random_integers<std::int32_t>({classes}, 2)), builder.weights("s", scales)},
      attributes({{"pads", Ints{1, 1, 1, 1}}, {"x_zero", std::int64_t{20}}, {"y_zero", std::int64_t{128}}, epilogue}),
      fused);
  const auto average = builder.step("QAveragePool", {conv},
                                    attributes({{"kernel_shape", Ints{size, size}},
                                                {"scale", 1.0f},
                                                {"x_zero", std::int64_t{128}},
                                                {"y_zero", std::int64_t{128}},
                                                epilogue}),
                                    fused);
  const auto real = builder.step("DequantizeLinear", {average, builder.weights("scale", Tensor::scalar(0.1f)),
                                                      builder.weights("zero", Tensor::scalar<std::uint8_t>(128))});
  builder.output(builder.step("Reshape", {real, builder.weights("flat", Tensor::of<std::int64_t>({2}, {1, classes}))}));
  return builder.finish();
}

}  // namespace hedge::pipeline
