// The integer operators against operands that nearly fit: one thing after another is wrong with a step that would run.
// Arbitrary operands (hostile_test.cc) hardly ever get past their shape rules.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "op/operator.h"

namespace hedge::op {
namespace {

constexpr int kCasesEach = 4000;
constexpr std::int64_t kElementsMax = 1 << 14;  ///< of what is run; what is larger is only inferred

class HostileBytes : public testing::Test {
 protected:
  int below(int count) { return static_cast<int>(random_() % static_cast<std::uint32_t>(count)); }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(static_cast<int>(from.size()))];
  }
  std::int64_t any_integer() {
    return pick<std::int64_t>(
        {-1, 0, 1, 2, 3, 7, 255, 256, -255, 1 << 20, std::int64_t{1} << 31, INT64_MAX, INT64_MIN});
  }
  float any_real() { return pick({0.0f, 1.0f, -0.5f, 1e30f, -1e30f, 1e-40f, INFINITY, -INFINITY, NAN}); }

  /// Any bits, so any float too.
  Tensor any(DType dtype, const Shape& shape) {
    Tensor tensor(dtype, shape);
    if (dtype == DType::kF32 && below(2) == 0) {
      for (float& x : tensor.as<float>()) x = below(4) == 0 ? any_real() : static_cast<float>(below(100)) * 1e-4f;
    } else {
      for (std::byte& x : tensor.bytes()) x = static_cast<std::byte>(below(256));
    }
    return tensor;
  }

  AttributeValue any_attribute() {
    switch (below(5)) {
      case 0: return any_integer();
      case 1: return any_real();
      case 2: return std::string(pick({"", "silu", "clip", "gelu", "nonsense", "linear", "cubic", "align_corners"}));
      case 3: {
        std::vector<std::int64_t> list(static_cast<std::size_t>(below(6)));
        for (auto& x : list) x = below(2) == 0 ? any_integer() : below(4);
        return list;
      }
      default: {
        std::vector<float> list(static_cast<std::size_t>(below(4)));
        for (auto& x : list) x = any_real();
        return list;
      }
    }
  }

  struct Step {
    std::vector<Tensor> inputs;
    Attributes attributes;
  };

  /// Each operand and each attribute stays as it is, mostly.
  void spoil(Step& step) {
    static constexpr const char* kNames[] = {"strides",
                                             "pads",
                                             "dilations",
                                             "group",
                                             "x_zero",
                                             "activation",
                                             "alpha",
                                             "beta",
                                             "residual_scale",
                                             "residual_zero",
                                             "residual_after_activation",
                                             "y_zero",
                                             "y_low",
                                             "y_high",
                                             "real",
                                             "a_zero",
                                             "b_zero",
                                             "a_scale",
                                             "b_scale",
                                             "scale",
                                             "kernel_shape",
                                             "output_shape",
                                             "count_include_pad",
                                             "scales",
                                             "mode",
                                             "nearest_mode",
                                             "coordinate_transformation_mode"};
    for (int k = below(4); k > 0; --k) step.attributes.set(kNames[below(std::size(kNames))], any_attribute());
    if (below(3) != 0) return;
    Tensor& victim = step.inputs[static_cast<std::size_t>(below(static_cast<int>(step.inputs.size())))];
    Shape shape = victim.shape();
    switch (below(4)) {
      case 0: victim = Tensor(); return;
      case 1: shape.push_back(below(3)); break;
      case 2:
        if (shape.rank() > 0) shape[below(shape.rank())] = below(5);
        break;
      default: break;
    }
    victim = any(below(2) == 0 ? pick({DType::kU8, DType::kI8, DType::kI32, DType::kF32, DType::kI64, DType::kBool})
                               : victim.dtype(),
                 shape);
  }

  /// Whether the shape rule accepted it.
  static bool run(const Operator& operation, const Step& step) {
    std::vector<TensorType> types;
    std::vector<const Tensor*> constants;
    std::vector<ConstTensorView> views;
    for (const Tensor& input : step.inputs) {
      const bool present = input.dtype() != DType::kUndefined;
      types.push_back(input.type());
      constants.push_back(present ? &input : nullptr);
      views.push_back(present ? input.view() : ConstTensorView{});
    }
    const InferArgs args{step.attributes, 1, types, constants, 1};
    const auto inferred = infer(operation, args);
    if (!inferred) {
      EXPECT_FALSE(inferred.error().message.empty());
      return false;
    }
    if ((*inferred)[0].elements() > kElementsMax) return true;
    Tensor result((*inferred)[0]);
    TensorView outputs[] = {result.view()};
    base::AlignedBuffer memory(operation.scratch_bytes != nullptr ? operation.scratch_bytes(args) : 0);
    Scratch scratch(memory.span());
    (void)operation.run({step.attributes, 1, views, outputs, scratch});
    return true;
  }

