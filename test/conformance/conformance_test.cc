// ONNX's own backend tests through the interpreter and through the compiled engine. The status of each is a checked-in
// table: what passes must go on passing, and nothing may be wrong. HEDGE_CONFORMANCE_UPDATE=1 writes the table anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "graph/conformance.h"
#include "graph/interpreter.h"
#include "support/engine_runner.h"

namespace hedge {
namespace {

namespace fs = std::filesystem;
using graph::Verdict;

constexpr const char* kTable = "test/conformance/node_status.tsv";
constexpr const char* kGroups[] = {"node", "simple", "pytorch-converted", "pytorch-operator"};
constexpr int kNodePassesMin = 600;

fs::path test_data() {
  const char* given = std::getenv("HEDGE_ONNX_TESTS");
  return given != nullptr ? given : "/usr/share/libonnx-testdata/data";  // Debian's libonnx-testdata
}

struct Row {
  std::string reference, engine;
  bool operator==(const Row&) const = default;
};
using Table = std::map<std::string, Row>;

Table read_table() {
  Table table;
  std::ifstream file(kTable);
  std::string name, reference, engine;
  while (file >> name >> reference >> engine) table[name] = {reference, engine};
  return table;
}

void write_table(const Table& table) {
  std::ofstream file(kTable);
  for (const auto& [name, row] : table) file << name << '\t' << row.reference << '\t' << row.engine << '\n';
}

TEST(Conformance, EveryBackendTestHasItsCheckedInStatus) {
  if (!fs::exists(test_data()))
    GTEST_SKIP() << test_data() << " is not here: install libonnx-testdata or set HEDGE_ONNX_TESTS";
  const compile::CompileOptions options{.isa = kernel::detect_isa()};
  Table actual;
  int node_passes = 0;
  for (const char* group : kGroups) {
    if (!fs::exists(test_data() / group)) continue;
    for (const auto& entry : fs::directory_iterator(test_data() / group)) {
      const auto reference = graph::run_conformance_test(
          entry.path(), [](const graph::Graph& graph, std::span<const tensor::Tensor> inputs) {
            return graph::interpret(graph, inputs);
          });
      const auto engine =
          graph::run_conformance_test(entry.path(),
                                      [&](const graph::Graph& graph, std::span<const tensor::Tensor> inputs) {
                                        return test::run_on_engine(graph, inputs, options);
                                      },
                                      {.static_types = true});
      const std::string name = std::string(group) + "/" + entry.path().filename().string();
      EXPECT_NE(reference.verdict, Verdict::kWrong) << name << " by the interpreter: " << reference.reason;
      EXPECT_NE(engine.verdict, Verdict::kWrong) << name << " by the engine: " << engine.reason;
      actual[name] = {to_string(reference.verdict), to_string(engine.verdict)};
      if (std::string_view(group) == "node" && reference.verdict == Verdict::kPass) ++node_passes;
    }
  }
  if (std::getenv("HEDGE_CONFORMANCE_UPDATE") != nullptr) write_table(actual);
  const Table expected = read_table();
  for (const auto& [name, row] : actual) {
    const auto known = expected.find(name);
    if (known == expected.end()) continue;  // a newer test data package
    EXPECT_EQ(row.reference, known->second.reference) << name << " by the interpreter";
    EXPECT_EQ(row.engine, known->second.engine) << name << " by the engine";
  }
  EXPECT_GE(node_passes, kNodePassesMin);
}

}  // namespace
}  // namespace hedge
