#include "format/engine_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"
#include "format/engine_layout.h"
#include "program/program_builder.h"
#include "program/verify.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

/// Golden vectors as the program's ports want them; nobody ran it.
GoldenCase golden_case(const program::Program& program) {
  GoldenCase golden{.label = "seed 1", .recorded_isa = program.required_isa};
  for (const std::int32_t input : program.inputs)
    golden.inputs.push_back(golden_input(program.tensors[static_cast<std::size_t>(input)].type, {.seed = 1}));
  for (const std::int32_t output : program.outputs) {
    const tensor::TensorType& type = program.tensors[static_cast<std::size_t>(output)].type;
    const auto elements = static_cast<std::uint64_t>(type.elements());
    golden.outputs.push_back({.type = type, .stride = elements, .sample = Tensor(type.dtype, Shape{1})});
  }
  return golden;
}

/// A program with every kind of attribute, an absent operand, constants of three types and a packed weight.
EngineFile sample() {
  program::ProgramBuilder builder;
  const auto x = builder.input("x", {DType::kF32, Shape{1, 5, 6, 3}});
  const auto w = builder.weights("w", Tensor(DType::kF32, Shape{3, 3, 3, 20}));
  op::Attributes attributes;
  attributes.set("pads", std::vector<std::int64_t>{1, 1, 1, 1});
  attributes.set("group", std::int64_t{1});
  attributes.set("activation", "leaky_relu");
  attributes.set("alpha", 0.125f);
  attributes.set("reals", std::vector<float>{0.5f, -2});
  attributes.set("texts", std::vector<std::string>{"a", "", "long text"});
  attributes.set("value", std::make_shared<const Tensor>(Tensor::of<std::int8_t>({2}, {-1, 7})));
  const auto conv = builder.step("Conv", {x, w, program::kAbsent}, attributes, {.domain = op::kHedgeDomain});
  const auto shape = builder.weights("shape", Tensor::of<std::int64_t>({2}, {30, 20}));
  builder.output(builder.step("Reshape", {conv, shape}));
  EngineFile file{.program = builder.finish(), .card = "[model]\nname = \"sample\"\n"};
  file.program.provenance = {"sample", std::string(64, 'a'), "0.1", "--shape x=1x5x6x3"};
  file.golden.push_back(golden_case(file.program));
  return file;
}

/// The bytes in aligned memory, as the map of a file would be.
base::Result<EngineFile> decode(std::span<const std::byte> bytes) {
  auto buffer = std::make_shared<base::AlignedBuffer>(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->data(), bytes.data(), bytes.size());
  return decode_engine({buffer->data(), bytes.size()}, buffer);
}

