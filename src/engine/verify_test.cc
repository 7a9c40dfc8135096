#include "engine/verify.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"
#include "engine/record.h"
#include "engine/sample_program.h"
#include "format/engine_file.h"
#include "format/engine_layout.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using format::GoldenCase;
using format::GoldenCases;
using format::GoldenNoise;
using format::GoldenRule;
using program::Program;
using program::ProgramBuilder;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

/// x f32[8,16] -> bytes -> product with i8[16,24]: integers to the end.
Program integer_program() {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{8, 16}});
  const auto scale = builder.weights("scale", Tensor::scalar<float>(1.0f / 255));
  const auto zero = builder.weights("zero", Tensor::scalar<std::uint8_t>(0));
  const auto bytes = builder.step("QuantizeLinear", {x, scale, zero}, {}, {.kernel = "ref"});
  Tensor weights(DType::kI8, Shape{16, 24});
  format::fill_noise({.seed = 5, .levels = 256, .shift = {128}}, weights.view());
  builder.output(
      builder.step("MatMulInteger", {bytes, builder.weights("w", std::move(weights))}, {}, {.kernel = "ref"}));
  return builder.finish();
}

Engine make(Program program, int threads = 1) {
  auto engine = Engine::create(std::move(program), {.threads = threads});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return std::move(*engine);
}

/// `count` cases of noise between 0 and 1.
GoldenCases record_noise(Engine& engine, std::uint64_t count = 2) {
  GoldenCases cases;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    std::vector<format::GoldenInput> inputs;
    for (const Port& port : engine.inputs())
      inputs.push_back(format::golden_input(port.type, {.seed = seed, .scale = {1.0f / GoldenNoise::kLevelsMax}}));
    auto golden = record(engine, std::move(inputs), {.label = fmt::format("seed {}", seed)});
    EXPECT_TRUE(golden.has_value()) << golden.error().message;
    cases.push_back(std::move(*golden));
  }
  return cases;
}

VerifyReport verified(Engine& engine, const GoldenCases& cases) {
  const auto report = verify(engine, cases);
  EXPECT_TRUE(report.has_value()) << report.error().message;
  return report.value_or(VerifyReport{});
}

