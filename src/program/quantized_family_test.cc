// Integer steps are specified bit by bit (docs/int8.md): every kernel that runs here, on one to three threads, and the
// plain twins of the kernels give exactly what the operator's reference gives.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "kernel/ref/qconv_case.h"
#include "kernel/ref/qpointwise.h"
#include "op/hedge/quant.h"
#include "program/candidate_run.h"

namespace hedge::program {
namespace {

using Ints = std::vector<std::int64_t>;
using tensor::DType;
using tensor::Shape;

class QuantizedFamily : public testing::Test {
 protected:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  float real(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }
  Tensor bytes(const Shape& shape) {
    Tensor tensor(DType::kU8, shape);
    for (auto& q : tensor.as<std::uint8_t>()) q = static_cast<std::uint8_t>(pick(0, 255));
    return tensor;
  }
  kernel::QuantEpilogue epilogue() {
    kernel::QuantEpilogue e{.y_zero = static_cast<std::int32_t>(pick(0, 255))};
    e.y_low = static_cast<std::int32_t>(pick(0, 1) * pick(0, e.y_zero));
    e.y_high = static_cast<std::int32_t>(pick(0, 1) == 0 ? 255 : pick(e.y_zero, 255));
    return e;
  }

  /// What quantizing by `scale` must get right: ordinary values, ties, the ends.
  Tensor reals_around(float scale, const Shape& shape) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const float ends[] = {0.0f, -0.0f, 0.5f, 1.5f, 2.5f, -0.5f, 127.5f, 1e30f, -1e30f, 3e38f, kInfinity, -kInfinity};
    Tensor x(DType::kF32, shape);
    for (float& value : x.as<float>())
      value = pick(0, 5) == 0   ? ends[pick(0, std::ssize(ends) - 1)]
              : pick(0, 1) == 0 ? scale * (0.5f + static_cast<float>(pick(-200, 300)))  // halfway
                                : real(-200, 300) * scale;
    return x;
  }

  /// Every kernel on one to three threads; how many there were is added to `compared_`.
  Tensor expect_equal(const StepCase& test, const std::string& what) {
    const CaseView step(test);
    if (HasFailure()) return {};
    expect_packing_loses_nothing(step);
    Tensor expected = run_reference(step);
    for_each_kernel(step, [&](const Candidate& candidate) {
      for (const int threads : {1, 2, 3}) {
        const Tensor actual = run_candidate(candidate, step, threads);
        const auto differs = std::ranges::mismatch(actual.bytes(), expected.bytes());
        ASSERT_EQ(differs.in1, actual.bytes().end()) << candidate.name() << " on " << threads << " threads, byte "
                                                     << differs.in1 - actual.bytes().begin() << ": " << what;
      }
      ++compared_;
    });
    return expected;
  }
  void expect_compared(int least) const {
    if (kernel::detect_isa().has(kernel::Isa::kAvx2)) EXPECT_GE(compared_, least);
  }