template <class T>
T read_at(const std::vector<std::byte>& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

template <class T>
void write_at(std::vector<std::byte>& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

/// The header's checksum made right again after a change.
void sign_header(std::vector<std::byte>& bytes) {
  const std::size_t head = kHeaderBytes + read_at<std::uint32_t>(bytes, 24) * kSectionBytes;
  write_at(bytes, kHeaderCrcAt, std::uint32_t{0});
  write_at(bytes, kHeaderCrcAt, base::crc32c(std::span<const std::byte>(bytes).first(head)));
}

void expect_refusal(const std::vector<std::byte>& bytes, ErrorKind kind, std::string_view words) {
  const auto file = decode(bytes);
  ASSERT_FALSE(file.has_value()) << words;
  EXPECT_EQ(file.error().kind, kind) << file.error().message;
  EXPECT_NE(file.error().message.find(words), std::string::npos) << file.error().message;
  EXPECT_EQ(file.error().message.find('\n'), std::string::npos);
}

TEST(EngineFile, ComesBackAsItWas) {
  const EngineFile file = sample();
  const auto bytes = encode_engine(file);
  const auto again = decode(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_TRUE(program::verify(again->program).has_value());
  EXPECT_EQ(again->card, file.card);
  ASSERT_EQ(again->golden.size(), 1u);
  EXPECT_EQ(again->golden[0].label, "seed 1");
  EXPECT_EQ(again->program.provenance.command, "--shape x=1x5x6x3");
  EXPECT_EQ(again->program.required_isa, file.program.required_isa);
  EXPECT_EQ(again->program.arena_bytes, file.program.arena_bytes);
  ASSERT_EQ(again->program.steps.size(), 2u);
  const program::Step& conv = again->program.steps[0];
  EXPECT_EQ(conv.inputs, file.program.steps[0].inputs);
  EXPECT_EQ(conv.kernel, file.program.steps[0].kernel);
  EXPECT_EQ(conv.attributes.real("alpha", 0), 0.125f);
  EXPECT_EQ(conv.attributes.strings("texts").size(), 3u);
  EXPECT_EQ(conv.attributes.tensor("value")->as<std::int8_t>()[1], 7);
  ASSERT_TRUE(again->program.portable.has_value());
  ASSERT_EQ(again->program.portable->size(), file.program.portable->size());
  for (std::size_t k = 0; k < file.program.portable->size(); ++k) {
    EXPECT_EQ((*again->program.portable)[k].tensor, (*file.program.portable)[k].tensor);
    EXPECT_EQ((*again->program.portable)[k].crc, (*file.program.portable)[k].crc);
  }
  ASSERT_EQ(again->program.weights_bytes, file.program.weights_bytes);
  EXPECT_EQ(std::memcmp(again->program.weights.get(), file.program.weights.get(), file.program.weights_bytes), 0);
  EXPECT_EQ(encode_engine(*again), bytes);
}

TEST(EngineFile, BandsAndPitchesComeBack) {
  EngineFile file = sample();
  file.program.bands = {{.first_step = 0, .steps = 2, .rows = 5}};
  file.program.tensors[2].pitch = 77;
  const auto bytes = encode_engine(file);
  const auto again = decode(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  ASSERT_EQ(again->program.bands.size(), 1u);
  EXPECT_EQ(again->program.bands[0].rows, 5);
  for (std::size_t k = 0; k < file.program.tensors.size(); ++k)
    EXPECT_EQ(again->program.tensors[k].pitch, k == 2 ? 77u : 0u);
  EXPECT_EQ(encode_engine(*again), bytes);
}

TEST(EngineFile, WhatIsNotPortableSaysSoByLeavingTheSectionOut) {
  EngineFile file = sample();
  EXPECT_EQ(portable_bytes(file.program), kSectionBytes + 4 + 8 * file.program.portable->size());
  const std::size_t with = encode_engine(file).size();
  file.program.portable.reset();
  EXPECT_EQ(portable_bytes(file.program), 0u);
  const auto bytes = encode_engine(file);
  EXPECT_LE(bytes.size(), with);
  const auto again = decode(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_FALSE(again->program.portable.has_value());
}

TEST(EngineFile, AFileIsMappedWithItsWeightsAligned) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("engine_file_test_{}.hedge", ::getpid());
  const EngineFile file = sample();
  ASSERT_TRUE(write_engine_file(path, file).has_value());
  auto opened = open_engine_file(path);
  std::filesystem::remove(path);  // the map outlives the name
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(opened->program.weights.get()) % kWeightsAlignment, 0u);
  EXPECT_TRUE(program::verify(opened->program).has_value());
  const auto gone = open_engine_file(path);
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().kind, ErrorKind::kNotFound);
}

TEST(EngineFile, AnyChangedByteIsNoticedOrMeansNothing) {
  const auto bytes = encode_engine(sample());
  int noticed = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const std::byte flip : {std::byte{0x01}, std::byte{0x80}}) {
      auto changed = bytes;
      changed[at] ^= flip;
      const auto file = decode(changed);
      if (!file)
        ++noticed;
      else
        EXPECT_EQ(encode_engine(*file), bytes) << "byte " << at;
    }
  EXPECT_GT(noticed, 2 * 2000);  // all but the gap before the weights
}

TEST(EngineFile, ACutFileIsRefused) {
  const auto bytes = encode_engine(sample());
  for (std::size_t size = 0; size < bytes.size(); size += size < 400 ? 1 : 37)
    EXPECT_FALSE(decode(std::span(bytes).first(size)).has_value()) << size;
  auto longer = bytes;
  longer.push_back(std::byte{0});
  expect_refusal(longer, ErrorKind::kInvalid, "bytes instead of");
}

TEST(EngineFile, OtherFilesAndVersionsAreNamed) {
  expect_refusal({}, ErrorKind::kInvalid, "ends too early");
  expect_refusal(std::vector<std::byte>(100), ErrorKind::kInvalid, "not an engine file");
  auto bytes = encode_engine(sample());
  write_at(bytes, 8, std::uint16_t{kEngineMajor + 1});
  sign_header(bytes);
  expect_refusal(bytes, ErrorKind::kUnsupported, "compile the model again");
}

TEST(EngineFile, ANewerMinorVersionMayBringSections) {
  auto bytes = encode_engine(sample());
  write_at(bytes, 10, std::uint16_t{kEngineMinor + 1});
  write_at(bytes, kHeaderBytes + 4 * kSectionBytes, std::uint32_t{99});  // where the card was
  sign_header(bytes);
  const auto file = decode(bytes);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file->card, "");
}

