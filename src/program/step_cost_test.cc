#include "program/step_cost.h"

#include <gtest/gtest.h>

#include "program/program_builder.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;
using Ints = std::vector<std::int64_t>;

TensorType f32(Shape shape) { return {DType::kF32, shape}; }

/// Cost of a single step on an f32 input and f32 weights.
StepCost cost_of(std::string_view op, Shape x, Shape weights, const op::Attributes& attributes = {},
                 std::string_view domain = "") {
  ProgramBuilder builder;
  const auto input = builder.input("x", f32(x));
  const auto constant = builder.weights("w", Tensor(DType::kF32, weights));
  builder.output(builder.step(op, {input, constant}, attributes, {.domain = domain, .kernel = "ref"}));
  const Program program = builder.finish();
  return step_cost(program, program.steps[0]);
}

TEST(StepCost, ConvolutionCountsEveryTapOfEveryOutput) {
  op::Attributes padded;
  padded.set("pads", Ints{1, 1, 1, 1});
  const StepCost cost = cost_of("Conv", {1, 8, 10, 12}, {16, 8, 3, 3}, padded);
  EXPECT_EQ(cost.macs, 16 * 10 * 12 * 8 * 9);
  EXPECT_EQ(cost.bytes, 4 * (8 * 10 * 12 + 16 * 8 * 9 + 16 * 10 * 12));
  EXPECT_TRUE(cost.is_float);
  EXPECT_FALSE(cost.integer_products);
}

TEST(StepCost, GroupedConvolutionReadsItsGroupOnly) {
  op::Attributes depthwise;
  depthwise.set("group", std::int64_t{8});
  EXPECT_EQ(cost_of("Conv", {1, 8, 10, 12}, {8, 1, 3, 3}, depthwise).macs, 8 * 8 * 10 * 9);
}

TEST(StepCost, FusedConvolutionHasItsWeightsTheOtherWayRound) {
  EXPECT_EQ(cost_of("Conv", {1, 10, 12, 8}, {3, 3, 8, 16}, {}, op::kHedgeDomain).macs, 16 * 8 * 10 * 8 * 9);
}

TEST(StepCost, ProductsMultiplyByTheSharedAxis) {
  EXPECT_EQ(cost_of("MatMul", {2, 5, 7}, {7, 3}).macs, 2 * 5 * 3 * 7);
  op::Attributes transposed;
  transposed.set("transB", std::int64_t{1});
  EXPECT_EQ(cost_of("Gemm", {5, 7}, {3, 7}, transposed).macs, 5 * 3 * 7);
  EXPECT_EQ(cost_of("Gemm", {5, 7}, {7, 3}).macs, 5 * 3 * 7);
}

TEST(StepCost, ElementwiseWorkHasBytesAndNoProducts) {
  const StepCost cost = cost_of("Add", {4, 16}, {4, 16});
  EXPECT_EQ(cost.macs, 0);
  EXPECT_EQ(cost.bytes, 3 * 4 * 16 * 4);
}

TEST(KernelFamily, IsTheNameUpToItsTypes) {
  Step step;
  step.op = "Gather";
  step.kernel = "qconv_u8_s8_u8_14x32_avx512vbmi";
  EXPECT_EQ(kernel_family(step), "qconv");
  step.kernel = "ref";
  EXPECT_EQ(kernel_family(step), "ref Gather");
}

}  // namespace
}  // namespace hedge::program
