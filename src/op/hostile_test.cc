// Every operator against operands and attributes that no exporter writes: the shape rule answers with types or with an
// error, and where it accepts, the reference kernel stays within its operands. The sanitizers' build makes this sharp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "op/operator.h"

namespace hedge::op {
namespace {

constexpr int kCasesEach = 3000;
constexpr std::int64_t kElementsMax = 1 << 12;  ///< of what is run; what is larger is only inferred

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(count)); }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(static_cast<int>(from.size()))];
  }

 private:
  std::mt19937 engine_;
};

Shape any_shape(Chance& chance) {
  Shape shape;
  for (int rank = chance.pick({0, 1, 1, 2, 2, 3, 4, 4, 4, 5, 6}); rank > 0; --rank)
    shape.push_back(chance.pick<std::int64_t>({0, 1, 1, 1, 2, 2, 3, 4, 5}));
  return shape;
}

std::int64_t any_integer(Chance& chance) {
  return chance.pick<std::int64_t>({-2, -1, 0, 1, 1, 1, 2, 2, 3, 4, 7, 1 << 20, INT64_MAX, INT64_MIN, -7,
                                    std::int64_t{1} << 31, std::int64_t{1} << 62});
}

float any_real(Chance& chance) {
  return chance.pick({0.0f, 1.0f, -1.0f, 0.5f, 2.0f, 100.0f, 1e30f, -1e30f, INFINITY, -INFINITY, NAN, 1e-30f});
}

Tensor any_tensor(Chance& chance) {
  const DType dtype = chance.pick({DType::kF32, DType::kF32, DType::kF32, DType::kI64, DType::kI64, DType::kI32,
                                   DType::kU8, DType::kI8, DType::kBool, DType::kF64, DType::kF16});
  Tensor tensor(dtype, any_shape(chance));
  const int style = chance.below(3);
  if (dtype == DType::kF32)
    for (float& x : tensor.as<float>()) x = style == 0 ? any_real(chance) : static_cast<float>(chance.below(5)) - 1;
  else if (dtype == DType::kI64)
    for (auto& x : tensor.as<std::int64_t>()) x = style == 0 ? any_integer(chance) : chance.below(4) - 1;
  else if (dtype == DType::kBool)
    for (auto& x : tensor.as<bool>()) x = chance.below(2) == 1;
  else
    for (std::byte& x : tensor.bytes()) x = static_cast<std::byte>(style == 0 ? chance.below(256) : chance.below(2));
  return tensor;
}

/// Names that some operator reads.
constexpr const char* kNames[] = {"axis",
                                  "axes",
                                  "kernel_shape",
                                  "pads",
                                  "strides",
                                  "dilations",
                                  "group",
                                  "keepdims",
                                  "perm",
                                  "epsilon",
                                  "alpha",
                                  "beta",
                                  "blocksize",
                                  "mode",
                                  "auto_pad",
                                  "ceil_mode",
                                  "count_include_pad",
                                  "direction",
                                  "hidden_size",
                                  "num_groups",
                                  "to",
                                  "output_shape",
                                  "batch_dims",
                                  "transA",
                                  "transB",
                                  "largest",
                                  "sorted",
                                  "split",
                                  "scales",
                                  "min",
                                  "max",
                                  "size",
                                  "p",
                                  "k",
                                  "activations",
                                  "clip",
                                  "layout",
                                  "linear_before_reset",
                                  "noop_with_empty_axes",
                                  "exclude",
                                  "reverse",
                                  "output_padding",
                                  "sampling_ratio",
                                  "output_height",
                                  "output_width",
                                  "spatial_scale",
                                  "coordinate_transformation_mode",
                                  "nearest_mode",
                                  "value",
                                  "starts",
                                  "ends",
                                  "shape",
                                  "storage_order",
                                  "num_outputs",
                                  "select_last_index",
                                  "activation"};