TEST(EngineFile, AnOlderMinorVersionHasNoGoldenVectors) {
  EngineFile file = sample();
  file.golden.clear();
  auto bytes = encode_engine(file);
  write_at(bytes, 10, std::uint16_t{0});
  sign_header(bytes);
  const auto again = decode(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_TRUE(again->golden.empty());
}

TEST(EngineFile, GoldenVectorsOfAnotherProgramAreRefused) {
  EngineFile file = sample();
  file.golden[0].inputs.push_back(file.golden[0].inputs[0]);
  expect_refusal(encode_engine(file), ErrorKind::kInvalid, "golden case 0: 2 inputs, the program has 1");
  const auto path = std::filesystem::temp_directory_path() / fmt::format("engine_file_test_{}.refused", ::getpid());
  const auto written = write_engine_file(path, file);
  ASSERT_FALSE(written.has_value()) << "what no reader accepts is not written";
  EXPECT_FALSE(std::filesystem::exists(path));
  file = sample();
  file.golden[0].outputs.clear();
  expect_refusal(encode_engine(file), ErrorKind::kInvalid, "golden case 0: 0 outputs, the program has 1");
  file = sample();
  file.program.outputs[0] = 1000;  // nobody has verified the ports yet
  expect_refusal(encode_engine(file), ErrorKind::kInvalid, "output 0 of the program does not exist");
}

TEST(EngineFile, HostileSectionTablesAreRefused) {
  const auto good = encode_engine(sample());
  const std::size_t row = kHeaderBytes;
  for (const std::uint64_t offset : {good.size() + 1, std::size_t{1} << 63, ~std::size_t{0}}) {
    auto bytes = good;
    write_at(bytes, row + 8, std::uint64_t{offset});
    sign_header(bytes);
    expect_refusal(bytes, ErrorKind::kInvalid, "outside the file");
  }
  auto bytes = good;
  write_at(bytes, row + 16, ~std::uint64_t{0});
  sign_header(bytes);
  expect_refusal(bytes, ErrorKind::kInvalid, "outside the file");
  bytes = good;
  write_at(bytes, row + 4, std::uint32_t{1});
  sign_header(bytes);
  expect_refusal(bytes, ErrorKind::kInvalid, "checksum");
  bytes = good;
  std::memcpy(bytes.data() + row + kSectionBytes, bytes.data() + row, kSectionBytes);
  sign_header(bytes);
  expect_refusal(bytes, ErrorKind::kInvalid, "twice");
  bytes = good;
  write_at(bytes, row, std::uint32_t{77});
  sign_header(bytes);
  expect_refusal(bytes, ErrorKind::kInvalid, "section 1 is missing");
  bytes = good;
  write_at(bytes, 24, ~std::uint32_t{0});
  expect_refusal(bytes, ErrorKind::kInvalid, "a table of");
}

TEST(EngineFile, ClaimedCountsAllocateNothing) {
  const auto good = encode_engine(sample());
  // Tensors, steps, ports and golden vectors begin with their counts (tensors after the arena's size).
  for (const std::size_t section : {0, 1, 2, 5}) {
    auto bytes = good;
    const std::size_t row = kHeaderBytes + section * kSectionBytes;
    const auto offset = read_at<std::uint64_t>(bytes, row + 8), size = read_at<std::uint64_t>(bytes, row + 16);
    write_at(bytes, offset + (section == 0 ? 8 : 0), ~std::uint32_t{0});
    write_at(bytes, row + 4, base::crc32c(std::span<const std::byte>(bytes).subspan(offset, size)));
    sign_header(bytes);
    expect_refusal(bytes, ErrorKind::kInvalid, "ends too early");
  }
}

}  // namespace
}  // namespace hedge::format
