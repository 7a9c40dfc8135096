#include "engine/engine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/integer_sample_program.h"
#include "format/engine_file.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using program::ProgramBuilder;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

Engine make(program::Program program, int threads = 1) {
  auto engine = Engine::create(std::move(program), {.threads = threads});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return std::move(*engine);
}

/// Fills all inputs with seeded values, runs, returns copies of all outputs.
std::vector<Tensor> run(Engine& engine, unsigned seed = 7) {
  for (int k = 0; k < static_cast<int>(engine.inputs().size()); ++k) {
    const Tensor values = random_tensor(engine.input(k).shape(), seed + static_cast<unsigned>(k));
    std::ranges::copy(values.bytes(), engine.input(k).data);
  }
  const auto status = engine.run();
  EXPECT_TRUE(status.has_value()) << status.error().message;
  std::vector<Tensor> outputs;
  for (int k = 0; k < static_cast<int>(engine.outputs().size()); ++k)
    outputs.push_back(Tensor::copy_of(engine.output(k)));
  return outputs;
}

void expect_same_bytes(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(std::ranges::equal(a[k].bytes(), b[k].bytes())) << k;
}

TEST(Engine, RunsReferences) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{3}});
  const auto y = builder.weights("y", Tensor::of<float>({3}, {1, 2, 3}));
  builder.output(builder.step("Add", {x, y}, {}, {.kernel = "ref"}));
  Engine engine = make(builder.finish());
  ASSERT_EQ(engine.inputs().size(), 1u);
  EXPECT_EQ(engine.inputs()[0].name, "x");
  EXPECT_EQ(engine.outputs()[0].type, (tensor::TensorType{DType::kF32, Shape{3}}));
  for (const float base : {0.0f, 10.0f}) {
    std::ranges::fill(engine.input(0).as<float>(), base);
    ASSERT_TRUE(engine.run().has_value());
    EXPECT_EQ(engine.output(0).as<float>()[2], base + 3);
  }
}

TEST(Engine, KernelsAgreeWithReferences) {
  Engine fast = make(sample_program()), plain = make(sample_program({.kernel = "ref"}));
  const auto a = run(fast), b = run(plain);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k)
    for (std::size_t i = 0; i < a[k].as<float>().size(); ++i)
      ASSERT_NEAR(a[k].as<float>()[i], b[k].as<float>()[i], 1e-4) << "output " << k << ", element " << i;
}

TEST(Engine, IntegersAreTheSameBitsForKernelsAndReferences) {
  for (const std::int64_t channels : {3, 16, 40}) {
    Engine plain = make(integer_sample_program({.size = 8, .channels = channels, .kernel = "ref"}));
    const std::vector<Tensor> expected = run(plain);
    for (const int threads : {1, 3}) {
      Engine engine = make(integer_sample_program({.size = 8, .channels = channels}), threads);
      expect_same_bytes({run(engine)[0]}, {expected[0]});
    }
    const auto bytes = expected[0].as<std::uint8_t>();
    const auto [low, high] = std::minmax_element(bytes.begin(), bytes.end());
    EXPECT_GT(*high - *low, 20) << "the program says little";
  }
}

TEST(Engine, AnyNumberOfThreadsGivesTheSameBytes) {
  Engine alone = make(sample_program({.size = 48, .channels = 33}));
  const auto expected = run(alone);
  for (const int threads : {2, 3, 5}) {
    Engine engine = make(sample_program({.size = 48, .channels = 33}), threads);
    EXPECT_EQ(engine.threads(), threads);
    for (int repeat = 0; repeat < 8; ++repeat) expect_same_bytes(run(engine), expected);
  }
}

TEST(Engine, RunTimedGivesEveryStepItsTime) {
  Engine engine = make(sample_program());
  std::vector<StepTime> times(engine.program().steps.size(), StepTime{-1, -1});
  ASSERT_TRUE(engine.run_timed(times).has_value());
  for (std::size_t k = 0; k < times.size(); ++k) {
    EXPECT_EQ(times[k].step, static_cast<int>(k));
    EXPECT_GE(times[k].nanoseconds, 0);
  }
  EXPECT_TRUE(engine.run_timed({}).has_value());
}

TEST(Engine, BadValuesGiveAnErrorAndTheEngineLives) {
  for (const int threads : {1, 2}) {
    ProgramBuilder builder;
    const auto table = builder.weights("table", Tensor::of<float>({3}, {5, 6, 7}));
    builder.output(builder.step("Gather", {table, builder.input("index", {DType::kI64, Shape{1}})}));
    Engine engine = make(builder.finish(), threads);
    engine.input(0).as<std::int64_t>()[0] = 1000;
    const auto status = engine.run();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
    engine.input(0).as<std::int64_t>()[0] = 2;
    ASSERT_TRUE(engine.run().has_value());
    EXPECT_EQ(engine.output(0).as<float>()[0], 7);
  }
}

TEST(Engine, LoadsAFile) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("engine_test_{}.hedge", ::getpid());
  ASSERT_TRUE(format::write_engine_file(path, {.program = sample_program(), .card = ""}).has_value());
  auto loaded = Engine::load(path, {.threads = 2});
  std::filesystem::remove(path);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  Engine made = make(sample_program());
  expect_same_bytes(run(*loaded), run(made));
  const auto missing = Engine::load(path);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find(path.string()), std::string::npos);
}

TEST(Engine, RefusesWhatThisMachineCannotRun) {
  program::Program program = sample_program({.kernel = "ref"});
  program.required_isa.add(kernel::Isa::kAvx2);
  program.portable.reset();
  ::setenv("HEDGE_ISA", "ref", 1);
  const auto engine = Engine::create(program);
  ::unsetenv("HEDGE_ISA");
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(engine.error().message.find("needs avx2, this machine has none"), std::string::npos)
      << engine.error().message;
}

TEST(Engine, RefusesBadPrograms) {
  program::Program program = sample_program();
  program.steps[1].inputs[0] = 4711;
  const auto engine = Engine::create(program);
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().kind, ErrorKind::kInvalid);
}

TEST(Engine, RefusesSillyNumbersOfThreads) {
  for (const int threads : {-1, 0, 65, 1 << 30}) {
    const auto engine = Engine::create(sample_program(), {.threads = threads});
    ASSERT_FALSE(engine.has_value());
    EXPECT_EQ(engine.error().kind, ErrorKind::kUsage);
  }
}

TEST(Engine, MovesWithItsInputsInPlace) {
  Engine engine = make(sample_program(), 2);
  const auto expected = run(engine);
  const std::byte* where = engine.input(0).data;
  Engine moved = std::move(engine);
  EXPECT_EQ(moved.input(0).data, where);
  expect_same_bytes(run(moved), expected);
}

TEST(Engine, SubnormalsCountAsZeroInsideAndAsThemselvesOutside) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "only x86-64 sets flush to zero";
#endif
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1}});
  builder.output(builder.step("Mul", {x, builder.weights("y", Tensor::of<float>({1}, {1}))}));
  Engine engine = make(builder.finish());
  const volatile float tiny = 1e-40f;
  engine.input(0).as<float>()[0] = tiny;
  ASSERT_TRUE(engine.run().has_value());
  EXPECT_EQ(engine.output(0).as<float>()[0], 0.0f);
  EXPECT_NE(tiny * 2, 0.0f);
}

}  // namespace
}  // namespace hedge::engine
