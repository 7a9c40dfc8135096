// hedge infer: one inference on tensors from files.
#include "base/file.h"
#include "format/npy.h"
#include "graph/tensor_proto.h"
#include "hedge/execute.h"
#include "hedge/model_options.h"
#include "hedge/tensor_file.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  ModelOptions model;
  std::vector<std::string> inputs;
  std::string output;
  std::string format = "npy";
};

base::Result<int> run(const Options& options) {
  engine::Engine engine = TRY(open_engine(options.model));
  std::vector<tensor::Tensor> inputs(engine.inputs().size());
  for (const std::string& text : options.inputs) {
    const std::size_t at = text.rfind('=');
    const std::string name = at == std::string::npos ? "" : text.substr(0, at);
    const auto port = std::ranges::find(engine.inputs(), name, &engine::Port::name);
    if (port == engine.inputs().end()) {
      std::string names;
      for (const engine::Port& known : engine.inputs()) names += " " + known.name;
      return base::fail(base::ErrorKind::kUsage, "--input {}: write NAME=file.npy with one of:{}", text, names);
    }
    inputs[static_cast<std::size_t>(port - engine.inputs().begin())] =
        TRY(read_tensor_file(text.substr(at + 1))).tensor;
  }
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (inputs[k].dtype() == tensor::DType::kUndefined)
      return base::fail(base::ErrorKind::kUsage, "input '{}' ({}) is not given: --input {}=file.npy",
                        engine.inputs()[k].name, engine.inputs()[k].type.to_string(), engine.inputs()[k].name);
  const auto outputs = TRY(execute(engine, inputs));
  std::error_code error;
  fs::create_directories(options.output, error);
  if (error) return base::fail(base::ErrorKind::kIo, "{}: {}", options.output, error.message());
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    std::string name = engine.outputs()[k].name;
    std::ranges::replace(name, '/', '_');
    const fs::path path = fs::path(options.output) / (name + "." + options.format);
    TRY(base::write_file(
        path, std::span<const std::byte>(options.format == "pb"
                                             ? graph::serialize_tensor_pb(engine.outputs()[k].name, outputs[k])
                                             : format::encode_npy(outputs[k]))));
    fmt::print("{}: {}\n", path.string(), outputs[k].type().to_string());
  }
  return kOk;
}

}  // namespace

void add_infer(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "infer", "one inference on tensors from .npy or ONNX .pb files",
                                     "hedge infer model.onnx --input images=x.npy --output out");
  add_model_options(*command, options->model, true);
  command->add_option("--input", options->inputs, "NAME=file.npy or NAME=file.pb (repeatable)")->required();
  command->add_option("--output", options->output, "folder for the outputs")->required();
  command->add_option("--format", options->format, "of the outputs")
      ->check(CLI::IsMember({"npy", "pb"}))
      ->capture_default_str();
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
