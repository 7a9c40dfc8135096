// Programs whose tensors are parts of others: what verify() lets run, and what it refuses.
#include <gtest/gtest.h>

#include "program/program_builder.h"
#include "program/verify.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;

const StepOptions kReference{.domain = op::kHedgeDomain, .kernel = "ref"};

struct Parts {
  Program program;
  std::int32_t left, right, whole;

  ProgramTensor& tensor(std::int32_t index) { return program.tensors[static_cast<std::size_t>(index)]; }
};

/// Two tables write u8[2x5] and u8[2x3], which nobody joins: the third reads u8[2x8].
Parts beside_each_other() {
  ProgramBuilder builder;
  const auto table = builder.weights("table", Tensor(DType::kU8, Shape{256}));
  const auto a = builder.input("a", {DType::kU8, Shape{2, 5}}), b = builder.input("b", {DType::kU8, Shape{2, 3}});
  const auto left = builder.step("QTable", {a, table}, {}, kReference);
  const auto right = builder.step("QTable", {b, table}, {}, kReference);
  op::Attributes axis;
  axis.set("axis", std::int64_t{1});
  const auto whole = builder.step("Concat", {left, right}, axis, {.kernel = "ref"});
  builder.output(builder.step("QTable", {whole, table}, {}, kReference));
  Parts parts{builder.finish(), left, right, whole};
  parts.program.steps.erase(parts.program.steps.begin() + 2);
  for (const std::int32_t part : {left, right}) {
    parts.tensor(part).pitch = 8;
    parts.tensor(part).offset = parts.tensor(whole).offset + (part == right ? 5 : 0);
    parts.tensor(part).size_bytes = 8 + static_cast<std::uint64_t>(part == right ? 3 : 5);
  }
  return parts;
}

/// Two Relus write f32[1x5] and f32[1x3], one behind the other: a third reads f32[2x4].
Parts behind_each_other() {
  ProgramBuilder builder;
  const auto a = builder.input("a", {DType::kF32, Shape{1, 5}}), b = builder.input("b", {DType::kF32, Shape{1, 3}});
  const auto left = builder.step("Relu", {a}, {}, {.kernel = "ref"});
  const auto right = builder.step("Relu", {b}, {}, {.kernel = "ref"});
  op::Attributes axis;
  axis.set("axis", std::int64_t{1});
  const auto whole = builder.step("Concat", {left, right}, axis, {.kernel = "ref"});
  builder.output(builder.step("Relu", {whole}, {}, {.kernel = "ref"}));
  Parts parts{builder.finish(), left, right, whole};
  parts.program.steps.erase(parts.program.steps.begin() + 2);
  parts.tensor(left).offset = parts.tensor(whole).offset;
  parts.tensor(right).offset = parts.tensor(whole).offset + 20;
  return parts;
}

std::string refusal(const Program& program) {
  const auto status = verify(program);
  return status ? "" : status.error().message;
}
void expect_refusal(const Parts& parts, std::string_view words) {
  const std::string message = refusal(parts.program);
  EXPECT_NE(message.find(words), std::string::npos) << "'" << message << "' does not say '" << words << "'";
}

TEST(Parts, AWholeIsReadWhereItsPartsWereWritten) {
  EXPECT_EQ(refusal(beside_each_other().program), "");
  EXPECT_EQ(refusal(behind_each_other().program), "");
}

TEST(Parts, AllOfThemMustBeThere) {
  for (const auto make : {beside_each_other, behind_each_other})
    for (const std::ptrdiff_t missing : {0, 1}) {
      Parts parts = make();
      parts.program.steps.erase(parts.program.steps.begin() + missing);
      expect_refusal(parts, "is not in the arena when it is read");
    }
  Parts parts = beside_each_other();
  std::swap(parts.program.steps[1], parts.program.steps[2]);  // read before the second is written
  expect_refusal(parts, "is not in the arena when it is read");
}

TEST(Parts, APartWrittenOverAnotherTakesItsPlace) {
  Parts parts = beside_each_other();
  parts.tensor(parts.right).offset -= 1;
  expect_refusal(parts, "is not in the arena when it is read");
  parts = behind_each_other();
  parts.tensor(parts.right).offset -= 4;
  expect_refusal(parts, "is not in the arena when it is read");
}

TEST(Parts, OfAnotherTypeAreNotRead) {
  Parts parts = behind_each_other();
  const auto right = static_cast<std::size_t>(parts.right);
  for (const std::size_t tensor : {right, static_cast<std::size_t>(parts.program.inputs[1])})
    parts.program.tensors[tensor].type.dtype = DType::kI32;
  expect_refusal(parts, "is not in the arena when it is read");
}

TEST(Parts, RowsBesideAndBehindEachOtherAreOneWhole) {
  ProgramBuilder builder;  // [5 | 3] over two rows, below them two more rows of 8: columns 1 to 7 of all four are read
  const auto table = builder.weights("table", Tensor(DType::kU8, Shape{256}));
  const auto read = [&](Shape shape) {
    return builder.step("QTable", {builder.input("x", {DType::kU8, shape}), table}, {}, kReference);
  };
  const std::int32_t parts[] = {read({2, 5}), read({2, 3}), read({2, 8})};
  const auto columns = builder.input("columns", {DType::kU8, Shape{4, 6}});  // no input: nobody writes it
  builder.output(builder.step("QTable", {columns, table}, {}, kReference));
  Program program = builder.finish();
  program.inputs.pop_back();
  constexpr std::uint64_t kBegin = 4096;
  program.arena_bytes = kBegin + 64;
  const auto place = [&](std::int32_t index, std::uint64_t offset, std::uint64_t pitch, std::uint64_t size) {
    ProgramTensor& tensor = program.tensors[static_cast<std::size_t>(index)];
    tensor.offset = kBegin + offset, tensor.pitch = pitch, tensor.size_bytes = size;
  };
  place(parts[0], 0, 8, 13), place(parts[1], 5, 8, 11), place(parts[2], 16, 0, 16);
  place(columns, 1, 8, 30);
  EXPECT_EQ(refusal(program), "");
  place(parts[1], 5, 8, 10);
  program.tensors[static_cast<std::size_t>(parts[1])].type.shape = Shape{2, 2};
  program.tensors[static_cast<std::size_t>(program.steps[1].inputs[0])].type.shape = Shape{2, 2};
  program.tensors[static_cast<std::size_t>(program.steps[1].inputs[0])].size_bytes = 4;
  EXPECT_NE(refusal(program).find("is not in the arena when it is read"), std::string::npos);
}

