// hedge quantize: FP32 -> INT8, measured before it is written.
#include <ctime>

#include "base/file.h"
#include "evaluate/agreement.h"
#include "evaluate/evaluate.h"
#include "evaluate/input_maker.h"
#include "evaluate/kept_samples.h"
#include "graph/onnx_export.h"
#include "hedge/model_options.h"
#include "hedge/progress_bar.h"
#include "hedge/quantize_report.h"

namespace hedge::app {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

struct Options {
  ModelOptions model;
  std::string card, calibration, evaluation, output, html, json_file;
  evaluate::DatasetOptions calibration_subset, evaluation_subset;
  double max_drop = 0.5;
  bool force = false, json = false, agreement = false;
};

/// The float model's answers, and how a quantized model is judged by them.
class Judge {
 public:
  Judge(const Options& options, const pipeline::Card& card, const evaluate::Dataset& dataset)
      : options_(options), card_(card), dataset_(dataset) {}

  Result<double> baseline(const graph::Graph& graph) {
    reference_ = TRY(answers(graph));
    return by_labels() ? reference_.headline->percent : 100.0;
  }
  std::string metric() const { return by_labels() ? reference_.headline->name : "agreement"; }
  /// Labels where there are some, else agreement with the float model.
  Result<double> measure(const graph::Graph& graph) {
    const evaluate::Evaluation evaluation = TRY(answers(graph));
    if (by_labels()) return evaluation.headline ? evaluation.headline->percent : 0.0;
    return TRY(evaluate::agreement(evaluation, reference_)).headline.percent;
  }

 private:
  bool by_labels() const { return reference_.headline.has_value() && !options_.agreement; }

  Result<evaluate::Evaluation> answers(const graph::Graph& graph) {
    engine::Engine engine = TRY(engine::Engine::create(
        TRY(compile::compile(graph, TRY(compile_options(options_.model)))), options_.model.engine));
    ProgressBar bar;
    evaluate::EvaluateOptions with;
    with.progress = [&](std::int64_t done, std::int64_t count) {
      bar.show(done, count);
      return true;
    };
    return evaluate::evaluate(engine, card_, dataset_, with);
  }

  const Options& options_;
  const pipeline::Card& card_;
  const evaluate::Dataset& dataset_;
  evaluate::Evaluation reference_;
};

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text, sizeof(text), "%Y-%m-%d", &parts);
  return text;
}

std::string command_of(const Options& options) {
  std::string command = fmt::format("hedge quantize {} --calibration {}", options.model.model, options.calibration);
  if (options.calibration_subset.limit > 0)
    command += fmt::format(" --calibration-limit {}", options.calibration_subset.limit);
  if (!options.evaluation.empty()) command += " --evaluate " + options.evaluation;
  if (options.agreement) command += " --agreement";
  return command + fmt::format(" --max-drop {}", options.max_drop);
}