  std::minstd_rand random_{7};
  int compared_ = 0;
};

/// Near pads as the kernel has them; far pads that make the output's size.
struct Window {
  kernel::QConvParams p{};
  std::int64_t pad_bottom = 0, pad_right = 0;
};

op::Attributes attributes_of(const Window& window) {
  const kernel::QConvParams& p = window.p;
  op::Attributes attributes;
  attributes.set("pads", Ints{p.pad_top, p.pad_left, window.pad_bottom, window.pad_right});
  attributes.set("strides", Ints{p.stride_h, p.stride_w});
  attributes.set("dilations", Ints{p.dilation_h, p.dilation_w});
  attributes.set("group", p.groups);
  attributes.set("x_zero", std::int64_t{p.x_zero});
  op::set_quant_epilogue(attributes, p.epilogue);
  op::set_quant_sequel(attributes, p.sequel);
  return attributes;
}

StepCase step_of(const kernel::ref::QConvCase& c, const Window& window) {
  const kernel::QConvParams& p = c.p;
  const auto tensor = []<class T>(const Shape& shape, const std::vector<T>& values) {
    return Tensor::of<T>(shape, std::span<const T>(values));
  };
  const Shape channels{p.out_c};
  StepCase test{op::kHedgeDomain,
                "QConv",
                {tensor({p.batch, p.in_h, p.in_w, p.in_c}, c.x),
                 tensor({p.kernel_h, p.kernel_w, p.group_in(), p.out_c}, c.weights), tensor(channels, c.bias),
                 tensor(channels, c.scale)},
                attributes_of({p, window.pad_bottom, window.pad_right}),
                {1, 2, 3, 4, 6, 7, 8, 9}};
  test.inputs.push_back(c.with_gain ? tensor(channels, c.gain) : Tensor());
  test.inputs.push_back(c.with_residual ? tensor({p.batch, p.out_h, p.out_w, p.out_c}, c.residual) : Tensor());
  test.inputs.push_back(c.with_table ? tensor({256}, c.table) : Tensor());
  if (c.is_affine()) {
    test.inputs.push_back(tensor(channels, c.factor));
    test.inputs.push_back(tensor(channels, c.shift));
    test.inputs.push_back(tensor(channels, c.sequel_scale));
  }
  while (test.inputs.back().dtype() == DType::kUndefined) test.inputs.pop_back();
  std::erase_if(test.constants,
                [&](std::size_t k) { return k >= test.inputs.size() || test.inputs[k].dtype() == DType::kUndefined; });
  return test;
}

class QConvFamily : public QuantizedFamily {
 protected:
  Window window(std::int64_t groups, std::int64_t group_in, std::int64_t group_out, std::int64_t kernel_max) {
    Window window;
    kernel::QConvParams& p = window.p;
    p.batch = pick(1, 2), p.groups = groups, p.in_c = groups * group_in, p.out_c = groups * group_out;
    const auto axis = [&](std::int64_t size, std::int64_t& in, std::int64_t& out, std::int64_t& kernel,
                          std::int64_t& stride, std::int64_t& dilation, std::int64_t& near, std::int64_t& far) {
      kernel = pick(1, kernel_max), stride = pick(1, 3), dilation = pick(0, 3) == 0 ? 2 : 1;
      near = pick(0, 1) * pick(0, kernel), far = pick(0, 1) * pick(0, kernel);
      in = std::max(pick(1, size), (kernel - 1) * dilation + 1 - near - far);
      out = (in + near + far - (kernel - 1) * dilation - 1) / stride + 1;
    };
    axis(8, p.in_h, p.out_h, p.kernel_h, p.stride_h, p.dilation_h, p.pad_top, window.pad_bottom);
    axis(20, p.in_w, p.out_w, p.kernel_w, p.stride_w, p.dilation_w, p.pad_left, window.pad_right);
    p.x_pitch = p.in_c, p.y_pitch = p.residual_pitch = p.out_c;
    return window;
  }

  void check(const Window& window) {
    kernel::ref::QConvCase c = kernel::ref::make_case(window.p, random_);
    const Tensor bytes = expect_equal(step_of(c, window), c.describe());
    if (HasFatalFailure() || bytes.bytes().empty()) return;
    ASSERT_TRUE(std::ranges::equal(bytes.as<std::uint8_t>(), c.expected())) << "the twin, " << c.describe();
    c.p.epilogue.real = true;
    c.with_gain = c.with_residual = c.with_table = false;
    c.p.sequel = {};
    const Tensor reals = expect_equal(step_of(c, window), "real, " + c.describe());
    if (HasFatalFailure()) return;
    for (std::size_t k = 0; k < reals.as<float>().size(); ++k) {
      const auto at = static_cast<std::int64_t>(k);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(reals.as<float>()[k]),
                std::bit_cast<std::uint32_t>(kernel::ref::qconv_real(c.p, c.args(), at / c.p.out_c, at % c.p.out_c)))
          << "the twin, real, " << c.describe();
    }
  }
};

TEST_F(QConvFamily, DenseIsItsReference) {
  for (int round = 0; round < 200 && !HasFailure(); ++round) check(window(1, pick(1, 20), pick(1, 70), 4));
  expect_compared(200);
}

TEST_F(QConvFamily, PointwiseIsItsReference) {
  for (int round = 0; round < 100 && !HasFailure(); ++round) check(window(1, pick(1, 70), pick(1, 140), 1));
  expect_compared(100);
}

TEST_F(QConvFamily, GroupedIsItsReference) {
  for (int round = 0; round < 100 && !HasFailure(); ++round) check(window(pick(2, 4), pick(1, 9), pick(1, 20), 3));
  expect_compared(20);
}