TEST(Parts, APartMayBeReadOutOfAWhole) {
  Parts parts = beside_each_other();  // turned round: one table writes the whole, the others read out of it
  Step &first = parts.program.steps[0], &second = parts.program.steps[1], &last = parts.program.steps[2];
  const std::int32_t a = first.inputs[0], b = second.inputs[0], y = last.outputs[0];
  std::swap(parts.tensor(a).type, parts.tensor(y).type);
  std::swap(parts.tensor(a).size_bytes, parts.tensor(y).size_bytes);
  std::swap(parts.tensor(a).offset, parts.tensor(y).offset);
  last.outputs[0] = b, last.inputs[0] = parts.right;
  second.outputs[0] = y, second.inputs[0] = parts.left;
  first.outputs[0] = parts.whole;
  parts.program.inputs = {a};
  parts.program.outputs = {y, b};
  EXPECT_EQ(refusal(parts.program), "");
  parts.tensor(parts.left).offset += 4;  // its last row ends outside of what was written
  expect_refusal(parts, "is not in the arena when it is read");
}

TEST(Parts, RowsLieApartInBytesOfTheArenaAlone) {
  const auto changed = [](const auto& change) {
    Parts parts = beside_each_other();
    change(parts.tensor(parts.left));
    return parts;
  };
  expect_refusal(changed([](ProgramTensor& part) { part.pitch = 5; }), "with a pitch of 5");
  expect_refusal(changed([](ProgramTensor& part) { part.pitch = 7; }), "with a pitch of 7");
  expect_refusal(changed([](ProgramTensor& part) { part.pitch = ~std::uint64_t{0}; }), "with a pitch of");
  expect_refusal(changed([](ProgramTensor& part) { part.type.dtype = DType::kI8; }), "i8[2x5] with a pitch");
  expect_refusal(changed([](ProgramTensor& part) { part.type.shape = Shape{10}; }), "u8[10] with a pitch");
  expect_refusal(changed([](ProgramTensor& part) { part.place = Place::kWeights, part.offset = 0; }), "with a pitch");
  Parts port = beside_each_other();
  port.program.outputs.push_back(port.left);
  expect_refusal(port, "is never whole");
}

TEST(Parts, OnlyKernelsThatTakeThemReadThem) {
  const Tensor pads = Tensor::of<std::int64_t>({8}, {0, 0, 1, 0, 0, 0, 1, 0}),
               indices = Tensor::of<std::int64_t>({1}, {2});
  const Tensor begin = Tensor::of<std::int64_t>({1}, {1}), end = Tensor::of<std::int64_t>({1}, {3});
  op::Attributes attributes;
  attributes.set("perm", std::vector<std::int64_t>{0, 2, 1, 3});
  attributes.set("axis", std::int64_t{2});
  const TensorType x{DType::kU8, Shape{1, 6, 5, 70}};
  const auto declines = [&](std::string_view op, std::vector<const Tensor*> more) {
    std::vector<TensorType> types{x};
    std::vector<const Tensor*> constants{nullptr};
    for (const Tensor* constant : more) types.push_back(constant->type()), constants.push_back(constant);
    const auto outputs = op::infer(*op::find("", op), {attributes, 17, types, constants, 1});
    ASSERT_TRUE(outputs.has_value()) << op << ": " << outputs.error().message;
    const std::uint64_t pitches[] = {96, 0, 0, 0};
    const StepView dense{"", op, 17, attributes, types, constants, *outputs};
    StepView apart = dense;
    apart.input_pitches = std::span(pitches).first(types.size());
    for (const Candidate* candidate : candidates("", op)) {
      if (candidate->name() == kReferenceName)
        EXPECT_EQ(candidate->declines(apart), "") << op;
      else if (candidate->declines(dense).empty())
        EXPECT_NE(candidate->declines(apart), "") << op << ": " << candidate->name();
    }
  };
  declines("Pad", {&pads});
  declines("Gather", {&indices});
  declines("Slice", {&begin, &end, &indices});
  declines("Transpose", {});
}

TEST(Parts, TooManyOfThemAreRefused) {
  ProgramBuilder builder;
  const auto table = builder.weights("table", Tensor(DType::kU8, Shape{256}));
  const auto x = builder.input("x", {DType::kU8, Shape{2, 1}});
  std::vector<std::int32_t> columns;
  for (int k = 0; k < 300; ++k) columns.push_back(builder.step("QTable", {x, table}, {}, kReference));
  builder.output(x);
  Program program = builder.finish();
  for (std::size_t k = 0; k < columns.size(); ++k) {
    ProgramTensor& column = program.tensors[static_cast<std::size_t>(columns[k])];
    column = {.name = column.name, .type = column.type, .offset = 4096 + k, .size_bytes = 1001, .pitch = 1000};
  }
  const std::string message = refusal(program);
  EXPECT_NE(message.find("lie beside each other"), std::string::npos) << message;
}

}  // namespace
}  // namespace hedge::program
