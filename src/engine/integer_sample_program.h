// A program with a step of every integer family: QConv with each of its optional operands, depthwise and real, QTable,
// QAdd, QMul, pools, resizing, and the ways between bytes and floats. For the engine's tests and its fuzzer's first
// inputs.
#pragma once

#include "engine/sample_program.h"
#include "kernel/activation.h"
#include "op/hedge/quant.h"

namespace hedge::engine {

template <class T>
tensor::Tensor random_integers(tensor::Shape shape, unsigned seed) {
  tensor::Tensor tensor(tensor::kDTypeOf<T>, shape);
  std::mt19937 engine(seed);
  for (T& value : tensor.as<T>()) value = static_cast<T>(engine() % 200) - 100;
  return tensor;
}

/// Input "image" f32[1,size,size,3]; outputs u8[1,size,size,channels] and f32[1,1,1,channels].
inline program::Program integer_sample_program(const SampleOptions& options = {}) {
  using Ints = std::vector<std::int64_t>;
  using tensor::Shape;
  using tensor::Tensor;
  const program::StepOptions onnx{.kernel = options.kernel},
      fused{.domain = op::kHedgeDomain, .kernel = options.kernel};
  const std::int64_t c = options.channels;
  program::ProgramBuilder builder;
  unsigned seed = 0;
  const auto floats = [&](float value) {
    Tensor tensor(tensor::DType::kF32, Shape{c});
    for (float& x : tensor.as<float>()) x = value;
    return builder.weights("floats", std::move(tensor));
  };
  const auto bias = [&] { return builder.weights("bias", random_integers<std::int32_t>({c}, ++seed)); };
  const auto weights = [&](std::int64_t kernel, std::int64_t in) {
    return builder.weights("w", random_integers<std::int8_t>({kernel, kernel, in, c}, ++seed));
  };
  const auto table = [&] { return builder.weights("table", random_integers<std::uint8_t>({256}, ++seed)); };
  const auto attributes = [](kernel::QuantEpilogue epilogue,
                             std::initializer_list<std::pair<std::string_view, op::AttributeValue>> more) {
    op::Attributes result;
    epilogue.y_high = 255;
    op::set_quant_epilogue(result, epilogue);
    for (const auto& [name, value] : more) result.set(name, value);
    return result;
  };
  const Ints same{1, 1, 1, 1};
  const auto scale = builder.weights("scale", Tensor::scalar(0.02f));
  const auto zero = builder.weights("zero", Tensor::scalar<std::uint8_t>(128));

  const auto image = builder.input("image", {tensor::DType::kF32, {1, options.size, options.size, 3}});
  const auto x = builder.step("QuantizeLinear", {image, scale, zero}, {}, onnx);
  const auto stem = builder.step("QConv", {x, weights(3, 3), bias(), floats(1e-5f), floats(30)},
                                 attributes({.activation = kernel::Activation::kSilu, .y_zero = 20},
                                            {{"pads", same}, {"x_zero", std::int64_t{128}}}),
                                 fused);
  const auto middle =
      builder.step("QConv", {stem, weights(1, c), bias(), floats(2e-3f), program::kAbsent, stem, table()},
                   attributes({.residual_scale = 0.5f, .residual_zero = 20, .y_zero = 100}, {}), fused);
  const auto depthwise = builder.step("QConv", {middle, weights(3, 1), bias(), floats(0.01f)},
                                      attributes({.y_zero = 3}, {{"pads", same}, {"group", c}}), fused);
  const auto pooled = builder.step("MaxPool", {builder.step("QTable", {depthwise, table()}, {}, fused)},
                                   attributes({}, {{"kernel_shape", Ints{3, 3}}, {"pads", same}}), fused);
  const auto sum =
      builder.step("QAdd", {pooled, middle}, attributes({.y_zero = 50}, {{"a_scale", 0.7f}, {"b_scale", 0.6f}}), fused);
  const auto average = builder.step(
      "QAveragePool", {sum}, attributes({.y_zero = 128}, {{"kernel_shape", Ints{options.size, options.size}}}), fused);
  const auto affine = builder.step(
      "QConv",
      {sum, weights(1, 1), bias(), floats(5e-3f), program::kAbsent, program::kAbsent, program::kAbsent, bias(), bias(),
       floats(5e-3f)},
      attributes({.y_zero = 80}, {{"group", c}, {"sequel", std::string("affine")}, {"sequel_y_zero", std::int64_t{9}}}),
      fused);
  const auto summed = builder.step("QConv", {affine, weights(1, c), bias(), floats(2e-3f), program::kAbsent, sum},
                                   attributes({.y_zero = 70}, {{"sequel", std::string("sum")},
                                                               {"sequel_own_scale", 0.5f},
                                                               {"sequel_residual_scale", 0.4f},
                                                               {"sequel_residual_zero", std::int64_t{50}}}),
                                   fused);
  const auto gated = builder.step("QMul", {summed, average}, attributes({.y_zero = 9}, {{"scale", 0.01f}}), fused);
  builder.output(builder.step("QResize", {gated},
                              attributes({}, {{"output_shape", Ints{options.size, options.size}},
                                              {"scales", std::vector<float>{1, 1}},
                                              {"mode", std::string("linear")}}),
                              fused));
  const auto real = builder.step("QConv", {average, weights(1, c), bias(), floats(1e-3f)},
                                 attributes({.activation = kernel::Activation::kTanh, .real = true}, {}), fused);
  const auto back = builder.step("DequantizeLinear", {average, scale, zero}, {}, onnx);
  builder.output(builder.step("Add", {real, back}, {}, onnx));
  return builder.finish();
}

}  // namespace hedge::engine
