#include "format/golden.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/crc32c.h"
#include "format/byte_stream.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::TensorType;

GoldenOutput whole(Tensor values, GoldenRule rule = GoldenRule::kExact, float tolerance = 0) {
  GoldenOutput output{.type = values.type(), .rule = rule, .tolerance = tolerance, .magnitude = 2};
  output.crc = base::crc32c(values.bytes());
  output.sample = std::move(values).reshaped(Shape{output.type.elements()});
  return output;
}

/// Two cases: noise and a stored tensor; a whole output and one that is sampled.
GoldenCases sample() {
  const TensorType pixels{DType::kF32, Shape{1, 3, 4, 5}};
  GoldenCase noise{.label = "seed 1", .recorded_isa = {5}};
  noise.inputs.push_back(golden_input(pixels, {.seed = 9, .levels = 256, .axis = 1, .shift = {1, 2, 3}}));
  noise.outputs.push_back(whole(Tensor::of<float>({2, 1}, {0.5f, -2}), GoldenRule::kTolerance, 1e-4f));
  noise.outputs.push_back({.type = {DType::kU8, Shape{10}},
                           .magnitude = 9,
                           .crc = 77,
                           .stride = 3,
                           .sample = Tensor::of<std::uint8_t>({4}, {0, 3, 6, 9})});
  GoldenCase stored = noise;
  stored.label = "a file.npy";
  stored.inputs[0] = golden_input(Tensor(pixels));
  return {noise, stored};
}

program::Program program_for(const std::vector<TensorType>& inputs, const std::vector<TensorType>& outputs) {
  program::Program program;
  for (const TensorType& type : inputs) {
    program.inputs.push_back(static_cast<std::int32_t>(program.tensors.size()));
    program.tensors.push_back({.type = type});
  }
  for (const TensorType& type : outputs) {
    program.outputs.push_back(static_cast<std::int32_t>(program.tensors.size()));
    program.tensors.push_back({.type = type});
  }
  return program;
}

void expect_refusal(const base::Error& error, ErrorKind kind, std::string_view words) {
  EXPECT_EQ(error.kind, kind) << error.message;
  EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
}

/// The cases as they are, encoded: what a hostile writer would put there.
void expect_refused(const GoldenCases& cases, ErrorKind kind, std::string_view words) {
  const auto decoded = decode_golden(encode_golden(cases));
  ASSERT_FALSE(decoded.has_value()) << words;
  expect_refusal(decoded.error(), kind, words);
}

TEST(Golden, ComesBackAsItWas) {
  const auto bytes = encode_golden(sample());
  const auto again = decode_golden(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(encode_golden(*again), bytes);
  ASSERT_EQ(again->size(), 2u);
  EXPECT_EQ((*again)[0].label, "seed 1");
  EXPECT_EQ((*again)[0].recorded_isa.bits, 5u);
  EXPECT_EQ((*again)[0].inputs[0].noise->shift, (std::vector<float>{1, 2, 3}));
  EXPECT_FALSE((*again)[1].inputs[0].noise.has_value());
  EXPECT_EQ((*again)[1].outputs[1].sample.as<std::uint8_t>()[3], 9);
}

TEST(Golden, NoiseTakesNoRoom) {
  GoldenCase golden;
  golden.inputs.push_back(golden_input({DType::kF32, Shape{1, 3, 1000, 1000}}, {}));
  EXPECT_LT(encode_golden({golden}).size(), 128u);
}

TEST(Golden, EveryTruncationIsRefused) {
  const auto bytes = encode_golden(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_golden(std::span(bytes).first(size)).has_value()) << size;
}

TEST(Golden, ClaimedCountsAllocateNothing) {
  const auto good = encode_golden(sample());
  // Cases; a label's bytes; inputs; a noise's factors: wherever four bytes are a count, and wherever they are not.
  for (std::size_t at = 0; at + 4 <= good.size(); ++at) {
    auto bytes = good;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, std::byte{0xFF});
    const auto decoded = decode_golden(bytes);
    if (decoded) continue;
    EXPECT_EQ(decoded.error().message.find('\n'), std::string::npos);
  }
  GoldenCases many(kGoldenCasesMax + 1);
  expect_refused(many, ErrorKind::kResourceLimit, "65 golden cases; 64 are possible");
  GoldenCase wide;
  wide.inputs.assign(kGoldenPortsMax + 1, golden_input({DType::kF32, Shape{}}, {}));
  expect_refused({wide}, ErrorKind::kResourceLimit, "1025 inputs or outputs");
  const auto large = decode_golden(std::vector<std::byte>(kGoldenBytesMax + 1));
  ASSERT_FALSE(large.has_value());
  expect_refusal(large.error(), ErrorKind::kResourceLimit, "golden vectors of 67108865 bytes");
}

