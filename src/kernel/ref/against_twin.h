// How a kernel test compares: every kernel that this machine can run, every fence, one to three threads, each element.
#pragma once

#include <cmath>
#include <random>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "kernel/isa.h"
#include "kernel/ref/exact.h"
#include "kernel/ref/fenced.h"
#include "kernel/slice.h"

namespace hedge::kernel::ref {

/// The tolerance of FP32 kernels, stated once: rounding of sums, then functions good to about 1e-6.
inline constexpr double kRelative = 1e-5, kAbsolute = 2e-6;

/// Calls check(kernel, fence, thread_count) for each kernel that runs here and takes the problem.
template <class Kernel, class Params, class Check>
void for_each_kernel(std::span<const Kernel> kernels, const Params& params, const Check& check) {
  for (const Kernel& kernel : kernels) {
    if (!detect_isa().contains(kernel.needs) || kernel.declines(params) != nullptr) continue;
    int threads = 0;
    for (const auto fence : {FencedFloats::Fence::kBefore, FencedFloats::Fence::kAfter})
      check(kernel, fence, threads = threads % 3 + 1);
    check(kernel, FencedFloats::Fence::kAfter, 3);
  }
}

/// All slices of a kernel's work, one after the other.
template <class Kernel, class Params, class Args>
void run_all(const Kernel& kernel, const Params& params, const Args& args, int threads) {
  for (int index = 0; index < threads; ++index) kernel.run(params, args, {index, threads});
}

/// From `low` to `high`, both among them.
inline std::int64_t pick(std::minstd_rand& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}
inline float real(std::minstd_rand& random, float low, float high) {
  return std::uniform_real_distribution<float>(low, high)(random);
}

/// y[index] is expected(index) within the tolerance, for all of y, and nothing around y has changed.
template <class Expected>
void expect_near(const FencedFloats& y, const std::string& what, const Expected& expected) {
  ASSERT_TRUE(y.is_intact()) << what << ": wrote outside its output";
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(y.size()); ++k) {
    const Exact exact = expected(k);
    const double error = std::abs(y[k] - exact.value);
    ASSERT_LE(error, kAbsolute + kRelative * std::max(exact.magnitude, std::abs(exact.value)))
        << what << ": element " << k << " is " << y[k] << ", not " << exact.value;
  }
}

}  // namespace hedge::kernel::ref
