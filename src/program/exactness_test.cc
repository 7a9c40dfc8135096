#include "program/exactness.h"

#include <gtest/gtest.h>

#include "program/program_builder.h"
#include "program/verify.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;

/// x f32[4] -> u8[4].
std::int32_t quantized(ProgramBuilder& builder, std::int32_t x) {
  const auto scale = builder.weights("scale", Tensor::scalar<float>(0.1f));
  const auto zero = builder.weights("zero", Tensor::scalar<std::uint8_t>(128));
  return builder.step("QuantizeLinear", {x, scale, zero}, {}, {.kernel = "ref"});
}

std::int32_t dequantized(ProgramBuilder& builder, std::int32_t q) {
  const auto scale = builder.weights("scale", Tensor::scalar<float>(0.1f));
  const auto zero = builder.weights("zero", Tensor::scalar<std::uint8_t>(128));
  return builder.step("DequantizeLinear", {q, scale, zero}, {}, {.kernel = "ref"});
}

std::int32_t product(ProgramBuilder& builder, std::int32_t q) {
  const auto weights = builder.weights("w", Tensor(DType::kI8, Shape{4, 3}));
  return builder.step("MatMulInteger", {q, weights}, {}, {.kernel = "ref"});
}

std::vector<Exactness> exactness_of(ProgramBuilder& builder) {
  const Program program = builder.finish();
  EXPECT_TRUE(verify(program).has_value());
  return output_exactness(program);
}

TEST(Exactness, IntegersAreExactFromInputToOutput) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1, 4}});
  const auto q = quantized(builder, x);
  builder.output(product(builder, q));
  builder.output(dequantized(builder, q));
  builder.output(builder.step("Transpose", {x}, {}, {.kernel = "ref"}));
  EXPECT_EQ(exactness_of(builder), (std::vector(3, Exactness::kExact)));
}

TEST(Exactness, FloatsAreRoundedAndStayIt) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1, 4}});
  const auto tanh = builder.step("Tanh", {x}, {}, {.kernel = "ref"});
  builder.output(tanh);
  builder.output(builder.step("Transpose", {tanh}, {}, {.kernel = "ref"}));
  EXPECT_EQ(exactness_of(builder), (std::vector(2, Exactness::kRounded)));
}

TEST(Exactness, FloatsBecomingIntegersAreStepped) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1, 4}});
  const auto q = quantized(builder, builder.step("Tanh", {x}, {}, {.kernel = "ref"}));
  builder.output(q);
  builder.output(product(builder, q));
  builder.output(builder.step("Tanh", {dequantized(builder, q)}, {}, {.kernel = "ref"}));
  builder.output(quantized(builder, x));  // another branch, from the input alone
  EXPECT_EQ(exactness_of(builder),
            (std::vector{Exactness::kStepped, Exactness::kStepped, Exactness::kStepped, Exactness::kExact}));
}

TEST(Exactness, FollowsMemoryNotNames) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1, 4}});
  const auto tanh = builder.step("Tanh", {x}, {}, {.kernel = "ref"});
  Program program = builder.finish();
  // A Reshape without a step: another tensor on the same bytes.
  program.tensors.push_back(program.tensors[static_cast<std::size_t>(tanh)]);
  program.tensors.back().type.shape = Shape{4};
  program.outputs.push_back(static_cast<std::int32_t>(program.tensors.size()) - 1);
  ASSERT_TRUE(verify(program).has_value());
  EXPECT_EQ(output_exactness(program), std::vector{Exactness::kRounded});
}

}  // namespace
}  // namespace hedge::program
