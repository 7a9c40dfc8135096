// hedge run: a model on a live source.
#include <nlohmann/json.hpp>

#include "hedge/pipeline_run.h"
#include "hedge/stop_on_signals.h"
#include "hedge/watched.h"
#include "pipeline/contact_sheet.h"
#include "pipeline/json_lines.h"
#include "pipeline/latency_plot.h"
#include "pipeline/live_view.h"
#include "pipeline/mot_sink.h"
#include "pipeline/video_sink.h"

namespace hedge::app {
namespace {

struct Options {
  PipelineOptions pipeline;
  std::string video, json_lines, mot, contact_sheet, histogram;
  bool quiet = false, json = false;
  std::int64_t frames_max = 0;
};

nlohmann::ordered_json report_json(const pipeline::RunReport& report) {
  nlohmann::ordered_json stages;
  for (int k = 0; k < pipeline::kStageCount; ++k) {
    const auto stage = static_cast<pipeline::Stage>(k);
    const auto ms = [&](double share) {
      return static_cast<double>(report.statistics.of(stage).percentile(share).count()) * 1e-6;
    };
    stages[pipeline::to_string(stage)] = {{"p50_ms", ms(0.5)}, {"p90_ms", ms(0.9)}, {"p99_ms", ms(0.99)}};
  }
  return {{"frames", report.frames},         {"dropped", report.dropped}, {"seconds", report.seconds},
          {"detections", report.detections}, {"tracked", report.tracked}, {"stages", stages}};
}

/// What each actuator did and what was kept, a line each.
void print_reaction(std::FILE* out, const pipeline::Reaction& reaction, const pipeline::RunReport& report) {
  for (const auto& actuator : reaction.actuators()) {
    const act::Counters counters = actuator->counters();
    fmt::print(out, "{}: {} commands, {} sent, {} replaced by newer ones, {} failed{}\n", actuator->config().name,
               counters.commands, counters.sent, counters.replaced, counters.failed,
               counters.last_error.empty() ? "" : "; last: " + counters.last_error);
  }
  if (reaction.recorder() != nullptr) {
    const capture::RecorderStats stats = reaction.recorder()->stats();
    fmt::print(out, "{} events written, {} triggers suppressed{}\n", stats.events_written, stats.triggers_suppressed,
               stats.error.empty() ? "" : "; " + stats.error);
  }
  fmt::print(out, "{} of {} frames acted on after the deadline\n", report.misses, report.frames);
}

void print_second_opinion(std::FILE* out, const pipeline::SecondOpinion& second) {
  const pipeline::SecondOpinionStats stats = second.stats();
  fmt::print(out, "second opinion: {} frames asked about, {} skipped while it was busy\n", stats.asked, stats.skipped);
}

void print_log(std::FILE* out, const pipeline::DecisionRecorder& recorder) {
  const pipeline::LogWriterStats stats = recorder.stats();
  fmt::print(out, "decision log: {} frames in {} bytes, {} lost; {:.3f} ms a frame (p50), {:.3f} (p99)\n", stats.frames,
             stats.bytes, stats.lost,
             std::chrono::duration<double, std::milli>(recorder.cost().percentile(0.5)).count(),
             std::chrono::duration<double, std::milli>(recorder.cost().percentile(0.99)).count());
  if (recorder.frames() != nullptr)
    fmt::print(out, "pictures: {} recorded, {} not\n", recorder.frames()->stats().recorded,
               recorder.frames()->stats().dropped);
}

base::Result<int> run_here(const Options& options, const std::optional<pipeline::PipelineFile>& file,
                           pipeline::Supervision* supervision) {
  auto [card, source, decisions, runner] = TRY(open_pipeline(options.pipeline, file, supervision, stop_on_signals()));
  if (!options.mot.empty() && card.task != pipeline::Task::kDetection)
    return base::fail(base::ErrorKind::kUsage, "--mot: the card describes a classifier, which has nothing to follow");
  std::vector<std::unique_ptr<pipeline::Sink>> sinks;
  if (!options.json_lines.empty()) sinks.push_back(TRY(pipeline::create_json_lines_sink(options.json_lines)));
  if (!options.mot.empty()) sinks.push_back(TRY(pipeline::create_mot_sink(options.mot)));
  if (!options.video.empty()) sinks.push_back(pipeline::create_video_sink(options.video, source->frames_per_second()));
  if (!options.contact_sheet.empty()) sinks.push_back(pipeline::create_contact_sheet_sink(options.contact_sheet));
  const std::string title =
      fmt::format("{} on {}", card.name, std::filesystem::path(options.pipeline.source).filename().string());
  if (!options.histogram.empty()) sinks.push_back(pipeline::create_latency_plot_sink(options.histogram, title));
  if (!options.quiet) sinks.push_back(pipeline::create_live_view_sink(stderr));
  TRY(pin_caller(
      options.pipeline.model));  // now: the sources and sinks have started their threads, free to run anywhere
  pipeline::RunReport report;
  base::Status status = runner.run(*source, sinks, {.frames_max = options.frames_max}, report);
  if (decisions != nullptr)
    if (base::Status written = decisions->finish(); status && !written) status = std::move(written);
  std::FILE* out = options.json_lines == "-" ? stderr : stdout;
  if (options.json) {
    fmt::print(out, "{}\n", report_json(report).dump());
  } else if (report.frames > 0) {
    fmt::print(out, "{}", report.statistics.table());
    fmt::print(out, "{} frames in {:.1f} s ({:.1f} fps), {} dropped", report.frames, report.seconds,
               static_cast<double>(report.frames) / report.seconds, report.dropped);
    if (card.task == pipeline::Task::kDetection)
      fmt::print(out, "; {} detections, {:.1f} a frame; {} different {} seen", report.detections,
                 static_cast<double>(report.detections) / static_cast<double>(report.frames), report.tracked,
                 card.output.labels.size() == 1 ? card.output.labels[0] + "s" : "things");
    fmt::print(out, "\n");
    if (runner.reaction() != nullptr) print_reaction(out, *runner.reaction(), report);
    if (runner.second_opinion() != nullptr) print_second_opinion(out, *runner.second_opinion());
    if (decisions != nullptr) print_log(out, *decisions);
    if (supervision != nullptr) fmt::print(out, "{}", summary(*supervision, report));
  }
  if (!status) return std::unexpected(status.error());
  if (report.frames == 0)
    return base::fail(base::ErrorKind::kUnavailable, "{}: no frame came", options.pipeline.source);
  return kOk;
}

base::Result<int> run(Options options) {
  const std::optional<pipeline::PipelineFile> file = TRY(read_pipeline_file(options.pipeline));
  if (!file || !file->safety) return run_here(options, file, nullptr);
  const auto check = [&]() -> base::Status {
    const pipeline::Card card = TRY(find_card(options.pipeline.model, options.pipeline.card));
    TRY(pipeline::rules_of(*file, card.output.labels));
    if (const auto& second = file->second_opinion)
      TRY(find_card({.model = second->model.string()}, second->card.string()));
    return {};
  };
  return run_watched(*file, check,
                     [&](pipeline::Supervision& supervision) { return run_here(options, file, &supervision); });
}

}  // namespace

void add_run(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "run", "run a model on a video, images, a camera or a stream",
                                     "hedge run models/person_vtest.onnx --source /dev/video0 --jsonl -\n"
                                     "  hedge run examples/vehicle.toml --video out.mp4");
  add_pipeline_options(*command, options->pipeline);
  command->add_flag("--every-frame", options->pipeline.every_frame,
                    "files: decide on every frame, however long it takes (default without --realtime)");
  command->add_flag("--realtime", options->pipeline.realtime, "files: pace as a camera would; the newest frame wins");
  command->add_flag("--loop", options->pipeline.loop, "files: begin again at the end; stop with --frames or Ctrl-C");
  command->add_option("--video", options->video, "write the annotated video (.mp4, .mkv, .avi)");
  command->add_option("--jsonl", options->json_lines, "write detections as JSON lines; - for standard output");
  command->add_option("--mot", options->mot, "write the tracks in MOTChallenge's format");
  command->add_option("--contact-sheet", options->contact_sheet, "write a PNG of evenly spaced annotated frames");
  command->add_option("--histogram", options->histogram, "write the latency histogram as PNG");
  command->add_flag_function(
      "--isolate,!--no-isolate", [options](std::int64_t count) { options->pipeline.isolate = count > 0; },
      "pipeline files: under a watchdog process that puts the outputs into SAFE (default: what [safety] of the file "
      "says; without that section: no)");
  command->add_option("--frames", options->frames_max, "stop after so many frames");
  command->add_flag("--quiet", options->quiet, "no live view");
  command->add_flag("--json", options->json, "print the report as JSON");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
