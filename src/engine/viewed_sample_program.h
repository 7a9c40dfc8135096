// Joins and slices of bytes, as steps or in place: for the engine's tests and its fuzzer's first inputs.
#pragma once

#include "engine/integer_sample_program.h"
#include "program/footprint.h"
#include "program/step_operands.h"

namespace hedge::engine {

/// Input "image" u8[1,size,size,channels]; outputs u8 of as many pixels. Every family that takes rows apart reads a
/// part or writes one: convolutions, pointwise, of 3x3 and depthwise, with a residual and a table; a table, a sum, a
/// pool, a resizing, a Pick and a Concat of one.
inline program::Program joined_program(std::int64_t channels, std::int64_t size) {
  using Ints = std::vector<std::int64_t>;
  const std::int64_t c = channels;
  const program::StepOptions fused{.domain = op::kHedgeDomain};
  program::ProgramBuilder builder;
  unsigned seed = 0;
  const auto attributes = [](std::initializer_list<std::pair<std::string_view, op::AttributeValue>> more,
                             kernel::QuantEpilogue epilogue = {}) {
    op::Attributes result;
    epilogue.y_zero = 90;
    epilogue.y_high = 255;
    op::set_quant_epilogue(result, epilogue);
    for (const auto& [name, value] : more) result.set(name, value);
    return result;
  };
  const auto table = [&] { return builder.weights("table", random_integers<std::uint8_t>({256}, ++seed)); };
  const auto conv = [&](std::int32_t x, std::int64_t kernel, std::int64_t in, std::int64_t out, std::int64_t groups = 1,
                        std::int32_t residual = program::kAbsent) {
    tensor::Tensor scale(tensor::DType::kF32, tensor::Shape{out});
    for (float& value : scale.as<float>()) value = 2e-2f / static_cast<float>(kernel * kernel * in / groups);
    std::vector<std::int32_t> inputs = {
        x, builder.weights("w", random_integers<std::int8_t>({kernel, kernel, in / groups, out}, ++seed)),
        builder.weights("b", random_integers<std::int32_t>({out}, ++seed)), builder.weights("s", std::move(scale))};
    if (residual != program::kAbsent) {
      inputs.push_back(program::kAbsent);
      inputs.push_back(residual);
      inputs.push_back(table());
    }
    const std::int64_t pad = kernel / 2;
    return builder.step(
        "QConv", std::move(inputs),
        attributes({{"pads", Ints{pad, pad, pad, pad}}, {"group", groups}, {"x_zero", std::int64_t{90}}},
                   {.residual_scale = 0.5f, .residual_zero = 90}),
        fused);
  };
  const op::Attributes last_axis = attributes({{"axis", std::int64_t{3}}});
  const auto join = [&](std::vector<std::int32_t> parts) {
    return builder.step("Concat", std::move(parts), last_axis);
  };
  const auto slice = [&](std::int32_t x, std::int64_t first, std::int64_t end) {
    const auto list = [&](std::int64_t value) {
      return builder.weights("l", tensor::Tensor::of<std::int64_t>({1}, {value}));
    };
    return builder.step("Slice", {x, list(first), list(end), list(3)});
  };

  const auto image = builder.input("image", {tensor::DType::kU8, {1, size, size, c}});
  const auto pointwise = conv(image, 1, c, c), wide = conv(image, 3, c, c + 5);
  const auto pool = builder.step("MaxPool", {pointwise},
                                 attributes({{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}}), fused);
  const auto resized = builder.step(
      "Resize", {wide},
      attributes(
          {{"output_shape", Ints{size, size}}, {"scales", std::vector<float>{1, 1}}, {"mode", std::string("nearest")}}),
      fused);
  const auto first = join({pointwise, pool, wide, resized});  // 4c + 10 channels
  const auto a = slice(first, c, 2 * c), b = slice(first, 2 * c, 3 * c);
  const auto looked_up = builder.step("QTable", {a, table()}, {}, fused);
  const auto sum = builder.step("QAdd", {a, b}, attributes({{"a_scale", 0.7f}, {"b_scale", 0.6f}}), fused);
  const auto depthwise = conv(a, 3, c, c, c);
  const auto deep = conv(b, 3, c, c, 1, a);
  const auto picked = builder.step("Pick", {b, a}, attributes({{"channels", Ints{0, c, c - 1, 2 * c - 1}}}),
                                   fused);  // too narrow for a part
  const auto inner = join({looked_up, sum});
  const auto second = join({inner, depthwise, deep, builder.step("Concat", {image}, last_axis)});
  builder.output(conv(second, 1, 5 * c, 16));
  builder.output(conv(first, 3, 4 * c + 10, 7));
  builder.output(conv(picked, 1, 4, 8));
  return builder.finish();
}

/// The same program with all joins of several and all slices in place: of channels they must be, with constant bounds.
inline program::Program by_views(program::Program program) {
  const program::ConstantValues constants(program);
  const auto tensor = [&](std::int32_t index) -> program::ProgramTensor& {
    return program.tensors[static_cast<std::size_t>(index)];
  };
  const auto place = [&](std::int32_t part, const program::ProgramTensor& wide, std::uint64_t first) {
    program::ProgramTensor& view = tensor(part);
    view.pitch = wide.pitch != 0 ? wide.pitch : program::row_bytes(wide.type);
    view.offset = wide.offset + first;
    view.size_bytes = program::footprint(view).end() - view.offset;
  };
  for (std::size_t k = program.steps.size(); k-- > 0;) {  // the outer join before the inner one
    const program::Step& step = program.steps[k];
    if (step.op != "Concat" || step.inputs.size() < 2) continue;
    std::uint64_t first = 0;
    for (const std::int32_t part : step.inputs) {
      place(part, tensor(step.outputs[0]), first);
      first += program::row_bytes(tensor(part).type);
    }
  }
  for (const program::Step& step : program.steps)
    if (step.op == "Slice")
      place(step.outputs[0], tensor(step.inputs[0]),
            static_cast<std::uint64_t>(constants.find(step.inputs[1])->as<std::int64_t>()[0]));
  std::erase_if(program.steps, [](const program::Step& step) {
    return step.op == "Slice" || (step.op == "Concat" && step.inputs.size() > 1);
  });
  return program;
}

}  // namespace hedge::engine
