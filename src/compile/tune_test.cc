// The clock decides between kernels that can all run a step, and only between those.
#include "compile/tune.h"

#include <gtest/gtest.h>

#include <chrono>

#include "compile/quantized_maker.h"

namespace hedge::compile {
namespace {

using program::BoundStep;
using program::Candidate;
using program::Operands;
using program::StepView;
using tensor::TensorType;

/// A kernel that takes so long, and nothing else.
class Takes final : public Candidate {
 public:
  Takes(std::string_view name, std::chrono::microseconds time, kernel::IsaSet needs = {})
      : name_(name), time_(time), needs_(needs) {}
  std::string_view name() const override { return name_; }
  kernel::IsaSet needs() const override { return needs_; }
  std::string declines(const StepView&) const override { return ""; }
  base::Result<std::unique_ptr<BoundStep>> bind(const StepView&, const Operands&) const override {
    struct Wait final : BoundStep {
      explicit Wait(std::chrono::microseconds time) : time(time) {}
      base::Status run(kernel::Slice, std::span<std::byte>) const override {
        for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
        }
        return {};
      }
      std::chrono::microseconds time;
    };
    return std::make_unique<Wait>(time_);
  }

 private:
  std::string_view name_;
  std::chrono::microseconds time_;
  kernel::IsaSet needs_;
};

const Candidate* choose(Tuner& tuner, std::vector<const Candidate*> able, std::int64_t size = 8) {
  op::Attributes attributes;
  const std::vector<TensorType> types{{DType::kU8, Shape{size}}};
  const std::vector<const Tensor*> constants{nullptr};
  return tuner.fastest({op::kHedgeDomain, "QTable", 1, attributes, types, constants, types}, able);
}

using std::chrono::microseconds;
const Takes kQuick("quick", microseconds(1)), kSlow("slow", microseconds(200)), kReference("ref", microseconds(0));

TEST(Tuner, TheFastestWins) {
  Tuner tuner;
  EXPECT_EQ(choose(tuner, {&kSlow, &kQuick}), &kQuick);
  EXPECT_EQ(choose(tuner, {&kQuick, &kSlow}), &kQuick);
  EXPECT_EQ(tuner.report().timed, 2);
  EXPECT_EQ(tuner.report().changed, 1);
  EXPECT_LT(tuner.report().after_us, tuner.report().before_us);
}

TEST(Tuner, TheReferenceAndWhatThisMachineLacksAreNotTimed) {
  Tuner tuner;
  const kernel::IsaSet other{~kernel::detect_isa().bits};
  const Takes elsewhere("elsewhere", microseconds(0), other);
  EXPECT_EQ(choose(tuner, {&kSlow, &elsewhere, &kReference}), &kSlow);
  EXPECT_EQ(choose(tuner, {&elsewhere, &kQuick, &kSlow}), &elsewhere)
      << "a program for another machine keeps its order";
  EXPECT_EQ(tuner.report().timed, 0);
}

TEST(Tuner, EqualStepsAreTimedOnce) {
  Tuner tuner;
  EXPECT_EQ(choose(tuner, {&kSlow, &kQuick}), &kQuick);
  const double once = tuner.report().after_us;
  EXPECT_EQ(choose(tuner, {&kSlow, &kQuick}), &kQuick);
  EXPECT_EQ(tuner.report().after_us, 2 * once);
  EXPECT_EQ(choose(tuner, {&kSlow, &kQuick}, 16), &kQuick);
  EXPECT_EQ(tuner.report().timed, 3);
}

TEST(Tuner, ACompiledProgramIsTunedWhereSeveralKernelsCan) {
  QuantizedMaker m;
  m.graph.outputs = {m.quantize(m.conv(m.input({1, 16, 12, 12}), {.out = 24}))};
  const CompileOptions plain{.isa = kernel::detect_isa()};
  CompileOptions tuned = plain;
  tuned.tune = true;
  int timed = 0;
  tuned.after_tuning = [&](const TuneReport& report) { timed = report.timed; };
  const auto a = compile(m.graph, plain), b = compile(m.graph, tuned);
  ASSERT_TRUE(a.has_value() && b.has_value());
  ASSERT_EQ(a->steps.size(), b->steps.size());
  if (plain.isa.has(kernel::Isa::kAvx512)) EXPECT_GT(timed, 0);
}

}  // namespace
}  // namespace hedge::compile
