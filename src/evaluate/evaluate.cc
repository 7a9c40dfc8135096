#include "evaluate/evaluate.h"

#include "evaluate/metrics.h"
#include "evaluate/model_run.h"

namespace hedge::evaluate {
namespace {

using base::ErrorKind;
using base::fail;
using pipeline::Task;

Evaluation judge(std::vector<Answer> answers, const pipeline::Card& card, TruthKind truth) {
  Evaluation result{.task = card.task, .answers = std::move(answers), .score_threshold = card.output.score_threshold};
  const TruthKind needed = card.task == Task::kDetection ? TruthKind::kBoxes : TruthKind::kClass;
  result.labelled = truth == needed;
  if (!result.labelled) return result;
  if (card.task == Task::kDetection)
    add_detection_metrics(result);
  else
    add_classification_metrics(result, card.output.background_classes);
  return result;
}

}  // namespace

base::Result<std::vector<Evaluation>> evaluate_all(std::span<const Contestant> contestants, const Dataset& dataset,
                                                   const EvaluateOptions& options) {
  std::vector<ModelRun> runs;
  for (const Contestant& contestant : contestants) {
    if (contestant.card->task != contestants[0].card->task)
      return fail(ErrorKind::kUsage, "a detector and a classifier cannot be compared");
    runs.push_back(TRY(ModelRun::create(contestant, options)));
  }
  std::vector<std::vector<Answer>> answers(runs.size());
  const std::int64_t count = dataset.count();
  std::int64_t boxes_left_out = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const Sample sample = TRY(dataset.sample(k));
    boxes_left_out += sample.boxes_left_out;
    for (std::size_t run = 0; run < runs.size(); ++run) answers[run].push_back(TRY(runs[run].answer(sample)));
    if (options.progress && !options.progress(k + 1, count))
      return fail(ErrorKind::kUnavailable, "stopped after {} of {} samples", k + 1, count);
  }
  std::vector<Evaluation> results;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    results.push_back(judge(std::move(answers[run]), *contestants[run].card, dataset.truth()));
    results.back().boxes_left_out = boxes_left_out;
  }
  return results;
}

base::Result<Evaluation> evaluate(engine::Engine& engine, const pipeline::Card& card, const Dataset& dataset,
                                  const EvaluateOptions& options) {
  const Contestant contestant{&engine, &card};
  return std::move(TRY(evaluate_all({&contestant, 1}, dataset, options))[0]);
}

}  // namespace hedge::evaluate
