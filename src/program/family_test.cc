// The table of candidates, and each family's kernels against the reference of the same step.
#include "program/family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "program/candidate_run.h"

namespace hedge::program {
namespace {

using tensor::DType;
using tensor::Shape;

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

std::vector<StepCase> cases() {
  std::vector<StepCase> list;
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
  unsigned seed = 40;
  for (const std::int64_t hidden : {1, 5, 16, 33, 130})
    for (const std::int64_t batch : {1, 2, 13})
      for (const std::int64_t backwards : {0, 1})
        list.push_back({"hedge",
                        "Lstm",
                        {random_tensor({4, batch, 4 * hidden}, ++seed), random_tensor({hidden, 4 * hidden}, ++seed),
                         random_tensor({batch, hidden}, ++seed), random_tensor({batch, hidden}, ++seed)},
                        attributes_of({{"backwards", backwards}}),
                        {1},
                        1e-4});
  list.push_back({"", "Softmax", {random_tensor({61, 3}, 22)}, {}});
  list.push_back({"", "Softmax", {random_tensor({6, 35}, 20)}, {}});
  for (const Ints& perm : {Ints{0, 3, 1, 2}, Ints{0, 2, 3, 1}, Ints{3, 0, 1, 2}})
    list.push_back({"", "Transpose", {random_tensor({2, 5, 7, 18}, 21)}, attributes_of({{"perm", perm}})});
  return list;
}

/// Whatever moves elements, of every size, to the last byte.
std::vector<StepCase> moves() {
  std::vector<StepCase> list;
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
      for (const int count : {7, 8, 10, 11}) {  // 7 sources are the kernel's most
        std::vector<Tensor> many;
        for (int k = 0; k < count; ++k) many.push_back(of(2 + k % 3));
        add("Concat", std::move(many), attributes_of({{"axis", axis}}));
      }
      add("Concat", {of(700), of(2)}, attributes_of({{"axis", axis}}));
      add("Gather", {of(5), ints({4, -5, 2, 2})}, attributes_of({{"axis", axis}}));
    }
    list.push_back({"hedge",
                    "Pick",
                    {x({2, 5, 30}), x({2, 5, 7}), x({2, 5, 70})},
                    attributes_of({{"channels", Ints{0, 30, 1, 31, 37, 38, 39, 40, 41, 5, 5, 106, 90, 91, 92}}}),
                    {},
                    0});
    const Tensor value = x({});
    add("Pad", {x({2, 3, 5, 7}), ints({0, 0, 0, 3, 0, 0, 0, 9}), value}, {});
    add("Pad", {x({2, 3, 5, 7}), ints({0, 1, 2, 0, 1, 0, 4, 1}), value}, {});
    add("Pad", {x({2, 30, 80}), ints({0, 1, 0, 0, 4, 0})}, {});
    for (const char* mode : {"reflect", "edge", "wrap"})
      for (const Ints& pads : {Ints{0, 0, 7, 0, 0, 70}, Ints{0, 5, 0, 0, 8, 0}, Ints{2, 0, 0, 1, 0, 0},
                               Ints{0, 0, 0, 0, 0, 79}, Ints{0, 0, 300, 0, 0, 0}})  // the last more than once round
        add("Pad", {x({3, 9, 80}), ints(pads)}, attributes_of({{"mode", mode}}));
    for (const char* mode : {"DCR", "CRD"}) {
      add("SpaceToDepth", {x({2, 3, 6, 34})}, attributes_of({{"blocksize", std::int64_t{2}}, {"mode", mode}}));
      add("DepthToSpace", {x({2, 27, 5, 34})}, attributes_of({{"blocksize", std::int64_t{3}}, {"mode", mode}}));
    }
  }
  return list;
}

TEST(Family, KernelsAgreeWithTheReferenceOnAnyNumberOfThreads) {
  int compared = 0;
  for (const StepCase& test : cases()) {
    const CaseView step(test);
    expect_packing_loses_nothing(step);
    ASSERT_FALSE(HasFailure());
    const Tensor expected = run_reference(step);
    for_each_kernel(step, [&](const Candidate& candidate) {
      SCOPED_TRACE(fmt::format("{} by {}", test.op, candidate.name()));
      const Tensor alone = run_candidate(candidate, step, 1);
      for (std::size_t k = 0; k < alone.as<float>().size(); ++k)
        ASSERT_NEAR(alone.as<float>()[k], expected.as<float>()[k],
                    test.tolerance * std::max(1.0f, std::abs(expected.as<float>()[k])))
            << "element " << k;
      for (const int threads : {2, 3, 7})
        EXPECT_TRUE(std::ranges::equal(run_candidate(candidate, step, threads).bytes(), alone.bytes())) << threads;
      ++compared;
    });
  }
  if (kernel::detect_isa() == kernel::IsaSet{}) GTEST_SKIP() << "this machine has no kernels but the reference";
  EXPECT_GT(compared, 60);
}

TEST(Family, KernelsMoveEveryByteAsTheReferenceDoes) {
  int compared = 0;
  for (const StepCase& test : moves()) {
    const CaseView step(test);
    ASSERT_FALSE(HasFailure()) << test.op;
    const Tensor expected = run_reference(step);
    for_each_kernel(step, [&](const Candidate& candidate) {
      SCOPED_TRACE(fmt::format("{} of {} by {}", test.op, test.inputs[0].type().to_string(), candidate.name()));
      for (const int threads : {1, 2, 3, 7})
        EXPECT_TRUE(std::ranges::equal(run_candidate(candidate, step, threads).bytes(), expected.bytes())) << threads;
      ++compared;
    });
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
