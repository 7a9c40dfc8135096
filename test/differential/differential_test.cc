// The engine against the interpreter on random graphs. A failure prints its seed and the first pass after which the
// interpreter no longer agrees; HEDGE_SEED=<seed> HEDGE_GRAPHS=1 repeats it, larger counts go longer.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "differential/random_graph.h"
#include "graph/interpreter.h"
#include "graph/print.h"
#include "graph/verify.h"
#include "support/engine_runner.h"

namespace hedge {
namespace {

using compile::CompileOptions;
using tensor::Tensor;

constexpr double kTolerance = 1e-4;  ///< of the largest magnitude, or of 1

std::uint64_t number_from_environment(const char* name, std::uint64_t fallback) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : fallback;
}
std::uint64_t first_seed() { return number_from_environment("HEDGE_SEED", 1); }
std::uint64_t graph_count(std::uint64_t fallback) { return number_from_environment("HEDGE_GRAPHS", fallback); }

/// What is wrong with `actual`; empty if nothing.
std::string difference(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  if (actual.size() != expected.size()) return fmt::format("{} outputs, not {}", actual.size(), expected.size());
  for (std::size_t k = 0; k < actual.size(); ++k) {
    if (!(actual[k].type() == expected[k].type()))
      return fmt::format("output {} is {}, not {}", k, actual[k].type().to_string(), expected[k].type().to_string());
    const auto a = actual[k].as<float>(), b = expected[k].as<float>();
    double largest = 1;
    for (const float value : b) largest = std::max(largest, std::abs(static_cast<double>(value)));
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!(std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])) <= kTolerance * largest))
        return fmt::format("output {}, element {} is {}, not {}", k, i, a[i], b[i]);
  }
  return {};
}

/// The name of the first pass after which the interpreter disagrees.
std::string first_wrong_pass(const test::RandomGraph& random, CompileOptions options,
                             const std::vector<Tensor>& expected) {
  std::string found = "none: lowering, kernels or memory";
  options.after_pass = [&](const compile::PassReport& report, const graph::Graph& graph) {
    if (!found.starts_with("none")) return;
    const auto outputs = graph::interpret(graph, random.inputs);
    if (!outputs || !difference(*outputs, expected).empty())
      found = fmt::format("{}:\n{}", report.name, graph::print(graph));
  };
  (void)compile::optimize(random.graph, options);
  return found;
}

void expect_agreement(std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected,
                      const CompileOptions& options, int threads) {
  const auto actual = test::run_on_engine(random.graph, random.inputs, options, threads);
  const std::string problem = actual.has_value() ? difference(*actual, expected) : actual.error().message;
  EXPECT_TRUE(problem.empty()) << "HEDGE_SEED=" << seed << ": " << problem << "\n"
                               << graph::print(random.graph) << "first wrong after pass "
                               << first_wrong_pass(random, options, expected);
}

/// Calls check(seed, graph, expected) for each of `count` random graphs.
template <class Check>
void for_each_graph(std::uint64_t count, const Check& check) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + count && !testing::Test::HasFailure(); ++seed) {
    const test::RandomGraph random = test::random_graph(seed);
    const auto valid = graph::verify(random.graph);
    ASSERT_TRUE(valid.has_value()) << "HEDGE_SEED=" << seed << ": " << valid.error().message;
    const auto expected = graph::interpret(random.graph, random.inputs);
    ASSERT_TRUE(expected.has_value()) << "HEDGE_SEED=" << seed << ": " << expected.error().message;
    check(seed, random, *expected);
  }
}

TEST(Differential, EngineAgreesWithInterpreter) {
  for_each_graph(
      graph_count(1500), [](std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected) {
        expect_agreement(seed, random, expected, {.isa = kernel::detect_isa()}, 1 + static_cast<int>(seed % 2));
      });
}

TEST(Differential, EveryInstructionSetAgrees) {
  for (const kernel::Isa isa : {kernel::Isa::kAvx2, kernel::Isa::kAvx512}) {
    kernel::IsaSet set;
    set.add(isa);
    if (!kernel::detect_isa().contains(set)) continue;
    for_each_graph(graph_count(200),
                   [&](std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected) {
                     expect_agreement(seed, random, expected, {.isa = set}, 1);
                   });
  }
  for_each_graph(graph_count(200),
                 [](std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected) {
                   expect_agreement(seed, random, expected, {}, 1);  // references alone
                 });
}

