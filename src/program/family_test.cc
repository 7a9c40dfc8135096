// The table of candidates, and each family's kernels against the reference of the same step.
#include "program/family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "program/program_builder.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;

/// One step with its operands, to be run by any candidate.
struct Case {
  std::string_view domain, op;
  std::vector<Tensor> inputs;
  op::Attributes attributes;
  std::vector<std::size_t> constants = {};  ///< inputs whose values are known
  double tolerance = 1e-5;
};

Tensor random_tensor(Shape shape, unsigned seed, float low = -2, float high = 2) {
  Tensor tensor(DType::kF32, shape);
  std::mt19937 engine(seed);
  for (float& value : tensor.as<float>()) value = low + (high - low) * static_cast<float>(engine() >> 8) / (1 << 24);
  return tensor;
}

op::Attributes attributes_of(std::initializer_list<std::pair<std::string_view, op::AttributeValue>> values) {
  op::Attributes attributes;
  for (const auto& [name, value] : values) attributes.set(name, value);
  return attributes;
}

using Ints = std::vector<std::int64_t>;

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::int64_t channels : {3, 16, 40}) {
    list.push_back(
        {"hedge",
         "Conv",
         {random_tensor({1, 9, 11, channels}, 1), random_tensor({3, 3, channels, 21}, 2), random_tensor({21}, 3)},
         attributes_of({{"pads", Ints{1, 1, 1, 1}}, {"strides", Ints{2, 1}}, {"activation", "silu"}}),
         {1},
         1e-4});
    list.push_back(
        {"hedge",
         "Conv",
         {random_tensor({2, 7, 5, channels}, 4), random_tensor({3, 3, 1, channels}, 5), random_tensor({channels}, 6)},
         attributes_of({{"pads", Ints{1, 1, 1, 1}}, {"group", channels}, {"activation", "relu"}}),
         {1}});
    list.push_back(
        {"hedge", "Gemm", {random_tensor({5, channels}, 7), random_tensor({channels, 33}, 8)}, {}, {1}, 1e-4});
  }
  const auto window =
      attributes_of({{"kernel_shape", Ints{3, 2}}, {"strides", Ints{2, 1}}, {"pads", Ints{1, 0, 1, 1}}});
  list.push_back({"hedge", "MaxPool", {random_tensor({1, 8, 6, 19}, 9)}, window});
  list.push_back({"hedge", "AveragePool", {random_tensor({1, 8, 6, 19}, 10)}, window});
  list.push_back({"hedge", "GlobalAveragePool", {random_tensor({2, 5, 4, 37}, 11)}, {}});
  for (const char* mode : {"nearest", "linear"})
    list.push_back(
        {"hedge",
         "Resize",
         {random_tensor({1, 5, 4, 18}, 12)},
         attributes_of({{"output_shape", Ints{9, 8}}, {"scales", std::vector<float>{1.8f, 2.0f}}, {"mode", mode}})});
  for (const char* op :
       {"Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Exp", "Neg", "Abs"})
    list.push_back({"", op, {random_tensor({3, 47}, 13)}, {}});
  list.push_back({"", "Sqrt", {random_tensor({3, 47}, 14, 0, 9)}, {}});
  list.push_back({"", "Clip", {random_tensor({70}, 15), Tensor::scalar(-0.5f), Tensor::scalar(1.0f)}, {}, {1, 2}});
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Min", "Max"})
    for (const Shape& other : {Shape{2, 6, 17}, Shape{17}, Shape{2, 1, 1}, Shape{6, 1}, Shape{}})
      list.push_back({"", op, {random_tensor({2, 6, 17}, 16), random_tensor(other, 17, 0.5f, 2)}, {}});
  list.push_back({"", "MatMul", {random_tensor({3, 7, 19}, 18), random_tensor({19, 35}, 19)}, {}, {}, 1e-4});
  list.push_back({"", "Softmax", {random_tensor({6, 35}, 20)}, {}});
  for (const Ints& perm : {Ints{0, 3, 1, 2}, Ints{0, 2, 3, 1}, Ints{3, 0, 1, 2}})
    list.push_back({"", "Transpose", {random_tensor({2, 5, 7, 18}, 21)}, attributes_of({{"perm", perm}})});
  return list;
}

