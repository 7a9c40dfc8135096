#include "program/quantized_input.h"

#include <gtest/gtest.h>

#include "op/operator.h"
#include "program/program_builder.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

op::Attributes pixels_attributes() {
  op::Attributes attributes;
  attributes.set("scale", 0.5f);
  attributes.set("y_zero", std::int64_t{7});
  return attributes;
}

/// An f32 input that QPixels quantizes; what else is done to it is the test's.
struct Sample {
  ProgramBuilder builder;
  std::int32_t image = builder.input("image", {DType::kF32, Shape{1, 3, 4, 4}});

  std::int32_t pixels() { return builder.step("QPixels", {image}, pixels_attributes(), {.domain = op::kHedgeDomain}); }
  std::optional<QuantizedInput> found() { return quantized_input(builder.finish(), image); }
};

TEST(QuantizedInput, IsFoundBeforeItsOnlyReader) {
  Sample sample;
  const std::int32_t bytes = sample.pixels();
  sample.builder.output(bytes);
  const auto found = sample.found();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->step, 0u);
  EXPECT_EQ(found->tensor, bytes);
  EXPECT_EQ(found->scale, 0.5f);
  EXPECT_EQ(found->zero, 7);
}

TEST(QuantizedInput, QuantizeLinearOfOneScaleIsAsGood) {
  for (const bool one : {true, false}) {
    Sample sample;
    const auto scale = sample.builder.weights("scale", one ? Tensor::scalar(0.25f) : Tensor::of<float>({3}, {1, 2, 3}));
    const auto zero = sample.builder.weights(
        "zero", one ? Tensor::scalar<std::uint8_t>(9) : Tensor::of<std::uint8_t>({3}, {1, 2, 3}));
    sample.builder.output(sample.builder.step("QuantizeLinear", {sample.image, scale, zero}, {}, {.kernel = "ref"}));
    const auto found = sample.found();
    ASSERT_EQ(found.has_value(), one);
    if (!one) continue;
    EXPECT_EQ(found->scale, 0.25f);
    EXPECT_EQ(found->zero, 9);
  }
}

TEST(QuantizedInput, OtherReadersWantTheFloats) {
  Sample twice;
  twice.builder.output(twice.pixels());
  twice.builder.output(twice.builder.step("Relu", {twice.image}));
  EXPECT_FALSE(twice.found().has_value());

  Sample kept;
  kept.builder.output(kept.pixels());
  kept.builder.output(kept.image);
  EXPECT_FALSE(kept.found().has_value());

  Sample other;
  other.builder.output(other.builder.step("Relu", {other.image}));
  EXPECT_FALSE(other.found().has_value());
}

// A Reshape that costs no step: a tensor which nobody writes, at the input's place.
TEST(QuantizedInput, TheSameBytesUnderAnotherShapeAreAReader) {
  Sample sample;
  sample.builder.output(sample.pixels());
  const auto flat = sample.builder.input("flat", {DType::kF32, {1, 48}});
  sample.builder.output(sample.builder.step("Relu", {flat}));
  Program program = sample.builder.finish();
  EXPECT_TRUE(quantized_input(program, sample.image).has_value());
  program.inputs.pop_back();
  program.tensors[static_cast<std::size_t>(flat)].offset =
      program.tensors[static_cast<std::size_t>(sample.image)].offset;
  EXPECT_FALSE(quantized_input(program, sample.image).has_value());
}

TEST(QuantizedInput, BytesMustOutliveWhatRunsBefore) {
  Sample sample;
  const auto second = sample.builder.input("second", {DType::kF32, {1, 48}});
  const auto earlier = sample.builder.step("Relu", {second});
  const auto bytes = sample.pixels();
  sample.builder.output(earlier);
  sample.builder.output(bytes);
  const Program program = sample.builder.finish();
  ASSERT_TRUE(quantized_input(program, sample.image).has_value());
  EXPECT_EQ(quantized_input(program, sample.image)->step, 1u);
  for (const std::int32_t on : {second, earlier}) {
    Program shared = program;
    shared.tensors[static_cast<std::size_t>(bytes)].offset = shared.tensors[static_cast<std::size_t>(on)].offset + 64;
    EXPECT_FALSE(quantized_input(shared, sample.image).has_value());
  }
}

}  // namespace
}  // namespace hedge::program