AttributeValue any_attribute(Chance& chance) {
  switch (chance.below(6)) {
    case 0: return any_integer(chance);
    case 1: return any_real(chance);
    case 2:
      return std::string(chance.pick({"", "linear", "cubic", "SAME_UPPER", "VALID", "bidirectional", "reverse", "edge",
                                      "wrap", "DCR", "CRD", "relu", "half_pixel", "nonsense"}));
    case 3:
    case 4: {
      std::vector<std::int64_t> list(static_cast<std::size_t>(chance.below(6)));
      const bool wild = chance.below(3) == 0;
      for (auto& x : list) x = wild ? any_integer(chance) : chance.below(4);
      return list;
    }
    default: {
      std::vector<float> list(static_cast<std::size_t>(chance.below(5)));
      for (auto& x : list) x = any_real(chance);
      return list;
    }
  }
}

/// One case: infers, and runs what is small. Whether the shape rule accepted it.
bool exercise(const Operator& operation, Chance& chance) {
  Attributes attributes;
  for (int k = chance.below(6); k > 0; --k)
    attributes.set(kNames[chance.below(static_cast<int>(std::size(kNames)))], any_attribute(chance));
  const int opset = operation.domain.empty() ? chance.pick({7, 9, 10, 11, 12, 13, 17, 18, 21}) : 1;
  const int count = operation.inputs_min + chance.below(std::min(operation.inputs_max, 8) - operation.inputs_min + 1);
  std::vector<Tensor> inputs;
  for (int k = 0; k < count; ++k) {
    if (k > 0 && chance.below(2) == 0)
      inputs.push_back(inputs[0]);  // operands that agree are accepted more often
    else if (k >= operation.inputs_min && chance.below(3) == 0)
      inputs.emplace_back();  // absent
    else
      inputs.push_back(any_tensor(chance));
  }
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  std::vector<ConstTensorView> views;
  const bool known = chance.below(2) == 0;
  for (const Tensor& input : inputs) {
    types.push_back(input.type());
    const bool present = input.dtype() != DType::kUndefined;
    constants.push_back(known && present ? &input : nullptr);
    views.push_back(present ? std::as_const(input).view() : ConstTensorView{});
  }
  const int outputs_count =
      operation.outputs_min + chance.below(std::min(operation.outputs_max, 4) - operation.outputs_min + 1);
  const InferArgs args{attributes, opset, types, constants, outputs_count};
  const auto inferred = infer(operation, args);
  Scratch nothing({});
  if (operation.run_dynamic != nullptr) {
    (void)operation.run_dynamic({attributes, opset, views, {}, nothing});
    return true;
  }
  if (!inferred) {
    EXPECT_FALSE(inferred.error().message.empty()) << operation.name;
    EXPECT_EQ(inferred.error().message.find('\n'), std::string::npos) << inferred.error().message;
    return false;
  }
  std::vector<Tensor> results;
  std::vector<TensorView> outputs;
  for (const TensorType& type : *inferred)
    if (type.elements() > kElementsMax) return true;
  for (const TensorType& type : *inferred) results.emplace_back(type);
  for (Tensor& result : results) outputs.push_back(result.view());
  outputs.resize(static_cast<std::size_t>(outputs_count));
  base::AlignedBuffer memory(operation.scratch_bytes != nullptr ? operation.scratch_bytes(args) : 0);
  Scratch scratch(memory.span());
  (void)operation.run({attributes, opset, views, outputs, scratch});
  return true;
}

TEST(Hostile, NoOperandBreaksAnOperator) {
  int accepted = 0;
  for (const Operator* operation : all()) {
    SCOPED_TRACE(operation->name);
    // A crash names its operator: HEDGE_OPERATOR_TRACE=1.
    if (std::getenv("HEDGE_OPERATOR_TRACE") != nullptr) fmt::print(stderr, "{}\n", operation->name);
    std::uint32_t seed = 1;
    for (const char letter : operation->name) seed = seed * 31 + static_cast<std::uint32_t>(letter);
    Chance chance(seed);
    for (int k = 0; k < kCasesEach; ++k) accepted += exercise(*operation, chance) ? 1 : 0;
  }
  EXPECT_GT(accepted, 5000);  // else the cases are too wild to reach any kernel
}

}  // namespace
}  // namespace hedge::op