template <class T>
T read_at(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// An engine file in memory, changed and signed anew: checksums prove nothing against this.
class SignedFile {
 public:
  explicit SignedFile(const format::EngineFile& file) : bytes_(format::encode_engine(file)) {}

  std::span<std::byte> weights() {
    const std::size_t row = row_of(format::Section::kWeights);
    return std::span(bytes_).subspan(read_at<std::uint64_t>(bytes_, row + 8), read_at<std::uint64_t>(bytes_, row + 16));
  }
  base::Result<format::EngineFile> open() {
    const std::size_t head = format::kHeaderBytes + read_at<std::uint32_t>(bytes_, 24) * format::kSectionBytes;
    put(row_of(format::Section::kWeights) + 4, base::crc32c(weights()));
    put(format::kHeaderCrcAt, 0);
    put(format::kHeaderCrcAt, base::crc32c(std::span(bytes_).first(head)));
    auto buffer = std::make_shared<base::AlignedBuffer>(bytes_.size());
    std::memcpy(buffer->data(), bytes_.data(), bytes_.size());
    return format::decode_engine({buffer->data(), bytes_.size()}, buffer);
  }

 private:
  std::size_t row_of(format::Section section) const {
    std::size_t row = format::kHeaderBytes;
    while (read_at<std::uint32_t>(bytes_, row) != static_cast<std::uint32_t>(section)) row += format::kSectionBytes;
    return row;
  }
  void put(std::size_t at, std::uint32_t value) { std::memcpy(bytes_.data() + at, &value, sizeof(value)); }

  std::vector<std::byte> bytes_;
};

TEST(Verify, AnEngineAnswersAsItself) {
  for (const int threads : {1, 3}) {
    Engine recorder = make(sample_program());
    const GoldenCases cases = record_noise(recorder);
    Engine engine = make(sample_program(), threads);
    const VerifyReport report = verified(engine, cases);
    EXPECT_TRUE(report.holds());
    ASSERT_EQ(report.cases.size(), 2u);
    EXPECT_EQ(report.cases[1].label, "seed 2");
    ASSERT_EQ(report.cases[0].outputs.size(), 2u);
    for (const OutputVerdict& output : report.cases[0].outputs) {
      EXPECT_TRUE(output.bit_equal);
      EXPECT_EQ(output.rule, GoldenRule::kTolerance);
      EXPECT_EQ(output.relative_error, 0);
    }
  }
}

TEST(Verify, OtherFloatKernelsAnswerWithinTheTolerance) {
  Engine recorder = make(sample_program()), plain = make(sample_program({.kernel = "ref"}));
  const VerifyReport report = verified(plain, record_noise(recorder));
  EXPECT_TRUE(report.holds());
  const OutputVerdict& large = report.cases[0].outputs[1];
  EXPECT_GT(large.compared, 2048);
  EXPECT_LT(large.compared, large.elements) << "a large output is sampled";
}

// A checksum notices damage, not a wrong engine; this is what golden vectors are for.
TEST(Verify, AFlippedWeightByteWithARepairedChecksumIsCaught) {
  format::EngineFile file{.program = integer_program()};
  Engine recorder = make(file.program);
  file.golden = record_noise(recorder);
  ASSERT_EQ(file.golden[0].outputs[0].rule, GoldenRule::kExact);
  std::uint64_t first = 0, size = 0;
  for (const program::ProgramTensor& tensor : file.program.tensors)
    if (tensor.name == "w") first = tensor.offset, size = tensor.size_bytes;
  ASSERT_EQ(size, 16u * 24u);
  for (std::uint64_t at = first; at < first + size; ++at) {
    SignedFile tampered(file);
    tampered.weights()[at] ^= std::byte{1};
    auto opened = tampered.open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    Engine engine = make(std::move(opened->program));
    const VerifyReport report = verified(engine, opened->golden);
    EXPECT_FALSE(report.holds()) << "byte " << at;
    EXPECT_FALSE(report.cases[0].outputs[0].bit_equal);
    EXPECT_GT(report.cases[0].outputs[0].differing, 0);
    EXPECT_GT(report.cases[0].outputs[0].relative_error, 0);
  }
}

TEST(Verify, AFlippedExponentOfAFloatWeightIsCaught) {
  format::EngineFile file{.program = sample_program()};
  Engine recorder = make(file.program);
  file.golden = record_noise(recorder);
  const auto conv = std::ranges::find(file.program.steps, "Conv", &program::Step::op);
  const std::uint64_t first = file.program.tensors[static_cast<std::size_t>(conv->inputs[1])].offset;
  for (std::uint64_t at = first + 3; at < first + 64; at += 4) {  // sign and exponent of the first panel's weights
    SignedFile tampered(file);
    tampered.weights()[at] ^= std::byte{0x81};
    auto opened = tampered.open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    Engine engine = make(std::move(opened->program));
    EXPECT_FALSE(verified(engine, opened->golden).holds()) << "byte " << at;
  }
}

TEST(Verify, NothingToVerifyIsNoProof) {
  Engine engine = make(sample_program());
  const auto report = verify(engine, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(report.error().message.find("--golden"), std::string::npos);
  EXPECT_FALSE(VerifyReport{}.holds());
}

TEST(Verify, CasesOfAnotherEngineAreRefused) {
  Engine recorder = make(sample_program()), other = make(sample_program({.size = 16})), own = make(sample_program());
  const auto refusal = [](Engine& engine, const GoldenCases& cases, std::string_view words) {
    const auto report = verify(engine, cases);
    ASSERT_FALSE(report.has_value()) << words;
    EXPECT_EQ(report.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(report.error().message.find(words), std::string::npos) << report.error().message;
  };
  const GoldenCases cases = record_noise(recorder);
  refusal(other, cases, "golden case 0: input 0 is f32[1x3x32x32], the program's is f32[1x3x16x16]");
  GoldenCases fewer = cases;
  fewer[1].outputs.pop_back();
  refusal(own, fewer, "golden case 1: 1 outputs, the program has 2");
  GoldenCases more = cases;
  more[0].inputs.push_back(more[0].inputs[0]);
  refusal(own, more, "golden case 0: 2 inputs, the program has 1");
  GoldenCases drawn = cases;
  drawn[1].inputs[0].noise->seed = 77;
  refusal(own, drawn, "golden case 'seed 2': input 'image' has another checksum");
}

TEST(Verify, AnInferenceThatFailsSaysInWhichCase) {
  ProgramBuilder builder;
  const auto table = builder.weights("table", Tensor::of<float>({3}, {5, 6, 7}));
  builder.output(builder.step("Gather", {table, builder.input("index", {DType::kI64, Shape{1}})}));
  Engine engine = make(builder.finish());
  auto golden = record(engine, {format::golden_input(Tensor::of<std::int64_t>({1}, {2}))}, {.label = "good"});
  ASSERT_TRUE(golden.has_value()) << golden.error().message;
  EXPECT_EQ(golden->outputs[0].rule, GoldenRule::kExact) << "a copy of a constant";
  golden->inputs[0] = format::golden_input(Tensor::of<std::int64_t>({1}, {1000}));
  const auto report = verify(engine, {*golden});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().message.find("golden case 'good': "), 0u) << report.error().message;
  EXPECT_FALSE(record(engine, {format::golden_input(Tensor::of<std::int64_t>({1}, {1000}))}, {}).has_value());
}

TEST(Verify, TheArithmeticChoosesTheRule) {
  ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1, 4}});
  const auto tanh = builder.step("Tanh", {x}, {}, {.kernel = "ref"});
  const auto scale = builder.weights("scale", Tensor::scalar<float>(0.01f));
  const auto zero = builder.weights("zero", Tensor::scalar<std::uint8_t>(128));
  builder.output(builder.step("QuantizeLinear", {x, scale, zero}, {}, {.kernel = "ref"}));
  builder.output(tanh);
  builder.output(builder.step("QuantizeLinear", {tanh, scale, zero}, {}, {.kernel = "ref"}));
  Engine engine = make(builder.finish());
  const auto recorded = [&](const RecordOptions& options) {
    auto golden = record(engine, {format::golden_input(Tensor::of<float>({1, 4}, {0.1f, -0.2f, 0.3f, 0}))}, options);
    EXPECT_TRUE(golden.has_value()) << golden.error().message;
    return golden->outputs;
  };
  const auto by_default = recorded({}), by_hand = recorded({.tolerance = 0.5f});
  EXPECT_EQ(by_default[0].rule, GoldenRule::kExact);
  EXPECT_EQ(by_default[1].rule, GoldenRule::kTolerance);
  EXPECT_EQ(by_default[1].tolerance, 1e-4f);
  EXPECT_EQ(by_default[2].rule, GoldenRule::kRms);
  EXPECT_EQ(by_default[2].tolerance, 0.25f);
  EXPECT_EQ(by_hand[0].tolerance, 0) << "bits are bits";
  EXPECT_EQ(by_hand[1].tolerance, 0.5f);
  EXPECT_NEAR(by_default[1].magnitude, 0.291313f, 1e-6f);
}

