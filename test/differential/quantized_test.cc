// Quantized models: the integer engine against the interpreter, which computes the same graph in floats, and against
// itself under other instruction sets, where exact outputs are the same bits. HEDGE_SEED and HEDGE_GRAPHS as in
// differential_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "differential/quantized_graph.h"
#include "graph/interpreter.h"
#include "graph/print.h"
#include "graph/verify.h"
#include "program/exactness.h"
#include "support/engine_runner.h"

namespace hedge {
namespace {

using program::Exactness;
using tensor::DType;
using tensor::Tensor;

std::uint64_t number_from_environment(const char* name, std::uint64_t fallback) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : fallback;
}

template <class Check>
void for_each_graph(std::uint64_t count, int steps, const Check& check) {
  const std::uint64_t first = number_from_environment("HEDGE_SEED", 1);
  for (std::uint64_t seed = first; seed < first + number_from_environment("HEDGE_GRAPHS", count); ++seed) {
    const test::RandomGraph random = test::random_quantized_graph(seed, steps);
    SCOPED_TRACE(fmt::format("HEDGE_SEED={}", seed));
    const auto valid = graph::verify(random.graph);
    ASSERT_TRUE(valid.has_value()) << valid.error().message;
    check(random);
    if (testing::Test::HasFailure()) return;
  }
}

/// The sets of instructions that this CPU has, each of which brings other kernels.
std::vector<kernel::IsaSet> usable_sets() {
  std::vector<kernel::IsaSet> sets{{}};
  kernel::IsaSet set;
  for (const kernel::Isa isa : {kernel::Isa::kAvx2, kernel::Isa::kAvxVnni, kernel::Isa::kAvx512,
                                kernel::Isa::kAvx512Vnni, kernel::Isa::kAvx512Vbmi}) {
    if (!kernel::detect_isa().has(isa)) continue;
    set.add(isa);
    sets.push_back(set);
  }
  return sets;
}

// An engine of this machine on a weaker one: packed anew from what is inside, it answers the same bits.
TEST(Quantized, RepackedEnginesAnswerTheSameBits) {
  for_each_graph(60, 0, [&](const test::RandomGraph& random) {
    auto compiled = compile::compile(random.graph, {.isa = kernel::detect_isa()});
    ASSERT_TRUE(compiled.has_value()) << compiled.error().message;
    const std::vector<Exactness> exactness = program::output_exactness(*compiled);
    const auto expected = test::run_program(*compiled, random.inputs);
    ASSERT_TRUE(expected.has_value()) << expected.error().message;
    for (const kernel::IsaSet here : usable_sets()) {
      program::Program program = *compiled;
      const auto repacked = program::repack(program, here);
      ASSERT_TRUE(repacked.has_value()) << repacked.error().message;
      EXPECT_EQ(program::output_exactness(program), exactness);
      const auto outputs = test::run_program(std::move(program), random.inputs);
      ASSERT_TRUE(outputs.has_value()) << outputs.error().message;
      for (std::size_t k = 0; k < expected->size(); ++k)
        if (exactness[k] == Exactness::kExact)
          EXPECT_TRUE(std::ranges::equal((*outputs)[k].bytes(), (*expected)[k].bytes()))
              << "output " << k << ", " << program::to_string(*repacked);
    }
  });
}

TEST(Quantized, ExactOutputsAreTheSameBitsForAllInstructionsAndThreads) {
  int exact = 0;
  for_each_graph(200, 0, [&](const test::RandomGraph& random) {
    std::vector<Tensor> expected;
    std::vector<Exactness> exactness;
    for (const kernel::IsaSet isa : usable_sets())
      for (const int threads : {1, 2}) {
        if (isa == kernel::IsaSet{} && threads == 2) continue;  // references run on one
        const auto program = compile::compile(random.graph, {.isa = isa});
        ASSERT_TRUE(program.has_value()) << program.error().message;
        const auto outputs = test::run_on_engine(random.graph, random.inputs, {.isa = isa}, threads);
        ASSERT_TRUE(outputs.has_value()) << outputs.error().message;
        if (expected.empty()) {
          expected = *outputs;
          exactness = program::output_exactness(*program);
          exact += static_cast<int>(std::ranges::count(exactness, Exactness::kExact));
          continue;
        }
        EXPECT_EQ(program::output_exactness(*program), exactness) << "what is exact depends on the machine";
        for (std::size_t k = 0; k < expected.size(); ++k)
          if (exactness[k] == Exactness::kExact)
            EXPECT_TRUE(std::ranges::equal((*outputs)[k].bytes(), expected[k].bytes()))
                << "output " << k << " with " << kernel::to_string(isa) << " on " << threads << " threads\n"
                << graph::print(*compile::optimize(random.graph, {.isa = isa}));
      }
  });
  if (std::getenv("HEDGE_SEED") == nullptr) EXPECT_GT(exact, 100) << "too few outputs say anything";
}

/// A program compiled for `isa` gives the expected bits on one thread and on two, and packed anew for the references
/// those that are exact.
void expect_answers(program::Program program, const test::RandomGraph& random, const std::vector<Tensor>& expected,
                    kernel::IsaSet isa) {
  const std::vector<Exactness> exactness = program::output_exactness(program);
  for (const bool anew : {false, true}) {
    if (anew) ASSERT_TRUE(program::repack(program, {}).has_value());
    for (const int threads : {1, 2}) {
      const auto outputs = test::run_program(program, random.inputs, threads);
      ASSERT_TRUE(outputs.has_value()) << outputs.error().message;
      for (std::size_t k = 0; k < expected.size(); ++k)
        if (!anew || exactness[k] == Exactness::kExact)
          EXPECT_TRUE(std::ranges::equal((*outputs)[k].bytes(), expected[k].bytes()))
              << "output " << k << " with " << kernel::to_string(isa) << " on " << threads << " threads\n"
              << graph::print(*compile::optimize(random.graph, {.isa = isa}));
    }
  }
}

// By bands wherever there is a chain: the same bits, and where the engine is packed anew the same bytes.
TEST(Quantized, ChainsByBandsOfRowsGiveTheSameBits) {
  int chains = 0;
  for (const kernel::IsaSet isa : usable_sets())
    for_each_graph(60, 0, [&](const test::RandomGraph& random) {
      const compile::BandLimits limits{.between_min = 0, .buffers_max = 2048, .weights_max = 1 << 20};
      const auto whole = test::run_on_engine(random.graph, random.inputs, {.isa = isa}, 1);
      auto program = compile::compile(random.graph, {.isa = isa, .bands = limits});
      ASSERT_TRUE(whole.has_value() && program.has_value());
      chains += static_cast<int>(program->bands.size());
      expect_answers(std::move(*program), random, *whole, isa);
    });
  if (std::getenv("HEDGE_SEED") == nullptr) EXPECT_GT(chains, 5) << "too few chains say anything";
}

// Joined and sliced in place: the same bits as by copies, whatever kernels the engine is packed anew for.
TEST(Quantized, ViewsGiveTheSameBits) {
  int parts = 0, apart = 0, removed = 0;
  for (const kernel::IsaSet isa : usable_sets())
    for_each_graph(200, 0, [&](const test::RandomGraph& random) {
      const auto copied = compile::compile(random.graph, {.isa = isa, .disabled_passes = {"views"}});
      auto program = compile::compile(random.graph, {.isa = isa});
      ASSERT_TRUE(copied.has_value() && program.has_value());
      const auto expected = test::run_program(*copied, random.inputs);
      ASSERT_TRUE(expected.has_value()) << expected.error().message;
      removed += static_cast<int>(copied->steps.size()) - static_cast<int>(program->steps.size());
      for (const program::ProgramTensor& tensor : program->tensors) {
        apart += tensor.pitch != 0 ? 1 : 0;
        parts += tensor.place == program::Place::kArena && tensor.offset % 64 != 0 ? 1 : 0;
      }
      EXPECT_EQ(program::output_exactness(*program), program::output_exactness(*copied));
      expect_answers(std::move(*program), random, *expected, isa);
    });
  if (std::getenv("HEDGE_SEED") == nullptr) {
    EXPECT_GT(removed, 50) << "too few joins and slices vanish";
    EXPECT_GT(parts, 50) << "too few parts say anything";
    EXPECT_GT(apart, 5) << "too few rows lie apart";
  }
}

/// Elements that differ, in the unit in which they may: bytes in steps, reals in 1/127 of the largest magnitude.
std::vector<double> differences(const Tensor& actual, const Tensor& expected) {
  std::vector<double> result;
  if (expected.dtype() == DType::kF32) {
    double largest = 1e-3;
    for (const float x : expected.as<float>()) largest = std::max(largest, std::abs(static_cast<double>(x)));
    for (std::size_t k = 0; k < expected.as<float>().size(); ++k)
      result.push_back(
          std::abs(static_cast<double>(actual.as<float>()[k]) - static_cast<double>(expected.as<float>()[k])) * 127 /
          largest);
  } else {
    for (std::size_t k = 0; k < expected.bytes().size(); ++k)
      result.push_back(std::abs(std::to_integer<int>(actual.bytes()[k]) - std::to_integer<int>(expected.bytes()[k])));
  }
  return result;
}

// A sum of the interpreter is rounded in every term, one of ours not at all, so a value near the middle of two steps
// may fall to either; and what an operator after it makes of one step is that operator's business. Hence: of all
// elements of an output, nearly all within one step, on the average far less.
TEST(Quantized, EngineAgreesWithInterpreter) {
  for_each_graph(400, 3, [&](const test::RandomGraph& random) {
    const auto expected = graph::interpret(random.graph, random.inputs);
    ASSERT_TRUE(expected.has_value()) << expected.error().message;
    const auto actual = test::run_on_engine(random.graph, random.inputs, {.isa = kernel::detect_isa()}, 2);
    ASSERT_TRUE(actual.has_value()) << actual.error().message;
    for (std::size_t k = 0; k < expected->size(); ++k) {
      ASSERT_EQ((*actual)[k].type(), (*expected)[k].type());
      const std::vector<double> errors = differences((*actual)[k], (*expected)[k]);
      const auto count = static_cast<double>(errors.size());
      const auto beyond = static_cast<double>(std::ranges::count_if(errors, [](double e) { return !(e <= 1.01); }));
      double mean = 0;
      for (const double error : errors) mean += error / count;
      const bool near = beyond <= 1 + count * 0.01 && mean <= 0.1 + 2 / count;
      EXPECT_TRUE(near) << "output " << k << ": " << beyond << " of " << count << " beyond a step, mean " << mean
                        << "\n"
                        << graph::print(random.graph) << "\n"
                        << graph::print(*compile::optimize(random.graph, {}));
    }
  });
}

}  // namespace
}  // namespace hedge