TEST(Differential, EveryPassLeavesAnEqualGraph) {
  for_each_graph(
      graph_count(200), [](std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected) {
        EXPECT_EQ(first_wrong_pass(random, {}, expected), "none: lowering, kernels or memory") << "HEDGE_SEED=" << seed;
      });
}

TEST(Differential, AnyPassCanBeSwitchedOff) {
  for (const compile::Pass& pass : compile::passes())
    for_each_graph(graph_count(60),
                   [&](std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected) {
                     SCOPED_TRACE(fmt::format("without {}", pass.name));
                     expect_agreement(seed, random, expected,
                                      {.isa = kernel::detect_isa(), .disabled_passes = {std::string(pass.name)}}, 1);
                   });
}

/// Bands wherever there is a chain, of one row to all: the same bits as without them.
TEST(Differential, ChainsByBandsOfRowsAgree) {
  for_each_graph(graph_count(600), [](std::uint64_t seed, const test::RandomGraph& random,
                                      const std::vector<Tensor>& expected) {
    const compile::BandLimits limits{.between_min = 0, .buffers_max = 1u << (8 + seed % 10), .weights_max = 1 << 20};
    const CompileOptions banded{.isa = kernel::detect_isa(), .bands = limits};
    expect_agreement(seed, random, expected, banded, 1 + static_cast<int>(seed % 3));
    const auto bands = test::run_on_engine(random.graph, random.inputs, banded, 1);
    const auto whole = test::run_on_engine(random.graph, random.inputs, {.isa = kernel::detect_isa()}, 1);
    ASSERT_TRUE(bands.has_value() && whole.has_value());
    for (std::size_t k = 0; k < whole->size(); ++k)
      EXPECT_TRUE(std::ranges::equal((*bands)[k].bytes(), (*whole)[k].bytes())) << "HEDGE_SEED=" << seed;
  });
}

/// Joined and sliced in place, with bands on top: the same bits as by copies.
TEST(Differential, ViewsAgreeWithCopies) {
  int removed = 0;
  for_each_graph(graph_count(400), [&](std::uint64_t seed, const test::RandomGraph& random,
                                       const std::vector<Tensor>&) {
    const compile::BandLimits limits{.between_min = 0, .buffers_max = 1u << (8 + seed % 10), .weights_max = 1 << 20};
    const auto viewed = compile::compile(random.graph, {.isa = kernel::detect_isa(), .bands = limits});
    const auto copied = compile::compile(random.graph, {.isa = kernel::detect_isa(), .disabled_passes = {"views"}});
    ASSERT_TRUE(viewed.has_value() && copied.has_value());
    removed += static_cast<int>(copied->steps.size()) - static_cast<int>(viewed->steps.size());
    const auto actual = test::run_program(*viewed, random.inputs, 1 + static_cast<int>(seed % 3));
    const auto expected = test::run_program(*copied, random.inputs);
    ASSERT_TRUE(actual.has_value()) << "HEDGE_SEED=" << seed << ": " << actual.error().message;
    ASSERT_TRUE(expected.has_value());
    for (std::size_t k = 0; k < expected->size(); ++k)
      EXPECT_TRUE(std::ranges::equal((*actual)[k].bytes(), (*expected)[k].bytes()))
          << "HEDGE_SEED=" << seed << ", output " << k << "\n"
          << graph::print(*compile::optimize(random.graph, {.isa = kernel::detect_isa()}));
  });
  if (std::getenv("HEDGE_SEED") == nullptr) EXPECT_GT(removed, 50) << "too few joins and slices vanish";
}

TEST(Differential, MemoryThatIsNeverReusedHoldsTheSameResults) {
  for_each_graph(graph_count(200),
                 [](std::uint64_t seed, const test::RandomGraph& random, const std::vector<Tensor>& expected) {
                   expect_agreement(seed, random, expected, {.isa = kernel::detect_isa(), .keep_all_tensors = true}, 1);
                 });
}

}  // namespace
}  // namespace hedge
