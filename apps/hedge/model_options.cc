#include "hedge/model_options.h"

#include <charconv>
#include <filesystem>

#include "base/affinity.h"
#include "base/file.h"
#include "format/engine_file.h"

namespace hedge::app {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

/// "NAME=VALUE" -> both.
Result<std::pair<std::string, std::string>> split(const std::string& text, const char* option) {
  const std::size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0) return fail(ErrorKind::kUsage, "{} {}: write NAME=VALUE", option, text);
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

template <class T>
Result<std::vector<T>> numbers(const std::string& text, char separator, const char* option) {
  std::vector<T> list;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    T value{};
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || (next != end && *next != separator))
      return fail(ErrorKind::kUsage, "{} ...={}: not a list of numbers", option, text);
    list.push_back(value);
    at = next == end ? end : next + 1;
  }
  if (list.empty()) return fail(ErrorKind::kUsage, "{}: no value given", option);
  return list;
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options, bool with_engine) {
  command.add_option("model", options.model, "an .onnx model or a .hedge engine file")->required();
  command.add_option("--shape", options.shapes, "static shape of an input, NAME=1x3x224x224 (repeatable)");
  command.add_option("--freeze", options.freezes, "make an input a constant, NAME=16000 or NAME=1,2,3 (repeatable)");
  command.add_option("--disable-pass", options.disabled_passes, "switch a compiler pass off by name (repeatable)");
  if (with_engine)
    command.add_option("--threads", options.engine.threads, "threads of the engine")->capture_default_str();
}

void add_placement_options(CLI::App& command, ModelOptions& options) {
  engine::MemoryOptions& memory = options.engine.memory;
  command.add_option("--pin", options.engine.cores, "a core for each thread, as in 0,1: they stay there")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--huge-pages,!--no-huge-pages", memory.huge_pages, "weights, arena and scratch in huge pages");
  command.add_flag("--prefault,!--no-prefault", memory.prefault,
                   "bring all pages in before the first inference (default)");
  command.add_flag("--lock-memory", memory.lock, "lock weights, arena and scratch into memory (mlock)");
}

Status pin_caller(const ModelOptions& options) {
  const std::vector<int>& cores = options.engine.cores;
  if (cores.empty() || base::keep_this_thread_on({cores.data(), 1})) return {};
  return fail(ErrorKind::kUnavailable, "--pin: the kernel refuses core {}", cores[0]);
}

bool is_onnx(const std::string& path) { return std::filesystem::path(path).extension() == ".onnx"; }

Result<graph::ImportOptions> import_options(const ModelOptions& options) {
  graph::ImportOptions result;
  for (const std::string& text : options.shapes) {
    const auto [name, value] = TRY(split(text, "--shape"));
    result.shapes[name] = TRY(tensor::Shape::create(TRY(numbers<std::int64_t>(value, 'x', "--shape"))));
  }
  for (const std::string& text : options.freezes) {
    const auto [name, value] = TRY(split(text, "--freeze"));
    const auto list = TRY(numbers<double>(value, ',', "--freeze"));
    const tensor::Shape shape =
        list.size() == 1 ? tensor::Shape{} : tensor::Shape{static_cast<std::int64_t>(list.size())};
    result.freezes.insert_or_assign(name, tensor::Tensor::of<double>(shape, std::span<const double>(list)));
  }
  return result;
}

Result<graph::Graph> import_model(const ModelOptions& options) {
  if (!is_onnx(options.model)) return fail(ErrorKind::kUsage, "{}: this command needs the .onnx model", options.model);
  const graph::ImportOptions import = TRY(import_options(options));
  return graph::import_onnx_file(options.model, import);
}

Result<compile::CompileOptions> compile_options(const ModelOptions& options) {
  compile::CompileOptions result{.isa = TRY(kernel::usable_isa())};
  result.disabled_passes.insert(options.disabled_passes.begin(), options.disabled_passes.end());
  result.provenance.model_name = std::filesystem::path(options.model).filename().string();
  result.provenance.compiler_version = HEDGE_VERSION;
  for (const auto& [option, list] : {std::pair("--shape", &options.shapes), std::pair("--freeze", &options.freezes),
                                     std::pair("--disable-pass", &options.disabled_passes)})
    for (const std::string& value : *list)
      result.provenance.command += fmt::format("{}{} {}", result.provenance.command.empty() ? "" : " ", option, value);
  return result;
}

Result<engine::Engine> open_engine(const ModelOptions& options) {
  if (!is_onnx(options.model)) return engine::Engine::load(options.model, options.engine);
  graph::Graph graph = TRY(import_model(options));
  const compile::CompileOptions compile = TRY(compile_options(options));
  auto program = compile::compile(std::move(graph), compile);
  if (!program) return base::in_context(program.error(), options.model);
  return engine::Engine::create(std::move(*program), options.engine);
}

std::string portability(const program::Program& program) {
  const std::string needs = kernel::to_string(program.required_isa);
  if (!program.portable) return fmt::format("not portable: machines without {} refuse it", needs);
  const std::size_t bytes = format::portable_bytes(program);
  return fmt::format(
      "portable: machines without {} pack the weights anew; costs {} bytes ({:.3f} % of the weights)", needs, bytes,
      100.0 * static_cast<double>(bytes) / static_cast<double>(std::max<std::uint64_t>(1, program.weights_bytes)));
}

Result<pipeline::Card> find_card(const ModelOptions& options, const std::string& given) {
  if (!given.empty()) return pipeline::load_card(given);
  const std::filesystem::path beside = pipeline::card_path_for(options.model);
  if (std::filesystem::exists(beside)) return pipeline::load_card(beside);
  if (!is_onnx(options.model)) {
    const format::EngineFile file = TRY(format::open_engine_file(options.model));
    if (!file.card.empty())
      return pipeline::parse_card(file.card, options.model + " (its card)",
                                  std::filesystem::path(options.model).parent_path());
  }
  return fail(ErrorKind::kNotFound, "{} has no card: write {} (docs/formats/card.md) or give --card", options.model,
              beside.string());
}

}  // namespace hedge::app