TEST_F(QConvFamily, DepthwiseIsItsReference) {
  for (int round = 0; round < 150 && !HasFailure(); ++round) check(window(pick(1, 150), 1, 1, round % 2 == 0 ? 3 : 5));
  expect_compared(150);
}

TEST_F(QConvFamily, DepthwiseMultiplierIsItsReference) {
  for (int round = 0; round < 30 && !HasFailure(); ++round) check(window(pick(2, 9), 1, pick(2, 3), 3));
}

TEST_F(QuantizedFamily, TablesAreTheirReference) {
  for (int round = 0; round < 60; ++round)
    expect_equal({op::kHedgeDomain, "QTable", {bytes({pick(1, 3), pick(1, 9), pick(1, 90)}), bytes({256})}, {}, {1}},
                 "table");
  expect_compared(60);
}

TEST_F(QuantizedFamily, SumsAndProductsAreTheirReference) {
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    const Shape shape{pick(1, 2), pick(1, 5), pick(1, 5), pick(1, 80)};
    const bool multiplies = round % 2 == 0, gate = pick(0, 1) == 0;
    const bool ties = pick(0, 1) == 0;  // halves and quarters: many sums lie halfway
    op::Attributes attributes;
    attributes.set("a_zero", pick(0, 255));
    attributes.set("b_zero", pick(0, 255));
    attributes.set("a_scale", ties ? 0.5f : real(0.1f, 2));
    attributes.set("b_scale", ties ? 0.25f : real(-2, 2));
    attributes.set("scale", ties ? 0.0078125f : real(0.001f, 0.02f));
    op::set_quant_epilogue(attributes, epilogue());
    const Tensor a = bytes(shape), b = bytes(gate ? Shape{shape[0], 1, 1, shape[3]} : shape);
    expect_equal(
        {op::kHedgeDomain, multiplies ? "QMul" : "QAdd", {a, b}, attributes},
        fmt::format("{} of {} and {}", multiplies ? "product" : "sum", a.type().to_string(), b.type().to_string()));
  }
  expect_compared(300);
}

TEST_F(QuantizedFamily, BroadcastsThatNoKernelTakesAreTheReferences) {
  const std::pair<Shape, Shape> shapes[] = {{{2, 3, 4, 5}, {5}},
                                            {{1, 3, 4, 5}, {2, 1, 1, 5}},
                                            {{1, 1, 1, 5}, {1, 3, 4, 5}},
                                            {{3, 4}, {}},
                                            {{2, 3, 4, 5}, {1, 1, 1, 5}}};
  for (const auto& [left, right] : shapes)
    for (const char* op : {"QAdd", "QMul"}) {
      op::Attributes attributes;
      op::set_quant_epilogue(attributes, epilogue());
      expect_equal({op::kHedgeDomain, op, {bytes(left), bytes(right)}, attributes}, op);
    }
}

/// A window of pooling with the attributes that say so, ceil_mode's larger outputs included.
struct PoolWindow {
  Shape x;
  op::Attributes attributes;
};

TEST_F(QuantizedFamily, PoolingIsItsReference) {
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    PoolWindow window{.x = {pick(1, 2), pick(3, 9), pick(3, 9), pick(1, 100)}, .attributes = {}};
    const std::int64_t kernel[] = {pick(1, 3), pick(1, 3)}, stride[] = {pick(1, 3), pick(1, 3)};
    const std::int64_t pads[] = {pick(0, kernel[0] - 1), pick(0, kernel[1] - 1), pick(0, kernel[0] - 1),
                                 pick(0, kernel[1] - 1)};
    std::int64_t out[2];
    for (int k : {0, 1}) {
      const std::int64_t free = window.x[k + 1] + pads[k] + pads[k + 2] - kernel[k];
      out[k] = free / stride[k] + 1;
      // ceil_mode: one more, where its window begins inside the image or the near pads.
      if (pick(0, 1) == 1 && free % stride[k] != 0 && out[k] * stride[k] < window.x[k + 1] + pads[k]) ++out[k];
    }
    window.attributes.set("kernel_shape", Ints{kernel[0], kernel[1]});
    window.attributes.set("strides", Ints{stride[0], stride[1]});
    window.attributes.set("pads", Ints(std::begin(pads), std::end(pads)));
    window.attributes.set("output_shape", Ints{out[0], out[1]});
    const Tensor x = bytes(window.x);
    const std::string what = fmt::format("{} -> {}x{}", x.type().to_string(), out[0], out[1]);
    expect_equal({op::kHedgeDomain, "MaxPool", {x}, window.attributes}, what);
    window.attributes.set("count_include_pad", pick(0, 1));
    window.attributes.set("x_zero", pick(0, 255));
    window.attributes.set("scale", pick(0, 1) == 0 ? 1.0f : real(0.3f, 3));
    op::set_quant_epilogue(window.attributes, epilogue());
    expect_equal({op::kHedgeDomain, "QAveragePool", {x}, window.attributes}, what);
  }
  expect_compared(600);
}

