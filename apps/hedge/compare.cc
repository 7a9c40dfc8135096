// hedge compare: the engine against the reference interpreter and, where its Python package is there, ONNX Runtime.
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "format/npy.h"
#include "graph/interpreter.h"
#include "hedge/execute.h"
#include "hedge/model_options.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using tensor::Tensor;

struct Options {
  ModelOptions model;
  double tolerance = 1e-3;
  bool layers = false, json = false, no_peer = false;
};

/// Largest difference over the largest magnitude; 0 for what is not f32 but equal, infinity for what is not.
double relative_error(const Tensor& a, const Tensor& b) {
  if (!(a.type() == b.type())) return std::numeric_limits<double>::infinity();
  if (a.dtype() != tensor::DType::kF32)
    return std::ranges::equal(a.bytes(), b.bytes()) ? 0 : std::numeric_limits<double>::infinity();
  double worst = 0, largest = 1e-30;
  for (std::size_t k = 0; k < a.as<float>().size(); ++k) {
    worst = std::max(worst, std::abs(static_cast<double>(a.as<float>()[k]) - static_cast<double>(b.as<float>()[k])));
    largest = std::max(largest, std::abs(static_cast<double>(b.as<float>()[k])));
  }
  return worst / largest;
}

std::vector<Tensor> random_inputs(const graph::Graph& graph) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<Tensor> inputs;
  for (const graph::ValueId id : graph.inputs) {
    inputs.emplace_back(graph.value(id).type);
    if (inputs.back().dtype() == tensor::DType::kF32)
      for (float& value : inputs.back().as<float>()) value = uniform(random);
  }
  return inputs;
}

/// ONNX Runtime in a Python process of its own; nothing where it cannot run.
std::optional<std::vector<Tensor>> onnx_runtime(const Options& options, const graph::Graph& graph,
                                                const std::vector<Tensor>& inputs) {
  if (!options.model.freezes.empty() || std::system("python3 -c 'import onnxruntime' >/dev/null 2>&1") != 0)
    return std::nullopt;
  char folder[] = "/tmp/hedge-compare-XXXXXX";
  if (mkdtemp(folder) == nullptr) return std::nullopt;
  const fs::path directory = folder;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    (void)base::write_file(directory / fmt::format("in{}.npy", k),
                           std::span<const std::byte>(format::encode_npy(inputs[k])));
  (void)base::write_file(
      directory / "run.py",
      std::string_view(
          "import sys, numpy, onnxruntime\n"
          "session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])\n"
          "feeds = {p.name: numpy.load(f'{sys.argv[2]}/in{k}.npy') for k, p in enumerate(session.get_inputs())}\n"
          "for k, y in enumerate(session.run(None, feeds)): numpy.save(f'{sys.argv[2]}/out{k}.npy', y)\n"));
  // The model's path goes through the environment, so that no character of it is read by the shell.
  setenv("HEDGE_COMPARE_MODEL", options.model.model.c_str(), 1);
  const bool ran =
      std::system(fmt::format("python3 {0}/run.py \"$HEDGE_COMPARE_MODEL\" {0} >/dev/null 2>&1", folder).c_str()) == 0;
  std::vector<Tensor> outputs;
  for (std::size_t k = 0; ran && k < graph.outputs.size(); ++k) {
    auto output = format::read_npy(directory / fmt::format("out{}.npy", k));
    if (output) outputs.push_back(std::move(*output));
  }
  std::error_code ignored;
  fs::remove_all(directory, ignored);
  return outputs.size() == graph.outputs.size() ? std::optional(std::move(outputs)) : std::nullopt;
}

base::Result<int> run(const Options& options) {
  graph::Graph graph = TRY(import_model(options.model));
  const std::vector<Tensor> inputs = random_inputs(graph);
  const std::vector<Tensor> reference = TRY(graph::interpret(graph, inputs));
  compile::CompileOptions compile_with = TRY(compile_options(options.model));
  compile_with.keep_all_tensors = options.layers;
  std::map<std::string, Tensor> layers;
  if (options.layers) {  // the same optimized graph, once by the interpreter
    const graph::Graph optimized = TRY(compile::optimize(graph, compile_with));
    (void)TRY(graph::interpret(optimized, inputs, {.observe = [&](const graph::Value& value, const Tensor& tensor) {
                                 layers[value.name] = tensor;
                               }}));
  }
  engine::Engine engine = TRY(engine::Engine::create(TRY(compile::compile(graph, compile_with)), options.model.engine));
  const std::vector<Tensor> actual = TRY(execute(engine, inputs));
  const auto peer = options.no_peer ? std::nullopt : onnx_runtime(options, graph, inputs);
  double worst = 0;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t k = 0; k < actual.size(); ++k) {
    const double error = relative_error(actual[k], reference[k]);
    worst = std::max(worst, error);
    nlohmann::ordered_json row = {{"output", engine.outputs()[k].name}, {"engine_reference", error}};
    std::string text = fmt::format("{:<24} engine/reference {:.2e}", engine.outputs()[k].name, error);
    if (peer) {
      const double beside = relative_error(actual[k], (*peer)[k]);
      worst = std::max(worst, beside);
      row["engine_onnxruntime"] = beside;
      text += fmt::format("  engine/onnxruntime {:.2e}", beside);
    }
    rows.push_back(row);
    if (!options.json) fmt::print("{}\n", text);
  }
  if (!peer && !options.json && !options.no_peer)
    fmt::print("ONNX Runtime's Python package is not there (or could not run it): compared with the reference only\n");
  for (std::size_t k = 0; options.layers && !options.json && k < engine.program().tensors.size(); ++k) {
    const auto known = layers.find(engine.program().tensors[k].name);
    if (engine.program().tensors[k].place == program::Place::kArena && known != layers.end())
      fmt::print("  {:<40} {:.2e}\n", known->first,
                 relative_error(Tensor::copy_of(engine.tensor(static_cast<int>(k))), known->second));
  }
  if (options.json) fmt::print("{}\n", rows.dump());
  return worst <= options.tolerance ? kOk : kFailed;
}

}  // namespace

void add_compare(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "compare", "engine against the reference interpreter and ONNX Runtime",
                                     "hedge compare model.onnx --layers");
  add_model_options(*command, options->model, true);
  command->add_option("--tolerance", options->tolerance, "largest relative error; exit code 1 above it")
      ->capture_default_str();
  command->add_flag("--layers", options->layers, "layer by layer");
  command->add_flag("--no-peer", options->no_peer, "do not look for ONNX Runtime");
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
