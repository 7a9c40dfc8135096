// A chain of integer convolutions, whole or by bands of rows: for the engine's tests and its fuzzer's first inputs.
#pragma once

#include "engine/integer_sample_program.h"

namespace hedge::engine {

/// Input "image" u8[1,height,width,channels], output u8: `steps` convolutions of random kernels, strides and pads,
/// dense or depthwise; the last one adds a second input, "other", shaped as the output.
inline program::Program chain_program(unsigned seed, int steps, std::int64_t height) {
  using Ints = std::vector<std::int64_t>;
  std::mt19937 random(seed);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<unsigned>(high - low + 1));
  };
  std::int64_t rows = height, columns = pick(5, 20), channels = pick(1, 24);
  program::ProgramBuilder builder;
  std::int32_t x = builder.input("image", {tensor::DType::kU8, {1, rows, columns, channels}});
  for (int k = 0; k < steps; ++k) {
    const bool last = k + 1 == steps, depthwise = pick(0, 1) == 0;
    const std::int64_t kernel = std::min<std::int64_t>(pick(0, 2) * 2 + 1, std::min(rows, columns)),
                       stride = pick(1, 2);
    const std::int64_t out = depthwise ? channels : pick(1, 40), in = depthwise ? 1 : channels;
    const Ints pads = {pick(0, kernel - 1), pick(0, kernel - 1), pick(0, kernel - 1), pick(0, kernel - 1)};
    op::Attributes attributes;
    op::set_quant_epilogue(
        attributes, {.residual_scale = last ? 0.5f : 0, .residual_zero = last ? 7 : 0, .y_zero = 90, .y_high = 255});
    attributes.set("pads", pads);
    attributes.set("strides", Ints{stride, stride});
    attributes.set("group", depthwise ? channels : std::int64_t{1});
    attributes.set("x_zero", pick(0, 255));
    tensor::Tensor scale(tensor::DType::kF32, tensor::Shape{out});
    for (float& value : scale.as<float>()) value = 2e-2f / static_cast<float>(kernel * kernel * in);
    rows = (rows + pads[0] + pads[2] - kernel) / stride + 1,
    columns = (columns + pads[1] + pads[3] - kernel) / stride + 1;
    channels = out;
    std::vector<std::int32_t> inputs = {
        x,
        builder.weights("w", random_integers<std::int8_t>({kernel, kernel, in, out}, static_cast<unsigned>(random()))),
        builder.weights("b", random_integers<std::int32_t>({out}, static_cast<unsigned>(random()))),
        builder.weights("s", std::move(scale))};
    if (last) {
      inputs.push_back(program::kAbsent);
      inputs.push_back(builder.input("other", {tensor::DType::kU8, {1, rows, columns, channels}}));
    }
    x = builder.step("QConv", std::move(inputs), std::move(attributes), {.domain = op::kHedgeDomain});
  }
  builder.output(x);
  return builder.finish();
}

/// The same program, all its steps one chain.
inline program::Program by_bands(program::Program program, std::int32_t rows) {
  const auto steps = static_cast<std::int32_t>(program.steps.size());
  program.bands = {{.first_step = 0, .steps = steps, .rows = rows}};
  for (std::int32_t k = 0; k + 1 < steps; ++k) {
    program::ProgramTensor& between =
        program.tensors[static_cast<std::size_t>(program.steps[static_cast<std::size_t>(k)].outputs[0])];
    between.place = program::Place::kBand;
    between.offset = 0;
  }
  return program;
}

}  // namespace hedge::engine
