#include "program/verify.h"

#include <gtest/gtest.h>

#include "program/program_builder.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;

constexpr TensorType kVector{DType::kF32, Shape{}};

TensorType f32(Shape shape) { return {DType::kF32, shape}; }

/// x -> Relu -> Add(weights) -> Sqrt -> y, references only: five tensors of 256 bytes.
Program chain() {
  ProgramBuilder builder;
  const auto x = builder.input("x", f32({4, 16}));
  const auto bias = builder.weights("bias", Tensor(DType::kF32, Shape{4, 16}));
  const auto relu = builder.step("Relu", {x}, {}, {.kernel = "ref"});
  const auto sum = builder.step("Add", {relu, bias}, {}, {.kernel = "ref"});
  builder.output(builder.step("Sqrt", {sum}, {}, {.kernel = "ref"}));
  return builder.finish();
}

/// Verifies and returns the message; empty where the program may run.
std::string refusal(const Program& program) {
  const auto status = verify(program);
  return status ? "" : status.error().message;
}

void expect_refusal(const Program& program, std::string_view words) {
  const std::string message = refusal(program);
  EXPECT_NE(message.find(words), std::string::npos) << "'" << message << "' does not say '" << words << "'";
}

TEST(Verify, AcceptsAnHonestProgram) { EXPECT_EQ(refusal(chain()), ""); }

TEST(Verify, RefusesTensorsOutsideTheirSection) {
  Program program = chain();
  program.tensors[0].offset = program.arena_bytes;
  expect_refusal(program, "outside its section");
  program = chain();
  program.tensors[0].offset = ~std::uint64_t{63};
  expect_refusal(program, "outside its section");
  program = chain();
  program.tensors[1].offset = 64;
  expect_refusal(program, "tensor 1 'bias'");
  program = chain();
  program.arena_bytes = std::uint64_t{1} << 60;
  expect_refusal(program, "arena");
}

TEST(Verify, RefusesChecksumsOfTensorsThatAreNotThere) {
  for (const std::int32_t tensor : {-1, 5, INT32_MAX}) {
    Program program = chain();
    program.portable = {{.tensor = tensor}};
    expect_refusal(program, fmt::format("tensor {} of 5", tensor));
  }
}

TEST(Verify, RefusesMisalignedAndMisstatedTensors) {
  Program program = chain();
  program.tensors[2].offset += 2;
  expect_refusal(program, "not aligned");
  program = chain();
  program.tensors[2].size_bytes -= 4;
  expect_refusal(program, "252 bytes for f32[4x16]");
  program = chain();
  program.tensors[2].type = kVector;
  expect_refusal(program, "bytes for f32");
  program = chain();
  program.tensors[2].type.dtype = DType::kUndefined;
  expect_refusal(program, "no type");
}

TEST(Verify, RefusesIndicesOutOfRange) {
  for (const std::int32_t index : {-2, 5, 1 << 30}) {
    Program program = chain();
    program.steps[1].inputs[0] = index;
    expect_refusal(program, "step 1");
    program = chain();
    program.steps[1].outputs[0] = index;
    expect_refusal(program, "step 1");
    program = chain();
    program.outputs[0] = index;
    expect_refusal(program, "tensor");
    program = chain();
    program.inputs[0] = index;
    expect_refusal(program, "tensor");
  }
}

TEST(Verify, RefusesAStepThatWritesToTheWeights) {
  Program program = chain();
  program.steps[0].outputs[0] = 1;
  expect_refusal(program, "in the weights");
}

TEST(Verify, RefusesWhatIsReadBeforeItIsWritten) {
  Program program = chain();
  std::swap(program.steps[0], program.steps[1]);
  expect_refusal(program, "not in the arena when it is read");
}

TEST(Verify, RefusesWhatWasOverwrittenBeforeItIsRead) {
  ProgramBuilder builder;
  const auto x = builder.input("x", f32({4, 16}));
  const auto first = builder.step("Relu", {x}, {}, {.kernel = "ref"});
  const auto second = builder.step("Neg", {x}, {}, {.kernel = "ref"});
  builder.output(builder.step("Add", {first, second}, {}, {.kernel = "ref"}));
  Program program = builder.finish();
  EXPECT_EQ(refusal(program), "");
  program.tensors[static_cast<std::size_t>(second)].offset = program.tensors[static_cast<std::size_t>(first)].offset;
  expect_refusal(program, "step 2");
}