TEST(Golden, HostileInputsAreRefused) {
  const auto changed = [](auto change) {
    GoldenCases cases = sample();
    change(*cases[0].inputs[0].noise);
    return cases;
  };
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const std::uint32_t levels : {0u, GoldenNoise::kLevelsMax + 1, ~0u})
    expect_refused(changed([&](GoldenNoise& noise) { noise.levels = levels; }), ErrorKind::kInvalid, "levels");
  for (const std::uint8_t axis : {0, 4, 255})
    expect_refused(changed([&](GoldenNoise& noise) { noise.axis = axis; }), ErrorKind::kInvalid, "3 factors");
  expect_refused(changed([](GoldenNoise& noise) { noise.scale.clear(); }), ErrorKind::kInvalid, "0 factors");
  expect_refused(changed([](GoldenNoise& noise) { noise.scale = {kNaN}; }), ErrorKind::kInvalid, "no number");
  GoldenCases cases = sample();
  cases[1].inputs[0] = golden_input(Tensor(DType::kBool, Shape{3}));
  cases[1].inputs[0].stored.bytes()[1] = std::byte{255};
  expect_refused(cases, ErrorKind::kInvalid, "golden case 1: input 0: a bool");
}

TEST(Golden, HostileOutputsAreRefused) {
  const auto changed = [](auto change) {
    GoldenCases cases = sample();
    change(cases[1].outputs[1]);
    return cases;
  };
  for (const float bad : {-1e-3f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    expect_refused(changed([&](GoldenOutput& output) { output.tolerance = bad; }), ErrorKind::kInvalid, "tolerance");
    expect_refused(changed([&](GoldenOutput& output) { output.magnitude = bad; }), ErrorKind::kInvalid, "tolerance");
  }
  for (const std::uint64_t stride : {std::uint64_t{0}, std::uint64_t{11}, ~std::uint64_t{0}})
    expect_refused(changed([&](GoldenOutput& output) { output.stride = stride; }), ErrorKind::kInvalid,
                   "golden case 1: output 1: every");
  expect_refused(changed([](GoldenOutput& output) { output.rule = static_cast<GoldenRule>(3); }), ErrorKind::kInvalid,
                 "rule of unknown kind");
  GoldenCases cases = sample();
  cases[0].outputs[0] = whole(Tensor(DType::kBool, Shape{4}));
  cases[0].outputs[0].sample.bytes()[2] = std::byte{2};
  expect_refused(cases, ErrorKind::kInvalid, "a bool that is neither 0 nor 1");
}

TEST(Golden, ALabelIsOneLine) {
  for (const std::string& label : {std::string("two\nlines"), std::string("\x1b[2J"), std::string(257, 'a')}) {
    GoldenCases cases = sample();
    cases[0].label = label;
    expect_refused(cases, ErrorKind::kInvalid, "a label");
    const auto status = check_golden(cases, {});
    ASSERT_FALSE(status.has_value());
  }
}

TEST(Golden, CasesMustBeThePrograms) {
  const GoldenCases cases = sample();
  const TensorType in{DType::kF32, Shape{1, 3, 4, 5}}, first{DType::kF32, Shape{2, 1}}, second{DType::kU8, Shape{10}};
  EXPECT_TRUE(check_golden(cases, program_for({in}, {first, second})).has_value());
  const auto refusal = [&](const program::Program& program, std::string_view words) {
    const auto status = check_golden(cases, program);
    ASSERT_FALSE(status.has_value()) << words;
    expect_refusal(status.error(), ErrorKind::kInvalid, words);
  };
  refusal(program_for({in, in}, {first, second}), "golden case 0: 1 inputs, the program has 2");
  refusal(program_for({}, {first, second}), "1 inputs, the program has 0");
  refusal(program_for({in}, {first}), "2 outputs, the program has 1");
  refusal(program_for({in}, {second, first}), "output 0 is f32[2x1], the program's is u8[10]");
  refusal(program_for({{DType::kF32, Shape{1, 3, 5, 4}}}, {first, second}), "input 0 is f32[1x3x4x5]");
  for (const std::int32_t hostile : {-1, 3, std::numeric_limits<std::int32_t>::max()}) {
    program::Program program = program_for({in}, {first, second});
    program.outputs[1] = hostile;
    refusal(program, "output 1 of the program does not exist");
  }
}

template <class T>
std::vector<T> noise_values(const GoldenNoise& noise, Shape shape) {
  Tensor values(tensor::kDTypeOf<T>, shape);
  fill_noise(noise, values.view());
  const auto span = values.as<T>();
  return {span.begin(), span.end()};
}

// Every recorded answer rests on these numbers (computed apart, in Python): a change of the generator is a change of
// the format.
TEST(GoldenNoise, IsTheSameForever) {
  EXPECT_EQ(noise_values<std::int32_t>({.seed = 0, .levels = 1000}, {4}),
            (std::vector<std::int32_t>{883, 431, 26, 970}));
  EXPECT_EQ(noise_values<float>({.seed = 1, .levels = 1u << 24}, {3}),
            (std::vector<float>{9505325, 12512141, 16290722}));
}

TEST(GoldenNoise, KeepsToItsLevelsAndUsesThem) {
  std::vector<int> counts(256, 0);
  for (const std::uint8_t value : noise_values<std::uint8_t>({.levels = 256}, {256, 256})) ++counts[value];
  for (const int count : counts) EXPECT_NEAR(count, 256, 100);
  for (const std::int64_t value : noise_values<std::int64_t>({.levels = 2}, {100})) EXPECT_EQ(value & ~1, 0);
  for (const float value : noise_values<float>({.scale = {1.0f / (1 << 24)}}, {1000})) {
    EXPECT_GE(value, 0);
    EXPECT_LT(value, 1);
  }
}

TEST(GoldenNoise, AnAxisChoosesShiftAndScale) {
  const GoldenNoise plain{.seed = 3, .levels = 256};
  GoldenNoise shifted = plain;
  shifted.axis = 1;
  shifted.shift = {0, 100};
  shifted.scale = {1, 0.5f};
  const auto raw = noise_values<float>(plain, {2, 2, 3}), values = noise_values<float>(shifted, {2, 2, 3});
  for (std::size_t k = 0; k < values.size(); ++k)
    EXPECT_EQ(values[k], k / 3 % 2 == 0 ? raw[k] : (raw[k] - 100) * 0.5f) << k;
}

TEST(GoldenNoise, SaturatesToItsType) {
  const GoldenNoise huge{.shift = {-1}, .scale = {std::numeric_limits<float>::max()}};
  EXPECT_EQ(noise_values<std::uint8_t>(huge, {1})[0], 255);
  EXPECT_EQ(noise_values<std::int8_t>({.shift = {1 << 24}, .scale = {1e30f}}, {1})[0], -128);
  EXPECT_EQ(noise_values<std::int64_t>(huge, {1})[0], 1 << 24);
  EXPECT_EQ(noise_values<std::uint64_t>({.shift = {1 << 24}}, {1})[0], 0u);
  EXPECT_TRUE(noise_values<bool>(huge, {1})[0]);
  EXPECT_TRUE(std::isinf(noise_values<float>(huge, {1})[0]));
  EXPECT_EQ(noise_values<float>({}, {0}).size(), 0u);
}

}  // namespace
}  // namespace hedge::format