TEST(Verify, RecordingWantsTheModelsInputs) {
  Engine engine = make(integer_program());
  EXPECT_EQ(record(engine, {}, {}).error().kind, ErrorKind::kUsage);
  const auto other = record(engine, {format::golden_input(Tensor(DType::kF32, Shape{8, 17}))}, {});
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().message, "input 'x' is f32[8x17], the model wants f32[8x16]");
}

/// One step y = x * w under the rule, recorded with w = 1 and x = 1, 2, .., verified with `factor` instead.
OutputVerdict verdict_for(const Tensor& factor, GoldenRule rule, float tolerance) {
  const auto program_with = [](const Tensor& weights) {
    ProgramBuilder builder;
    const auto x = builder.input("x", {DType::kF32, Shape{4}});
    builder.output(builder.step("Mul", {x, builder.weights("w", weights)}, {}, {.kernel = "ref"}));
    return builder.finish();
  };
  Engine recorder = make(program_with(Tensor::of<float>({4}, {1, 1, 1, 1})));
  auto golden = record(recorder, {format::golden_input(Tensor::of<float>({4}, {1, 2, 3, 4}))}, {});
  EXPECT_TRUE(golden.has_value());
  golden->outputs[0].rule = rule;
  golden->outputs[0].tolerance = tolerance;
  Engine engine = make(program_with(factor));
  return verified(engine, {*golden}).cases.at(0).outputs.at(0);
}

TEST(Verify, EachRuleMeasuresItsOwnError) {
  const Tensor last = Tensor::of<float>({4}, {1, 1, 1, 1.5f});  // 2 of 4; squares 4 of 30
  OutputVerdict verdict = verdict_for(last, GoldenRule::kTolerance, 0.5f);
  EXPECT_TRUE(verdict.holds);
  EXPECT_FALSE(verdict.bit_equal);
  EXPECT_EQ(verdict.differing, 1);
  EXPECT_EQ(verdict.compared, 4);
  EXPECT_DOUBLE_EQ(verdict.relative_error, 0.5);
  EXPECT_NEAR(verdict.rms_error, std::sqrt(4.0 / 30), 1e-12);
  EXPECT_FALSE(verdict_for(last, GoldenRule::kTolerance, 0.49f).holds);
  EXPECT_TRUE(verdict_for(last, GoldenRule::kRms, 0.37f).holds);
  EXPECT_FALSE(verdict_for(last, GoldenRule::kRms, 0.36f).holds);
  EXPECT_FALSE(verdict_for(last, GoldenRule::kExact, 0).holds);
}

TEST(Verify, WhatIsNoNumberNeverHolds) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()})
    for (const GoldenRule rule : {GoldenRule::kTolerance, GoldenRule::kRms}) {
      const OutputVerdict verdict = verdict_for(Tensor::of<float>({4}, {1, bad, 1, 1}), rule, 1e30f);
      EXPECT_FALSE(verdict.holds) << bad;
      EXPECT_TRUE(std::isinf(verdict.error()));
    }
}

TEST(Verify, AFileProvesItself) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("verify_test_{}.hedge", ::getpid());
  format::EngineFile file{.program = integer_program()};
  Engine recorder = make(file.program);
  file.golden = record_noise(recorder);
  ASSERT_TRUE(format::write_engine_file(path, file).has_value());
  auto report = verify_file(path, {.threads = 2});
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_TRUE(report->holds());
  file.golden.clear();
  ASSERT_TRUE(format::write_engine_file(path, file).has_value());
  report = verify_file(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(report.error().message.find(path.string()), 0u);
  EXPECT_EQ(verify_file(path).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace hedge::engine
