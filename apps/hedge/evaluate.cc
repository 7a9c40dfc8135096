// hedge evaluate: how right a model is on a dataset, and how far it agrees with another.
#include <chrono>
#include <cstdio>

#include "base/file.h"
#include "evaluate/coco_results.h"
#include "evaluate/evaluate.h"
#include "evaluate/metrics.h"
#include "hedge/evaluate_report.h"
#include "hedge/evaluate_tracks.h"
#include "hedge/metric_bars.h"
#include "hedge/model_options.h"
#include "hedge/progress_bar.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

struct Options {
  ModelOptions model;
  std::string card, dataset, other, other_card, detections, present;
  evaluate::DatasetOptions subset;
  evaluate::EvaluateOptions evaluate;
  evaluate::AgreementOptions agreement;
  std::vector<std::string> bars;
  EvaluateTracksOptions tracks;
  bool classes = false, json = false;
};

/// --truth-present CLASS or CLASS:SHARE.
base::Result<std::optional<evaluate::Presence>> parse_presence(const std::string& text) {
  if (text.empty()) return std::nullopt;
  int class_id = -1, read = 0;
  double share = 0;
  const int fields = std::sscanf(text.c_str(), "%d%n:%lf%n", &class_id, &read, &share, &read);
  if (fields < 1 || static_cast<std::size_t>(read) != text.size() || class_id < 0 || !(share >= 0 && share <= 1))
    return fail(ErrorKind::kUsage, "--truth-present {}: write CLASS or CLASS:SHARE, such as 0:0.005", text);
  return evaluate::Presence{.class_id = class_id, .share_min = share};
}

/// The other model's card: as given, its own, or else that of the model.
base::Result<pipeline::Card> other_card(const ModelOptions& other, const Options& options, const pipeline::Card& card) {
  auto found = find_card(other, options.other_card);
  if (!found && found.error().kind == ErrorKind::kNotFound && options.other_card.empty()) return card;
  return found;
}

base::Result<EvaluateReport> measure(const Options& options, const pipeline::Card& card,
                                     const evaluate::Dataset& dataset) {
  engine::Engine engine = TRY(open_engine(options.model));
  std::vector<evaluate::Contestant> contestants = {{&engine, &card}};
  std::optional<engine::Engine> other_engine;
  pipeline::Card card_of_other;
  if (!options.other.empty()) {
    ModelOptions other = options.model;
    other.model = options.other;
    card_of_other = TRY(other_card(other, options, card));
    other_engine = TRY(open_engine(other));
    contestants.push_back({&*other_engine, &card_of_other});
  }
  ProgressBar bar;
  evaluate::EvaluateOptions evaluate_with = options.evaluate;
  evaluate_with.progress = [&](std::int64_t done, std::int64_t count) {
    bar.show(done, count);
    return true;
  };
  const auto begin = std::chrono::steady_clock::now();
  auto evaluations = TRY(evaluate::evaluate_all(contestants, dataset, evaluate_with));
  EvaluateReport report{.model = options.model.model,
                        .dataset = options.dataset,
                        .other = options.other,
                        .evaluation = std::move(evaluations[0])};
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (other_engine) report.agreement = TRY(evaluate::agreement(report.evaluation, evaluations[1], options.agreement));
  return report;
}

base::Result<int> run(const Options& options) {
  if (!options.tracks.files.empty()) return evaluate_tracks(options.tracks, options.bars, options.json);
  if (options.model.model.empty() || options.dataset.empty())
    return fail(ErrorKind::kUsage, "give a model and --dataset, or two files of tracks by --mot");
  const std::vector<MetricBar> bars = TRY(parse_bars(options.bars));
  const pipeline::Card card = TRY(find_card(options.model, options.card));
  evaluate::DatasetOptions subset = options.subset;
  subset.present = TRY(parse_presence(options.present));
  const auto dataset = TRY(evaluate::open_dataset(options.dataset, card, subset));
  const bool detection = card.task == pipeline::Task::kDetection;
  if (!options.detections.empty() && !detection)
    return fail(ErrorKind::kUsage, "--detections: the card describes a classifier");
  const auto needed = detection ? evaluate::TruthKind::kBoxes : evaluate::TruthKind::kClass;
  if (dataset->truth() != needed && options.other.empty() && options.detections.empty())
    return fail(ErrorKind::kUsage, "{} does not say {}: measure the agreement with another model by --agreement-with",
                options.dataset, detection ? "what is where" : "what is what");
  TRY(check_bars(bars, evaluate::metric_names(card.task, dataset->truth() == needed, !options.other.empty())));
  const EvaluateReport report = TRY(measure(options, card, *dataset));
  fmt::print("{}", options.json ? to_json(report, card) : to_table(report, card, options.classes));
  if (!options.detections.empty())
    TRY(base::write_file(options.detections, std::string_view(evaluate::to_coco_results(report.evaluation, *dataset))));
  return clears(report.metrics(), bars) ? kOk : kFailed;
}

}  // namespace

void add_evaluate(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "evaluate", "measure how right a model is on a dataset",
                                     "hedge evaluate detector.onnx --dataset coco128 --limit 60 --min ap50=0.5");
  add_model_options(*command, options->model, true);
  command->get_option("model")->required(false);  // --mot needs none
  command->add_option("--dataset", options->dataset,
                      "folders of classes, III_name.jpg, CIFAR-10 .bin, a list, COCO, YOLO, tensors or mere images "
                      "(docs/accuracy.md)");
  command->add_option("--dataset-kind", options->subset.kind, "what the dataset is, where its looks mislead")
      ->check(CLI::IsMember(
          std::vector<std::string>(std::begin(evaluate::kDatasetKinds), std::end(evaluate::kDatasetKinds))));
  command->add_option("--images", options->subset.images, "COCO: the folder of images (default: beside the JSON)");
  command->add_option("--truth-present", options->present,
                      "CLASS:SHARE: boxes become two classes, 1 where one of CLASS has this share of the image");
  command->add_option("--card", options->card,
                      "the model's card (default: the .toml beside it, or the one inside the engine)");
  command->add_option("--skip", options->subset.skip, "leave out so many samples at the beginning");
  command->add_option("--limit", options->subset.limit, "take at most so many samples");
  command->add_option("--agreement-with", options->other, "another model: how far the two say the same");
  command->add_option("--agreement-card", options->other_card,
                      "its card (default: the one it has, or else that of the model)");
  command
      ->add_option("--agreement-score", options->agreement.score_min,
                   "detection: what the other model finds with a better score counts as true")
      ->capture_default_str();
  command
      ->add_option("--score-threshold", options->evaluate.score_threshold,
                   "detection: the lowest score that counts for average precision")
      ->capture_default_str();
  command->add_option("--detections", options->detections, "write the detections in COCO's results format");
  command->add_option("--min", options->bars, "METRIC=VALUE: exit code 1 where the metric is less (repeatable)");
  CLI::Option* mot = command->add_option("--mot", options->tracks.files,
                                         "two files of tracks, ground truth and output: MOTA, IDF1 and the like "
                                         "instead of a model's accuracy (docs/tracking.md)");
  mot->expected(2)->excludes(command->get_option("model"))->excludes(command->get_option("--dataset"));
  command->add_option("--mot-iou", options->tracks.iou_min, "the overlap that a match of tracks needs")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(mot)
      ->capture_default_str();
  command->add_flag("--classes", options->classes, "detection: a line for each class");
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