/// Whatever moves elements, of every size, to the last byte.
std::vector<Case> moves() {
  std::vector<Case> list;
  const auto add = [&](std::string_view op, std::vector<Tensor> inputs, op::Attributes attributes) {
    std::vector<std::size_t> constants;
    const std::size_t first = op == "Concat" ? inputs.size() : 1;
    for (std::size_t k = first; k < inputs.size(); ++k) constants.push_back(k);
    list.push_back({"", op, std::move(inputs), std::move(attributes), std::move(constants), 0});
  };
  const auto ints = [](const Ints& values) { return Tensor::of<std::int64_t>(Shape{std::ssize(values)}, values); };
  for (const DType dtype : {DType::kU8, DType::kF32, DType::kI64}) {
    unsigned seed = 30;
    const auto x = [&](Shape shape) {
      Tensor tensor(dtype, shape);
      std::mt19937 engine(++seed);
      for (std::byte& byte : tensor.bytes()) byte = static_cast<std::byte>(engine() % 100);  // no NaN
      return tensor;
    };
    for (const Ints& perm : {Ints{0, 3, 1, 2}, Ints{0, 2, 3, 1}, Ints{3, 0, 1, 2}, Ints{0, 1, 3, 2}, Ints{2, 1, 0, 3}})
      for (const Shape& shape : {Shape{2, 3, 7, 18}, Shape{1, 40, 2, 21}, Shape{2, 35, 17, 3}})
        add("Transpose", {x(shape)}, attributes_of({{"perm", perm}}));
    add("Transpose", {x({3, 50})}, {});
    add("Slice", {x({2, 9, 11, 30}), ints({1, 0, 7}), ints({9, 11, 30}), ints({1, 2, 3}), ints({2, 2, 1})}, {});
    add("Slice", {x({2, 9, 700}), ints({-2}), ints({-1000}), ints({2}), ints({-3})}, {});
    add("Slice", {x({9, 700}), ints({2}), ints({9})}, {});
    for (const std::int64_t axis : {0, 1, 2}) {
      const auto of = [&](std::int64_t size) {
        Shape shape{2, 6, 29};
        shape[static_cast<int>(axis)] = size;
        return x(shape);
      };
      add("Concat", {of(3), of(1), of(40)}, attributes_of({{"axis", axis}}));
      add("Concat", {of(700), of(2)}, attributes_of({{"axis", axis}}));
      add("Gather", {of(5), ints({4, -5, 2, 2})}, attributes_of({{"axis", axis}}));
    }
    const Tensor value = x({});
    add("Pad", {x({2, 3, 5, 7}), ints({0, 0, 0, 3, 0, 0, 0, 9}), value}, {});
    add("Pad", {x({2, 3, 5, 7}), ints({0, 1, 2, 0, 1, 0, 4, 1}), value}, {});
    add("Pad", {x({2, 30, 80}), ints({0, 1, 0, 0, 4, 0})}, {});
    for (const char* mode : {"DCR", "CRD"}) {
      add("SpaceToDepth", {x({2, 3, 6, 34})}, attributes_of({{"blocksize", std::int64_t{2}}, {"mode", mode}}));
      add("DepthToSpace", {x({2, 27, 5, 34})}, attributes_of({{"blocksize", std::int64_t{3}}, {"mode", mode}}));
    }
  }
  return list;
}

/// Runs one candidate in `threads` slices, one after the other, in buffers with bytes of another value behind them.
Tensor run(const Candidate& candidate, const Case& test, const std::vector<TensorType>& outputs, int threads) {
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  for (std::size_t k = 0; k < test.inputs.size(); ++k) {
    types.push_back(test.inputs[k].type());
    const bool known = std::ranges::find(test.constants, k) != test.constants.end();
    constants.push_back(known ? &test.inputs[k] : nullptr);
  }
  const StepView view{test.domain, test.op, 17, test.attributes, types, constants, outputs};
  base::AlignedBuffer packed(candidate.packed_bytes(view));
  std::vector<const std::byte*> in;
  for (const Tensor& input : test.inputs) in.push_back(input.bytes().data());
  if (!candidate.packing().empty()) {
    candidate.pack(view, test.inputs[kPackedInput], packed.span());
    in[kPackedInput] = packed.data();
  }
  Tensor output(outputs[0]);
  std::byte* out[] = {output.bytes().data()};
  const auto bound = candidate.bind(view, {in, out});
  EXPECT_TRUE(bound.has_value()) << bound.error().message;
  base::AlignedBuffer scratch(candidate.scratch_bytes(view));
  for (int index = 0; index < threads; ++index)
    EXPECT_TRUE((*bound)->run({index, threads}, scratch.span()).has_value());
  return output;
}

