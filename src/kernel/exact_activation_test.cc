// Integer networks give the same bytes everywhere only if the activations give the same bits everywhere: the scalar
// sequence against every vector kernel over the whole number line, with subnormals kept and flushed.
#include "kernel/exact_activation.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kernel/ref/flushed.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

using ref::Flushed;

/// The number line by steps in the bits, so that every exponent is met, and the points where functions turn.
std::vector<float> many_floats() {
  std::vector<float> x;
  constexpr std::uint32_t kStep = 8191;  // odd: the low bits of the mantissa vary
  for (std::uint32_t bits = 0; bits < 0x7F800000u; bits += kStep)
    for (const std::uint32_t sign : {0u, 0x80000000u}) x.push_back(std::bit_cast<float>(bits | sign));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float turn : {0.0f, 0.15f, 0.5f, 1.0f, 3.0f, 6.0f, 9.3f, 43.6f, 87.3f, 88.0f, 88.72f, 1e30f, kInfinity,
                           std::numeric_limits<float>::min(), std::numeric_limits<float>::denorm_min()})
    for (float at : {turn, std::nextafterf(turn, kInfinity), std::nextafterf(turn, 0)})
      for (const float value : {at, -at}) x.push_back(value);
  for (int k = -4000; k <= 4000; ++k) x.push_back(static_cast<float>(k) / 256);
  return x;
}

/// `flushed`: subnormals count as zero, whether an instruction passed one on or not.
bool same(float a, float b, bool flushed = false) {
  const auto bits = [&](float x) {
    const auto all = std::bit_cast<std::uint32_t>(x);
    return flushed && (all & 0x7F800000u) == 0 ? 0 : all;
  };
  return bits(a) == bits(b) || (std::isnan(a) && std::isnan(b));
}

UnaryParams params_of(int activation, std::size_t count) {
  return {static_cast<std::int64_t>(count),
          Unary::kActivation,
          {.activation = static_cast<Activation>(activation), .alpha = 0.1f, .beta = 0.6f, .residual_last = false}};
}

class ExactActivation : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, ExactActivation, testing::Range(0, kActivationCount));

TEST_P(ExactActivation, HasTheBitsOfEveryKernel) {
  const std::vector<float> x = many_floats();
  std::vector<float> y(x.size());
  const UnaryParams p = params_of(GetParam(), x.size());
  for (const bool flush : {false, true}) {
    const Flushed flushed(flush);
    for (const UnaryKernel& kernel : unary_kernels()) {
      if (!detect_isa().contains(kernel.needs)) continue;
      kernel.run(p, {x.data(), y.data()}, {});
      for (std::size_t k = 0; k < x.size(); ++k)
        ASSERT_TRUE(same(y[k], exact_activation(p.epilogue.activation, x[k], 0.1f, 0.6f), flush))
            << kernel.name << (flush ? " flushed " : " ") << to_string(p.epilogue.activation)
            << fmt::format(": {} ({:#x}) -> {:a}, not {:a}", x[k], std::bit_cast<std::uint32_t>(x[k]), y[k],
                           exact_activation(p.epilogue.activation, x[k], 0.1f, 0.6f));
    }
  }
}

TEST_P(ExactActivation, DependsOnFlushingByNoMoreThanASubnormal) {
  const auto activation = static_cast<Activation>(GetParam());
  for (const float x : many_floats()) {
    const float kept = exact_activation(activation, x, 0.1f, 0.6f);
    const float flushed = [&] {
      const Flushed flush(true);
      return exact_activation(activation, x, 0.1f, 0.6f);
    }();
    ASSERT_TRUE(same(kept, flushed) || std::abs(kept - flushed) < 2 * std::numeric_limits<float>::min())
        << to_string(activation) << fmt::format(" of {:a}: {:a}, flushed {:a}", x, kept, flushed);
  }
}

}  // namespace
}  // namespace hedge::kernel