TEST_F(QuantizedFamily, QuantizingIsItsReferenceAlsoAtTheEnds) {
  for (int round = 0; round < 80 && !HasFailure(); ++round) {
    const float scale = round % 3 == 0 ? 0.5f : real(1e-3f, 1);
    const Tensor x = reals_around(scale, {pick(1, 3), pick(1, 200)});
    const auto zero = static_cast<std::uint8_t>(pick(0, 255));
    const Tensor q =
        expect_equal({"", "QuantizeLinear", {x, Tensor::scalar(scale), Tensor::scalar(zero)}, {}, {1, 2}}, "quantize");
    if (HasFailure()) return;
    const kernel::QuantizeParams p{x.shape().elements(), scale, zero};
    for (std::int64_t k = 0; k < p.elements; ++k)
      ASSERT_EQ(q.as<std::uint8_t>()[static_cast<std::size_t>(k)],
                kernel::ref::quantize(p, {x.as<float>().data(), nullptr}, k))
          << "the twin";
    const Tensor back = expect_equal(
        {"", "DequantizeLinear", {q, Tensor::scalar(scale), Tensor::scalar(zero)}, {}, {1, 2}}, "dequantize");
    for (std::int64_t k = 0; k < p.elements && !HasFailure(); ++k)
      ASSERT_EQ(back.as<float>()[static_cast<std::size_t>(k)],
                kernel::ref::dequantize(p, {q.as<std::uint8_t>().data(), nullptr}, k))
          << "the twin";
  }
  expect_compared(160);
}

TEST_F(QuantizedFamily, PlanesToPixelsIsItsReference) {
  for (int round = 0; round < 120 && !HasFailure(); ++round) {
    const std::int64_t channels = round % 10 == 0 ? pick(5, 9) : pick(1, 4);  // more than four: the reference alone
    const float scale = round % 3 == 0 ? 0.5f : real(1e-3f, 1);
    const Tensor x = reals_around(scale, {pick(1, 2), channels, pick(1, 9), pick(1, 50)});
    const std::int64_t zero = pick(0, 255);
    op::Attributes attributes;
    attributes.set("scale", scale);
    attributes.set("y_zero", zero);
    const Tensor y = expect_equal({op::kHedgeDomain, "QPixels", {x}, attributes}, x.type().to_string());
    if (HasFailure()) return;
    const tensor::Shape& shape = x.shape();
    const kernel::QPixelsParams p{shape[0], channels, shape[2] * shape[3], scale, static_cast<std::int32_t>(zero)};
    for (std::int64_t k = 0; k < shape.elements(); ++k)
      ASSERT_EQ(y.as<std::uint8_t>()[static_cast<std::size_t>(k)],
                kernel::ref::qpixels(p, {x.as<float>().data(), nullptr}, k))
          << "the twin";
  }
  expect_compared(100);
}

TEST_F(QuantizedFamily, WhatIsNoNumberBecomesTheZeroPointEverywhere) {
  Tensor x(DType::kF32, Shape{1, 2, 5, 7});
  for (float& value : x.as<float>()) value = std::numeric_limits<float>::quiet_NaN();
  op::Attributes attributes;
  attributes.set("y_zero", std::int64_t{77});
  const Tensor pixels = expect_equal({op::kHedgeDomain, "QPixels", {x}, attributes}, "NaN");
  for (const std::uint8_t byte : pixels.as<std::uint8_t>()) EXPECT_EQ(byte, 77);
  const Tensor q = expect_equal(
      {"", "QuantizeLinear", {x, Tensor::scalar(0.1f), Tensor::scalar<std::uint8_t>(77)}, {}, {1, 2}}, "NaN");
  for (const std::uint8_t byte : q.as<std::uint8_t>()) EXPECT_EQ(byte, 77);
}

}  // namespace
}  // namespace hedge::program
