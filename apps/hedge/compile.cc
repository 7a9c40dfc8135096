// hedge compile: .onnx -> .hedge.
#include <malloc.h>

#include <chrono>

#include "base/file.h"
#include "format/engine_file.h"
#include "hedge/golden.h"
#include "hedge/model_options.h"

namespace hedge::app {
namespace {

constexpr const char* kDefaultGolden = "2";

struct Options {
  ModelOptions model;
  std::string output;
  std::string card;
  bool portable = true;
  std::string golden;  ///< empty: the default, which may fail
  std::optional<float> golden_tolerance;
  int level = 1;
};

/// Recorded here and now; a model that refuses noise gets none, unless they were asked for.
base::Result<format::GoldenCases> golden_cases(const Options& options, const program::Program& program,
                                               const std::optional<pipeline::Card>& card) {
  const bool asked = !options.golden.empty();
  auto cases = record_golden(
      program, {.source = asked ? options.golden : kDefaultGolden, .tolerance = options.golden_tolerance}, card);
  if (cases || asked) return cases;
  fmt::print(stderr, "hedge: no golden vectors inside ({}): give inputs with --golden DIR\n", cases.error().message);
  return format::GoldenCases();
}

/// Large blocks go back to the system when they are freed. By default glibc raises its own bound with each of them,
/// and the weights of a model, which change their form several times, leave holes: 497 MiB for ResNet-50, now 162.
void give_back_large_blocks() {
#if defined(__GLIBC__)
  constexpr int kBlockBytes = 256 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, kBlockBytes);
#endif
}

base::Result<int> run(const Options& options) {
  give_back_large_blocks();
  const auto begin = std::chrono::steady_clock::now();
  graph::Graph graph = TRY(import_model(options.model));
  compile::CompileOptions compile_with = TRY(compile_options(options.model));
  compile_with.tune = options.level == 2;
  compile_with.after_tuning = [](const compile::TuneReport& report) {
    fmt::print("tuned: {} of {} steps got another kernel, {:.0f} us of them became {:.0f}\n", report.changed,
               report.timed, report.before_us, report.after_us);
  };
  compile_with.portable = options.portable;
  auto program = compile::compile(std::move(graph), compile_with);
  if (!program) return base::in_context(program.error(), options.model.model);
  format::EngineFile file{.program = std::move(*program)};
  std::optional<pipeline::Card> card;
  const std::filesystem::path card_path =
      options.card.empty() ? pipeline::card_path_for(options.model.model) : std::filesystem::path(options.card);
  if (!options.card.empty() || std::filesystem::exists(card_path)) {
    card = TRY(pipeline::load_card(card_path));  // a card that does not parse must not ship inside an engine
    file.card = TRY(base::read_text_file(card_path));
  }
  file.golden = TRY(golden_cases(options, file.program, card));
  const std::string output = options.output.empty()
                                 ? std::filesystem::path(options.model.model).replace_extension(".hedge").string()
                                 : options.output;
  TRY(format::write_engine_file(output, file));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print("{}: {} steps, arena {:.1f} KiB, weights {:.1f} KiB, needs {}, {} golden vectors, {:.2f} s\n", output,
             file.program.steps.size(), static_cast<double>(file.program.arena_bytes) / 1024,
             static_cast<double>(file.program.weights_bytes) / 1024, kernel::to_string(file.program.required_isa),
             file.golden.size(), seconds);
  fmt::print("{}\n", portability(file.program));
  return kOk;
}

}  // namespace

void add_compile(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "compile", "compile an ONNX model into an engine file for this machine",
                                     "hedge compile models/person_vtest.onnx -o person.hedge");
  add_model_options(*command, options->model, false);
  command->add_option("-o,--output", options->output, "the .hedge file (default: beside the model)");
  command
      ->add_option("-O", options->level,
                   "1: kernels by the rules of the table; 2: by the clock of this machine, each step timed")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  command->add_option("--card", options->card, "the card to put inside (default: the .toml beside the model)");
  command->add_flag("--portable,!--no-portable", options->portable,
                    "other machines may pack the weights anew for their own kernels (default: they may)");
  command->add_option("--golden", options->golden,
                      "golden vectors for `hedge verify`: how many inputs of noise (default: 2; 0: none), or a folder "
                      "with test_data_set_k/input_k.pb or .npy files");
  command
      ->add_option("--golden-tolerance", options->golden_tolerance,
                   "relative error that verify allows where outputs cannot be exact (default: by their arithmetic)")
      ->check(CLI::Range(0.0f, 1.0f));
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
