// hedge conformance: tests in ONNX's own layout.
#include <map>

#include <nlohmann/json.hpp>

#include "graph/conformance.h"
#include "graph/interpreter.h"
#include "hedge/execute.h"
#include "hedge/model_options.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> directories;
  bool engine = false, reference = false, json = false;
};

/// A test itself, or all tests in a folder of tests.
std::vector<fs::path> tests_in(const fs::path& directory) {
  if (fs::exists(directory / "model.onnx")) return {directory};
  std::vector<fs::path> tests;
  for (const auto& entry : fs::directory_iterator(directory))
    if (fs::exists(entry.path() / "model.onnx")) tests.push_back(entry.path());
  std::ranges::sort(tests);
  return tests;
}

base::Result<int> run(const Options& options) {
  const compile::CompileOptions compile_with{.isa = TRY(kernel::usable_isa())};
  const graph::Executor on_engine = [&](const graph::Graph& graph, std::span<const tensor::Tensor> inputs) {
    return execute(graph, inputs, compile_with);
  };
  const graph::Executor interpreted = [](const graph::Graph& graph, std::span<const tensor::Tensor> inputs) {
    return graph::interpret(graph, inputs);
  };
  std::map<graph::Verdict, int> counts;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::string& directory : options.directories) {
    if (!fs::is_directory(directory)) return base::fail(base::ErrorKind::kNotFound, "{}: no such directory", directory);
    for (const fs::path& test : tests_in(directory)) {
      const auto result = options.engine ? graph::run_conformance_test(test, on_engine, {.static_types = true})
                                         : graph::run_conformance_test(test, interpreted);
      ++counts[result.verdict];
      if (options.json)
        rows.push_back({{"test", test.filename().string()},
                        {"verdict", graph::to_string(result.verdict)},
                        {"reason", result.reason}});
      else if (result.verdict != graph::Verdict::kPass)
        fmt::print("{:<12} {}: {}\n", graph::to_string(result.verdict), test.filename().string(), result.reason);
    }
  }
  if (options.json)
    fmt::print("{}\n", rows.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  else
    fmt::print("{} pass, {} unsupported, {} wrong ({})\n", counts[graph::Verdict::kPass],
               counts[graph::Verdict::kUnsupported], counts[graph::Verdict::kWrong],
               options.engine ? "engine" : "reference");
  return counts[graph::Verdict::kWrong] > 0 ? kFailed : kOk;
}

}  // namespace

void add_conformance(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "conformance", "run tests in ONNX's layout (model.onnx, test_data_set_k)",
                                     "hedge conformance --engine /usr/share/libonnx-testdata/data/node");
  command->add_option("directories", options->directories, "a test, or a folder of tests")->required();
  auto* engine = command->add_flag("--engine", options->engine, "through the compiler and the engine");
  command->add_flag("--reference", options->reference, "through the reference interpreter (default)")->excludes(engine);
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