TEST(Verify, RefusesAnOutputThatIsLostWhenTheRunEnds) {
  Program program = chain();
  program.outputs[0] = 2;
  EXPECT_EQ(refusal(program), "");
  program.tensors[4].offset = program.tensors[2].offset;
  expect_refusal(program, "when the run ends");
}

TEST(Verify, RefusesBytesReadAsAnotherType) {
  Program program = chain();
  program.tensors.push_back(program.tensors[2]);
  program.tensors.back().type.dtype = DType::kI32;
  program.outputs[0] = 5;
  expect_refusal(program, "when the run ends");
}

TEST(Verify, AcceptsAnotherShapeOfTheSameBytes) {
  Program program = chain();
  program.tensors.push_back(program.tensors[4]);
  program.tensors.back().type.shape = Shape{64};
  program.outputs[0] = 5;
  EXPECT_EQ(refusal(program), "");
}

TEST(Verify, RefusesTypesThatTheOperatorDoesNotGive) {
  Program program = chain();
  program.tensors[2].type.shape = Shape{2, 32};
  expect_refusal(program, "its rule says");
}

TEST(Verify, RefusesUnknownOperatorsAndKernels) {
  Program program = chain();
  program.steps[0].kernel = "relu_of_the_future";
  expect_refusal(program, "relu_of_the_future");
  program = chain();
  program.steps[0].op = "Frobnicate";
  expect_refusal(program, "Frobnicate");
}

TEST(Verify, RefusesAKernelWhoseInstructionsAreNotRequired) {
  ProgramBuilder builder;
  const auto x = builder.input("x", f32({1, 64}));
  builder.output(builder.step("Relu", {x}));
  Program program = builder.finish();
  if (program.required_isa == kernel::IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  program.required_isa = {};
  expect_refusal(program, "does not require");
}

TEST(Verify, LetsAKernelOverwriteItsOperandOnlyExactly) {
  ProgramBuilder builder;
  const auto x = builder.input("x", f32({1, 64}));
  builder.output(builder.step("Relu", {x}));
  Program program = builder.finish();
  if (program.steps[0].kernel == kReferenceName) GTEST_SKIP() << "this machine has no kernels but the reference";
  program.tensors[1].offset = program.tensors[0].offset;
  EXPECT_EQ(refusal(program), "");
  program.tensors[1].offset += 64;
  program.arena_bytes += 64;
  expect_refusal(program, "output 0 lies on input 0");
  program = chain();
  program.tensors[2].offset = program.tensors[0].offset;
  expect_refusal(program, "output 0 lies on input 0");
}

TEST(Verify, RefusesPackedWeightsOfAnotherSize) {
  ProgramBuilder builder;
  const auto a = builder.input("a", f32({2, 8}));
  const auto w = builder.weights("w", Tensor(DType::kF32, Shape{8, 24}));
  builder.output(builder.step("Gemm", {a, w}, {}, {.domain = op::kHedgeDomain}));
  Program program = builder.finish();
  const std::int32_t packed = program.steps[0].inputs[1];
  if (program.tensors[static_cast<std::size_t>(packed)].packing.empty()) GTEST_SKIP() << "nothing is packed here";
  EXPECT_EQ(refusal(program), "");
  Program smaller = program;
  smaller.tensors[static_cast<std::size_t>(packed)].size_bytes -= 64;
  expect_refusal(smaller, "packed weights of");
  program.steps[0].inputs[1] = w;
  expect_refusal(program, "packed as ''");
}

TEST(Verify, RefusesAbsentOutputsThatAreWrittenUnasked) {
  Program program = chain();
  program.steps[2].outputs[0] = kAbsent;
  expect_refusal(program, "output 0 is absent");
}

TEST(Verify, RefusesBoolsOfOtherBytes) {
  ProgramBuilder builder;
  const auto x = builder.input("x", f32({4}));
  const auto condition = builder.weights("condition", Tensor(DType::kBool, Shape{4}));
  builder.output(builder.step("Where", {condition, x, x}));
  Program program = builder.finish();
  EXPECT_EQ(refusal(program), "");
  const_cast<std::byte*>(program.weights.get())[2] = std::byte{7};
  expect_refusal(program, "bool");
}

}  // namespace
}  // namespace hedge::program