  template <class Make>
  void expect_unharmed(std::string_view name, Make&& make) {
    const Operator& operation = *find(kHedgeDomain, name);
    int accepted = 0;
    for (int k = 0; k < kCasesEach; ++k) {
      Step step = make();
      if (k % 8 != 0) spoil(step);
      accepted += run(operation, step) ? 1 : 0;
    }
    EXPECT_GT(accepted, kCasesEach / 4) << "too wild to reach the kernel";
    EXPECT_LT(accepted, kCasesEach * 95 / 100) << "too tame";
  }

 private:
  std::minstd_rand random_{3};
};

TEST_F(HostileBytes, QConv) {
  expect_unharmed("QConv", [&] {
    const std::int64_t groups = pick<std::int64_t>({1, 1, 2, 3}), in = groups * (1 + below(3)),
                       out = groups * (1 + below(3)), kernel = 1 + below(3), size = 3 + below(3);
    const Shape channels{out}, y{1, size - kernel + 1, size - kernel + 1, out};
    Step step{{any(DType::kU8, {1, size, size, in}), any(DType::kI8, {kernel, kernel, in / groups, out}),
               any(DType::kI32, channels), any(DType::kF32, channels)},
              {}};
    step.attributes.set("group", groups);
    if (below(3) == 0) {
      step.attributes.set("real", std::int64_t{1});
      return step;
    }
    step.attributes.set("activation", std::string(pick({"none", "silu", "clip", "gelu", "hard_swish", "tanh"})));
    for (const auto& [type, shape] : {std::pair{DType::kF32, channels}, {DType::kU8, y}, {DType::kU8, Shape{256}}})
      step.inputs.push_back(below(2) == 0 ? any(type, shape) : Tensor());
    return step;
  });
}

TEST_F(HostileBytes, QTable) {
  expect_unharmed("QTable", [&] {
    return Step{{any(DType::kU8, {below(3), 1 + below(4), below(5)}), any(DType::kU8, {256})}, {}};
  });
}

TEST_F(HostileBytes, QAddAndQMul) {
  for (const char* name : {"QAdd", "QMul"})
    expect_unharmed(name, [&] {
      const Shape a{1 + below(2), 1 + below(3), 1 + below(3), 1 + below(5)};
      return Step{{any(DType::kU8, a), any(DType::kU8, below(2) == 0 ? a : Shape{a[0], 1, 1, a[3]})}, {}};
    });
}

TEST_F(HostileBytes, PlanesToPixels) {
  expect_unharmed("QPixels", [&] {
    Step step{{any(DType::kF32, {1 + below(2), below(6), 1 + below(9), 1 + below(9)})}, {}};
    step.attributes.set("scale", pick({0.5f, 1e30f, 1e-40f}));
    return step;
  });
}

TEST_F(HostileBytes, PoolsOfBytes) {
  for (const char* name : {"QAveragePool", "MaxPool"})
    expect_unharmed(name, [&] {
      Step step{{any(DType::kU8, {1 + below(2), 3 + below(3), 3 + below(3), below(5)})}, {}};
      step.attributes.set("kernel_shape", std::vector<std::int64_t>{1 + below(3), 1 + below(3)});
      return step;
    });
}

TEST_F(HostileBytes, ResizingOfBytes) {
  for (const char* name : {"QResize", "Resize"})
    expect_unharmed(name, [&] {
      Step step{{any(DType::kU8, {1 + below(2), 1 + below(4), 1 + below(4), below(5)})}, {}};
      step.attributes.set("output_shape", std::vector<std::int64_t>{1 + below(9), 1 + below(9)});
      step.attributes.set("scales", std::vector<float>{pick({0.5f, 2.0f, 1e30f}), pick({0.5f, 2.0f, 1e-30f})});
      step.attributes.set("mode", std::string(pick({"linear", "nearest"})));
      return step;
    });
}

}  // namespace
}  // namespace hedge::op