std::uint64_t size_of_file(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

Result<std::unique_ptr<evaluate::Dataset>> open_kept(const std::string& path, const pipeline::Card& card,
                                                     const evaluate::DatasetOptions& options) {
  return evaluate::keep_samples(TRY(evaluate::open_dataset(path, card, options)));
}

/// Refused before an hour of search, not after.
Status check_options(const Options& options) {
  if (options.max_drop < 0)
    return fail(ErrorKind::kUsage, "--max-drop {}: points that may be lost, not below 0", options.max_drop);
  if (fs::path(options.output).extension() != ".onnx")
    return fail(ErrorKind::kUsage, "-o {}: the quantized model is an .onnx file; hedge compile makes an engine of it",
                options.output);
  const fs::path folder = fs::absolute(options.output).parent_path();
  if (!fs::is_directory(folder))
    return fail(ErrorKind::kNotFound, "-o {}: no folder {}", options.output, folder.string());
  return {};
}

void print_trial(const Options& options, const quantize::Trial& trial, double baseline) {
  if (options.json) return;
  fmt::print(stderr, "  {:<44} {:7.2f} ({:+.2f})", trial.what, trial.metric, trial.metric - baseline);
  if (trial.float_share > 0) fmt::print(stderr, "  {:.1f} % of the multiplications in float", 100 * trial.float_share);
  fmt::print(stderr, "\n");
}

Result<int> run(const Options& options) {
  TRY(check_options(options));
  const pipeline::Card card = TRY(find_card(options.model, options.card));
  const graph::Graph graph = TRY(quantize::prepare(TRY(import_model(options.model))));
  const auto calibration = TRY(open_kept(options.calibration, card, options.calibration_subset));
  const auto evaluation =
      options.evaluation.empty() ? nullptr : TRY(open_kept(options.evaluation, card, options.evaluation_subset));
  const evaluate::Dataset& dataset = evaluation != nullptr ? *evaluation : *calibration;

  std::vector<engine::Port> ports;
  for (const graph::ValueId id : graph.inputs) ports.push_back({graph.value(id).name, graph.value(id).type});
  auto maker = TRY(evaluate::InputMaker::create(card, ports));
  const quantize::Samples samples{calibration->count(),
                                  [&](std::int64_t k) { return evaluate::model_input(*calibration, k, maker); }};
  quantize::AllStatistics statistics;
  {
    ProgressBar bar;
    statistics = TRY(quantize::collect_statistics(graph, quantize::values_to_watch(graph), samples, [&](double done) {
      bar.show(static_cast<std::int64_t>(done * 1000), 1000);
    }));
  }
  Judge judge(options, card, dataset);
  const double baseline = TRY(judge.baseline(graph));
  if (!options.json) fmt::print(stderr, "  {:<44} {:7.2f}  {}\n", "the float model", baseline, judge.metric());
  const quantize::SearchResult result =
      TRY(quantize::search(graph, statistics,
                           {.baseline = baseline,
                            .max_drop = options.max_drop,
                            .samples = samples,
                            .measure = [&](const graph::Graph& quantized) { return judge.measure(quantized); },
                            .on_trial = [&](const quantize::Trial& trial) { print_trial(options, trial, baseline); }}));

  const auto noise = TRY(quantize::measure_noise(graph, result.graph, result.plan, samples));
  report::QuantizeReport report = TRY(make_quantize_report(
      {.graph = graph,
       .statistics = statistics,
       .result = result,
       .noise = noise,
       .baseline = baseline,
       .max_drop = options.max_drop,
       .metric = judge.metric(),
       .measured_on = fmt::format("{}, {} samples", evaluation != nullptr ? options.evaluation : options.calibration,
                                  dataset.count()),
       .calibration_samples = calibration->count()}));
  const std::vector<std::byte> bytes = TRY(graph::export_onnx(result.graph));
  report.model = fs::path(options.model.model).filename().string();
  report.bytes_before = size_of_file(options.model.model);
  report.bytes_after = bytes.size();
  report.origin = {.command = command_of(options), .versions = {{"hedge", HEDGE_VERSION}}, .date = today()};

  const bool writes = result.within_budget || options.force;
  if (writes) TRY(base::write_file(options.output, std::span<const std::byte>(bytes)));
  if (!options.html.empty())
    TRY(base::write_file(options.html, std::string_view(report::render_quantize_html(report))));
  if (!options.json_file.empty())
    TRY(base::write_file(options.json_file, std::string_view(report::render_quantize_json(report))));
  fmt::print("{}", options.json ? report::render_quantize_json(report) : report::render_quantize_text(report));
  if (!result.within_budget)
    fmt::print(stderr, "hedge: {} is {:.2f}, {:.2f} below the float model; {:.2f} are allowed{}\n", judge.metric(),
               result.metric, baseline - result.metric, options.max_drop,
               writes ? ": written all the same" : ": nothing written (--force writes it)");
  return result.within_budget ? kOk : kFailed;
}

}  // namespace

void add_quantize(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(
      root, "quantize", "FP32 to INT8, within an accuracy budget",
      "hedge quantize model.onnx --calibration images/ --evaluate validation/ --max-drop 0.5 -o model.int8.onnx");
  add_model_options(*command, options->model, true);
  command->add_option("--card", options->card, "the model's card (default: the .toml beside it)");
  command
      ->add_option("--calibration", options->calibration,
                   "samples like those of the field: any dataset of hedge evaluate, or a video; labels are not needed")
      ->required();
  command->add_option("--calibration-limit", options->calibration_subset.limit,
                      "at most so many samples, the first ones");
  command->add_option("--calibration-skip", options->calibration_subset.skip, "samples left out at the beginning");
  command->add_option("--evaluate", options->evaluation,
                      "dataset on which the budget is measured (default: the calibration samples)");
  command->add_option("--evaluate-limit", options->evaluation_subset.limit, "at most so many samples, the first ones");
  command->add_option("--evaluate-skip", options->evaluation_subset.skip, "samples left out at the beginning");
  command->add_flag("--agreement", options->agreement,
                    "measure the agreement with the float model, even where the dataset has labels");
  command->add_option("--max-drop", options->max_drop, "points (of 100) that the metric may lose")
      ->capture_default_str();
  command->add_flag("--force", options->force, "write the best found even where it misses the budget");
  command->add_option("-o,--output", options->output, "the quantized .onnx model")->required();
  command->add_option("--html", options->html, "write the report as one HTML page");
  command->add_option("--report", options->json_file, "write the report as JSON");
  command->add_flag("--json", options->json, "print the report as JSON");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
