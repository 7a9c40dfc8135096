// A program compiled for one machine on another: same answers, no more memory touched than verify() proves, and refused
// in one line where it cannot be.
#include "program/repack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/crc32c.h"
#include "engine/engine.h"
#include "engine/integer_sample_program.h"
#include "program/verify.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using kernel::Isa;
using kernel::IsaSet;
using program::Program;
using program::ProgramBuilder;
using program::Repacked;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

/// What weaker machines than this one have.
std::vector<IsaSet> weaker_machines() {
  std::vector<IsaSet> sets;
  for (const auto& list : std::vector<std::vector<Isa>>{{},
                                                        {Isa::kAvx2},
                                                        {Isa::kAvx2, Isa::kAvxVnni},
                                                        {Isa::kAvx2, Isa::kAvx512},
                                                        {Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni}}) {
    IsaSet set;
    for (const Isa isa : list) set.add(isa);
    if (kernel::detect_isa().contains(set) && !(set == kernel::detect_isa())) sets.push_back(set);
  }
  return sets;
}

Program repacked(Program program, IsaSet here, Repacked* report = nullptr) {
  EXPECT_TRUE(program::verify(program).has_value());
  const auto done = program::repack(program, here);
  EXPECT_TRUE(done.has_value()) << done.error().message;
  if (done && report != nullptr) *report = *done;
  EXPECT_TRUE(here.contains(program.required_isa)) << kernel::to_string(program.required_isa);
  return program;
}

std::vector<Tensor> answers(Program program) {
  auto engine = Engine::create(std::move(program), {.threads = 2});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  std::vector<Tensor> outputs;
  if (!engine) return outputs;
  for (int k = 0; k < static_cast<int>(engine->inputs().size()); ++k) {
    const Tensor values = random_tensor(engine->input(k).shape(), 7 + static_cast<unsigned>(k));
    std::ranges::copy(values.bytes(), engine->input(k).data);
  }
  EXPECT_TRUE(engine->run().has_value());
  EXPECT_TRUE(engine->run().has_value());
  for (int k = 0; k < static_cast<int>(engine->outputs().size()); ++k)
    outputs.push_back(Tensor::copy_of(engine->output(k)));
  return outputs;
}

bool same_bytes(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::ranges::equal(a, b,
                            [](const Tensor& x, const Tensor& y) { return std::ranges::equal(x.bytes(), y.bytes()); });
}

TEST(Repack, IntegersAnswerTheSameBitsOnEveryMachine) {
  for (const std::int64_t channels : {3, 16, 70}) {
    const Program program = integer_sample_program({.channels = channels});
    const auto expected = answers(program);
    for (const IsaSet here : weaker_machines()) {
      Repacked report;
      const Program packed = repacked(program, here, &report);
      EXPECT_TRUE(same_bytes(answers(packed), expected)) << kernel::to_string(here) << ", " << channels << " channels";
      EXPECT_GT(report.rebound, 0);
      EXPECT_EQ(report.on_reference, here == IsaSet{} ? report.rebound : 0) << kernel::to_string(here);
      // And on from there: what was packed anew is as portable as before.
      EXPECT_TRUE(here == IsaSet{} || same_bytes(answers(repacked(packed, {})), expected)) << kernel::to_string(here);
    }
  }
}

TEST(Repack, FloatsAreTheSameWithinTheirRounding) {
  const Program program = sample_program();
  const auto expected = answers(program);
  for (const IsaSet here : weaker_machines()) {
    const auto actual = answers(repacked(program, here));
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k)
      for (std::size_t i = 0; i < expected[k].as<float>().size(); ++i)
        ASSERT_NEAR(actual[k].as<float>()[i], expected[k].as<float>()[i], 1e-4) << kernel::to_string(here);
  }
}

TEST(Repack, WeightsInAFormThatServesBothStayWhereTheyAre) {
  if (!kernel::detect_isa().has(Isa::kAvx512)) GTEST_SKIP() << "needs AVX-512";
  const Program program = sample_program();
  Repacked report;
  IsaSet avx2;
  avx2.add(Isa::kAvx2);
  EXPECT_EQ(repacked(program, avx2, &report).weights, program.weights);
  EXPECT_EQ(report.weights_bytes, 0u);
  EXPECT_EQ(report.on_reference, 0);
}

TEST(Repack, AKernelThatMayNotWriteOverItsOperandReadsACopy) {
  if (kernel::detect_isa() == IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{5, 7}});
  const auto relu = builder.step("Relu", {x});
  const auto sum = builder.step("Add", {relu, relu});
  builder.output(sum);
  Program program = builder.finish();
  const auto expected = answers(program);
  program.tensors[static_cast<std::size_t>(sum)].offset = program.tensors[static_cast<std::size_t>(relu)].offset;
  Repacked report;
  const Program packed = repacked(program, {}, &report);
  EXPECT_EQ(report.rebound, 2);
  EXPECT_EQ(packed.steps.size(), 4u) << "one copy for each of Add's operands";
  EXPECT_GT(packed.arena_bytes, program.arena_bytes);
  EXPECT_TRUE(same_bytes(answers(program), expected));
  EXPECT_TRUE(same_bytes(answers(packed), expected));
}

TEST(Repack, StepsThatShareWeightsShareThemStill) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{2, 40}});
  const program::StepOptions fused{.domain = op::kHedgeDomain};
  const auto w = builder.weights("w", random_tensor({40, 40}, 1));
  const auto once = builder.step("Gemm", {x, w}, {}, fused);
  builder.output(builder.step("Gemm", {once, w}, {}, fused));
  Program program = builder.finish();
  if (program.required_isa == IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  program.steps[1].inputs[1] = program.steps[0].inputs[1];
  Repacked report;
  const Program packed = repacked(program, {}, &report);
  EXPECT_EQ(packed.steps[0].inputs[1], packed.steps[1].inputs[1]);
  EXPECT_EQ(report.weights_bytes, 40u * 40 * sizeof(float));
}

TEST(Repack, TheLoaderDoesItWhereTheMachineIsWeaker) {
  const Program program = integer_sample_program();
  if (program.required_isa == IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  const auto expected = answers(program);
  ::setenv("HEDGE_ISA", "ref", 1);
  auto engine = Engine::create(program);
  const auto actual = answers(program);
  ::unsetenv("HEDGE_ISA");
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  ASSERT_NE(engine->repacked(), nullptr);
  EXPECT_EQ(engine->repacked()->on_reference, engine->repacked()->rebound);
  EXPECT_NE(program::to_string(*engine->repacked()).find("re-packed for ref"), std::string::npos);
  EXPECT_TRUE(same_bytes(actual, expected));
  EXPECT_EQ(Engine::create(program)->repacked(), nullptr);
}

TEST(Repack, RefusesAProgramThatIsNotPortable) {
  Program program = integer_sample_program();
  program.portable.reset();
  program.required_isa.add(Isa::kAvx2);
  const auto done = program::repack(program, {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(done.error().message.find("this machine has none"), std::string::npos) << done.error().message;
}

TEST(Repack, RefusesWeightsThatAreNotWhatTheirChecksumSays) {
  const Program program = integer_sample_program();
  if (program.required_isa == IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  for (const bool missing : {true, false}) {
    Program changed = program;
    if (missing)
      changed.portable->pop_back();
    else
      changed.portable->back().crc ^= 1;
    const auto done = program::repack(changed, {});
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(done.error().message.find("checksum"), std::string::npos) << done.error().message;
  }
}

}  // namespace
}  // namespace hedge::engine
