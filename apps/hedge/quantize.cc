// hedge quantize: FP32 -> INT8, measured before it is written.
#include <chrono>

#include "base/file.h"
#include "evaluate/agreement.h"
#include "evaluate/evaluate.h"
#include "evaluate/input_maker.h"
#include "graph/onnx_export.h"
#include "hedge/model_options.h"
#include "hedge/progress_bar.h"
#include "quantize/search.h"

namespace hedge::app {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Options {
  ModelOptions model;
  std::string card, calibration, evaluation, output;
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
  std::string metric() const { return by_labels() ? reference_.headline->name : "agreement with the float model"; }
  /// Labels where there are some, else agreement with the float model.
  Result<double> measure(const graph::Graph& graph) {
    const evaluate::Evaluation evaluation = TRY(answers(graph));
    if (by_labels()) return evaluation.headline->percent;
    return TRY(evaluate::agreement(evaluation, reference_)).headline.percent;
  }

 private:
  bool by_labels() const { return reference_.headline.has_value() && !options_.agreement; }

  Result<evaluate::Evaluation> answers(const graph::Graph& graph) {
    engine::Engine engine = TRY(engine::Engine::create(
        TRY(compile::compile(graph, TRY(compile_options(options_.model)))), {.threads = options_.model.threads}));
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

Result<quantize::AllStatistics> calibrate(const graph::Graph& graph, const pipeline::Card& card,
                                          const evaluate::Dataset& dataset) {
  std::vector<engine::Port> ports;
  for (const graph::ValueId id : graph.inputs) ports.push_back({graph.value(id).name, graph.value(id).type});
  auto maker = TRY(evaluate::InputMaker::create(card, ports));
  const quantize::Samples samples{dataset.count(),
                                  [&](std::int64_t k) { return evaluate::model_input(dataset, k, maker); }};
  ProgressBar bar;
  return quantize::collect_statistics(graph, quantize::values_to_watch(graph), samples,
                                      [&](double done) { bar.show(static_cast<std::int64_t>(done * 1000), 1000); });
}

Result<int> run(const Options& options) {
  const pipeline::Card card = TRY(find_card(options.model, options.card));
  const graph::Graph graph = TRY(quantize::prepare(TRY(import_model(options.model))));
  const auto calibration = TRY(evaluate::open_dataset(options.calibration, card, options.calibration_subset));
  const auto dataset = options.evaluation.empty()
                           ? TRY(evaluate::open_dataset(options.calibration, card, options.calibration_subset))
                           : TRY(evaluate::open_dataset(options.evaluation, card, options.evaluation_subset));
  const quantize::AllStatistics statistics = TRY(calibrate(graph, card, *calibration));
  Judge judge(options, card, *dataset);
  const double baseline = TRY(judge.baseline(graph));
  fmt::print("float: {} {:.2f}\n", judge.metric(), baseline);
  const quantize::SearchOptions search_options{
      .baseline = baseline,
      .max_drop = options.max_drop,
      .measure = [&](const graph::Graph& quantized) { return judge.measure(quantized); },
      .on_trial =
          [&](const quantize::Trial& trial) {
            fmt::print("{:<40} {:.2f}   {:.1f} % of the MACs in float\n", trial.what, trial.metric,
                       100 * trial.float_share);
          }};
  const quantize::SearchResult result = TRY(quantize::search(graph, statistics, search_options));
  for (std::size_t k = 0; k < result.remedies.size() && k < 12; ++k)
    fmt::print("  {:<30} {} saves {:.3g}\n", result.remedies[k].product,
               result.remedies[k].treatment.channel_scales              ? "channel scales"
               : result.remedies[k].treatment.activation_on_accumulator ? "activation on accumulator"
                                                                        : "float",
               result.remedies[k].saves);
  if (!result.within_budget && !options.force) {
    fmt::print(stderr, "hedge: the best found loses {:.2f} points, {:.2f} are allowed: nothing written\n",
               baseline - result.metric, options.max_drop);
    return kFailed;
  }
  const std::vector<std::byte> bytes = TRY(graph::export_onnx(result.graph));
  TRY(base::write_file(options.output, std::span<const std::byte>(bytes)));
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
                   "samples like those of the field: a dataset, labels not needed")
      ->required();
  command->add_option("--calibration-limit", options->calibration_subset.limit,
                      "at most so many samples, the first ones");
  command->add_option("--evaluate", options->evaluation,
                      "dataset that the budget is measured on (default: the calibration samples)");
  command->add_option("--evaluate-limit", options->evaluation_subset.limit, "at most so many samples, the first ones");
  command->add_flag("--agreement", options->agreement,
                    "measure the agreement with the float model, even where the dataset has labels");
  command->add_option("--max-drop", options->max_drop, "points that the metric may lose")->capture_default_str();
  command->add_flag("--force", options->force, "write the best found even where it misses the budget");
  command->add_option("-o,--output", options->output, "the quantized .onnx model")->required();
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