TEST(Family, KernelsAgreeWithTheReferenceOnAnyNumberOfThreads) {
  int compared = 0;
  for (const Case& test : cases()) {
    std::vector<TensorType> types;
    std::vector<const Tensor*> constants;
    for (const Tensor& input : test.inputs) {
      types.push_back(input.type());
      constants.push_back(&input);
    }
    const auto outputs = op::infer(*op::find(test.domain, test.op), {test.attributes, 17, types, constants, 1});
    ASSERT_TRUE(outputs.has_value()) << test.op << ": " << outputs.error().message;
    const Candidate* reference = find_candidate(test.domain, test.op, kReferenceName);
    const Tensor expected = run(*reference, test, *outputs, 1);
    const StepView view{test.domain, test.op, 17, test.attributes, types, constants, *outputs};
    for (const Candidate* candidate : candidates(test.domain, test.op)) {
      if (candidate == reference || !kernel::detect_isa().contains(candidate->needs())) continue;
      if (!candidate->declines(view).empty()) continue;
      SCOPED_TRACE(fmt::format("{} by {}", test.op, candidate->name()));
      const Tensor alone = run(*candidate, test, *outputs, 1);
      for (std::size_t k = 0; k < alone.as<float>().size(); ++k)
        ASSERT_NEAR(alone.as<float>()[k], expected.as<float>()[k],
                    test.tolerance * std::max(1.0f, std::abs(expected.as<float>()[k])))
            << "element " << k;
      for (const int threads : {2, 3, 7})
        EXPECT_TRUE(std::ranges::equal(run(*candidate, test, *outputs, threads).bytes(), alone.bytes())) << threads;
      ++compared;
    }
  }
  if (kernel::detect_isa() == kernel::IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  EXPECT_GT(compared, 60);
}

TEST(Family, KernelsMoveEveryByteAsTheReferenceDoes) {
  int compared = 0;
  for (const Case& test : moves()) {
    std::vector<TensorType> types;
    std::vector<const Tensor*> all, known;
    for (std::size_t k = 0; k < test.inputs.size(); ++k) {
      types.push_back(test.inputs[k].type());
      all.push_back(&test.inputs[k]);
      known.push_back(std::ranges::find(test.constants, k) != test.constants.end() ? &test.inputs[k] : nullptr);
    }
    const auto outputs = op::infer(*op::find(test.domain, test.op), {test.attributes, 17, types, all, 1});
    ASSERT_TRUE(outputs.has_value()) << test.op << ": " << outputs.error().message;
    const Tensor expected = run(*find_candidate(test.domain, test.op, kReferenceName), test, *outputs, 1);
    const StepView view{test.domain, test.op, 17, test.attributes, types, known, *outputs};
    for (const Candidate* candidate : candidates(test.domain, test.op)) {
      if (!candidate->parallel() || !kernel::detect_isa().contains(candidate->needs())) continue;
      if (!candidate->declines(view).empty()) continue;
      SCOPED_TRACE(fmt::format("{} of {} by {}", test.op, types[0].to_string(), candidate->name()));
      for (const int threads : {1, 2, 3, 7})
        ASSERT_TRUE(std::ranges::equal(run(*candidate, test, *outputs, threads).bytes(), expected.bytes())) << threads;
      ++compared;
    }
  }
  if (kernel::detect_isa() == kernel::IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  EXPECT_GT(compared, 100);
}

TEST(Family, EveryOperatorEndsInItsReference) {
  for (const op::Operator* operation : op::all()) {
    const auto list = candidates(operation->domain, operation->name);
    ASSERT_FALSE(list.empty()) << operation->name;
    EXPECT_EQ(list.back()->name(), kReferenceName) << operation->name;
  }
  EXPECT_TRUE(candidates("", "NoSuchOperator").empty());
  EXPECT_EQ(find_candidate("", "Relu", "no_such_kernel"), nullptr);
}

TEST(Family, KernelsDeclineWithAReason) {
  const TensorType type{DType::kI64, Shape{4}};
  const std::vector<TensorType> types = {type}, empty = {{DType::kF32, Shape{0, 4}}};
  const std::vector<const Tensor*> unknown = {nullptr};
  for (const Candidate* candidate : candidates("", "Abs")) {
    if (candidate->name() == kReferenceName) continue;
    EXPECT_EQ(candidate->declines({"", "Abs", 17, {}, types, unknown, types}), "not f32");
    EXPECT_EQ(candidate->declines({"", "Abs", 17, {}, empty, unknown, empty}), "an operand is empty");
  }
}

TEST(Family, AnUnwantedOutputKeepsItsPlaceAmongTheOthers) {
  const Tensor x = Tensor::of<float>({4}, {1, 2, 3, 4});
  const std::vector<TensorType> inputs = {x.type()}, outputs = {{}, {DType::kF32, Shape{2}}};
  const std::vector<const Tensor*> unknown = {nullptr};
  Tensor second(DType::kF32, Shape{2});
  const std::byte* in[] = {x.bytes().data()};
  std::byte* out[] = {nullptr, second.bytes().data()};
  const op::Attributes none;
  const auto bound = candidates("", "Split").back()->bind({"", "Split", 13, none, inputs, unknown, outputs}, {in, out});
  ASSERT_TRUE(bound.has_value());
  ASSERT_TRUE((*bound)->run({0, 1}, {}).has_value());
  EXPECT_EQ(second.as<float>()[0], 3);
  EXPECT_EQ(second.as<float>()[1], 4);
}

}  // namespace
}  // namespace hedge::program
