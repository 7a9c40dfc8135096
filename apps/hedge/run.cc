// hedge run: a model on a live source.
#include <csignal>

#include <atomic>
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "hedge/memory_report.h"
#include "hedge/model_options.h"
#include "hedge/watched.h"
#include "pipeline/contact_sheet.h"
#include "pipeline/json_lines.h"
#include "pipeline/latency_plot.h"
#include "pipeline/live_view.h"
#include "pipeline/mot_sink.h"
#include "pipeline/pipeline_file.h"
#include "pipeline/runner.h"
#include "pipeline/video_sink.h"

namespace hedge::app {
namespace {

std::atomic<bool> stop_requested{false};
void request_stop(int) { stop_requested.store(true); }

struct Options {
  ModelOptions model;
  std::string card, source, video, json_lines, mot, track, contact_sheet, histogram;
  bool every_frame = false, realtime = false, quiet = false, json = false;
  std::optional<bool> isolate;
  std::int64_t frames_max = 0;
  double stall_seconds = 5, fps = 0;
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

/// A pipeline file stands for a model and many options; what the command line says goes before it.
base::Result<std::optional<pipeline::PipelineFile>> read_pipeline_file(Options& options) {
  if (std::filesystem::path(options.model.model).extension() != ".toml") return std::nullopt;
  pipeline::PipelineFile file = TRY(pipeline::load_pipeline_file(options.model.model));
  options.model.model = file.model.string();
  if (options.card.empty()) options.card = file.card.string();
  if (options.source.empty()) options.source = file.source;
  if (options.model.engine.threads == 1) options.model.engine.threads = file.threads;
  options.realtime |= file.realtime && !options.every_frame;
  if (options.isolate) {
    if (*options.isolate && !file.safety) file.safety.emplace();
    if (file.safety) file.safety->isolate = *options.isolate;
  } else if (options.every_frame && file.safety) {
    fmt::print(stderr, "hedge: --every-frame is no live run: [safety] is left aside (--isolate keeps it)\n");
    file.safety.reset();
  }
  return file;
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

/// The network of the ladder's rung `engine`, where there is one.
base::Result<std::optional<pipeline::Network>> open_small(const pipeline::PipelineFile& file, const Options& options,
                                                          const track::TrackerOptions& tracking) {
  if (file.safety->small_engine.empty()) return std::nullopt;
  ModelOptions model = options.model;
  model.model = file.safety->small_engine;
  pipeline::Card card = TRY(find_card(model, ""));
  return TRY(pipeline::Network::create(TRY(open_engine(model)), std::move(card), tracking));
}

/// What the camera cannot keep would be a fault at every frame.
base::Status check_rate(const guard::SafetyConfig& safety, const media::Source& source, const std::string& file) {
  const double fps = source.frames_per_second();
  const double no_frames = std::chrono::duration<double>(safety.frames.no_frames).count();
  if (fps <= 0 || no_frames >= 1.5 / fps) return {};
  return base::fail(
      base::ErrorKind::kInvalid,
      "{}: [safety] no_frames_ms = {:.0f} is shorter than this source's {:.3g} frames a second allow: set "
      "it to {:.0f} or more",
      file, no_frames * 1e3, fps, std::ceil(2e3 / fps));
}

base::Result<int> run_here(Options options, const std::optional<pipeline::PipelineFile>& file,
                           pipeline::Supervision* supervision) {
  if (options.source.empty())
    return base::fail(base::ErrorKind::kUsage, "no source: give --source, or `source` in the [pipeline] of the file");
  const pipeline::Card card = TRY(find_card(options.model, options.card));
  std::optional<rules::Rules> rules;  // before camera and engine are opened, so that a typing error is said at once
  if (file) rules = TRY(pipeline::rules_of(*file, card.output.labels));
  if (!options.mot.empty() && card.task != pipeline::Task::kDetection)
    return base::fail(base::ErrorKind::kUsage, "--mot: the card describes a classifier, which has nothing to follow");
  track::TrackerOptions tracking = file ? file->tracking : track::TrackerOptions();
  if (!options.track.empty()) tracking = TRY(track::load_options(options.track));
  engine::Engine engine = TRY(open_engine(options.model));
  warn_of_refusals(engine.memory(), options.model.engine.memory);
  pipeline::Runner runner = TRY(pipeline::Runner::create(std::move(engine), card, tracking));
  if (supervision != nullptr) TRY(runner.supervise_with(*supervision, TRY(open_small(*file, options, tracking))));
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  media::SourceOptions source_options{
      .every_frame = options.every_frame || !options.realtime,
      .realtime = options.realtime,
      .frames_per_second = options.fps,
      .stall_timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.stall_seconds * 1000)),
      .stop = &stop_requested};
  if (supervision != nullptr) {
    source_options.poll = beat_period(supervision->config());
    source_options.waiting = [supervision] { supervision->waiting(); };
  }
  auto opened = media::open_source(options.source, source_options);
  if (!opened) {
    // Not a fault of the configuration: a camera may come back.
    if (supervision != nullptr) supervision->stop(guard::StopReason::kError);
    return std::unexpected(opened.error());
  }
  const std::unique_ptr<media::Source> source = std::move(*opened);
  if (supervision != nullptr) TRY(check_rate(supervision->config(), *source, file->file));
  if (file) {
    const auto log = [](const std::string& line) { fmt::print(stderr, "hedge: {}\n", line); };
    runner.react_with(
        TRY(pipeline::Reaction::create(*file, std::move(*rules), card,
                                       {.provenance = {.model = options.model.model,
                                                       .model_sha256 = TRY(base::sha256_file(options.model.model)),
                                                       .software = "hedge " HEDGE_VERSION,
                                                       .source = options.source},
                                        .frames_per_second = source->frames_per_second(),
                                        .every_frame = source_options.every_frame && !source->live(),
                                        .log = log},
                                       supervision)),
        file->deadline);
  }
  std::vector<std::unique_ptr<pipeline::Sink>> sinks;
  if (!options.json_lines.empty()) sinks.push_back(TRY(pipeline::create_json_lines_sink(options.json_lines)));
  if (!options.mot.empty()) sinks.push_back(TRY(pipeline::create_mot_sink(options.mot)));
  if (!options.video.empty()) sinks.push_back(pipeline::create_video_sink(options.video, source->frames_per_second()));
  if (!options.contact_sheet.empty()) sinks.push_back(pipeline::create_contact_sheet_sink(options.contact_sheet));
  const std::string title =
      fmt::format("{} on {}", card.name, std::filesystem::path(options.source).filename().string());
  if (!options.histogram.empty()) sinks.push_back(pipeline::create_latency_plot_sink(options.histogram, title));
  if (!options.quiet) sinks.push_back(pipeline::create_live_view_sink(stderr));
  TRY(pin_caller(options.model));  // now: the sources and sinks have started their threads, free to run anywhere
  pipeline::RunReport report;
  const base::Status status = runner.run(*source, sinks, {.frames_max = options.frames_max}, report);
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
    if (supervision != nullptr) fmt::print(out, "{}", summary(*supervision, report));
  }
  if (!status) return std::unexpected(status.error());
  if (report.frames == 0) return base::fail(base::ErrorKind::kUnavailable, "{}: no frame came", options.source);
  return kOk;
}

base::Result<int> run(Options options) {
  const std::optional<pipeline::PipelineFile> file = TRY(read_pipeline_file(options));
  if (!file || !file->safety) return run_here(std::move(options), file, nullptr);
  // What is wrong with the files is said once, before there are two processes.
  TRY(pipeline::rules_of(*file, TRY(find_card(options.model, options.card)).output.labels));
  return run_watched(*file, [&](pipeline::Supervision& supervision) { return run_here(options, file, &supervision); });
}

}  // namespace

void add_run(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "run", "run a model on a video, images, a camera or a stream",
                                     "hedge run models/person_vtest.onnx --source /dev/video0 --jsonl -\n"
                                     "  hedge run examples/vehicle.toml --video out.mp4");
  add_model_options(*command, options->model, true);
  add_placement_options(*command, options->model);
  command->add_option("--source", options->source,
                      "video file, image, directory of images, /dev/videoN, rtsp://..., or a GStreamer launch string "
                      "(default: what the pipeline file says)");
  command->add_option("--card", options->card,
                      "the model's card (default: the .toml beside it, or the one inside the engine)");
  command->add_flag("--every-frame", options->every_frame,
                    "files: decide on every frame, however long it takes (default without --realtime)");
  command->add_flag("--realtime", options->realtime, "files: pace as a camera would; the newest frame wins");
  command->add_option("--video", options->video, "write the annotated video (.mp4, .mkv, .avi)");
  command->add_option("--jsonl", options->json_lines, "write detections as JSON lines; - for standard output");
  command->add_option("--mot", options->mot, "write the tracks in MOTChallenge's format");
  command->add_option("--track", options->track,
                      "a TOML file with the table [track]: how to follow (docs/tracking.md)");
  command->add_option("--contact-sheet", options->contact_sheet, "write a PNG of evenly spaced annotated frames");
  command->add_option("--histogram", options->histogram, "write the latency histogram as PNG");
  command->add_flag_function(
      "--isolate,!--no-isolate", [options](std::int64_t count) { options->isolate = count > 0; },
      "pipeline files: under a watchdog process that puts the outputs into SAFE (default: what [safety] of the file "
      "says; without that section: no)");
  command->add_option("--frames", options->frames_max, "stop after so many frames");
  command
      ->add_option("--stall-timeout", options->stall_seconds, "seconds of silence after which a source counts as gone")
      ->capture_default_str();
  command
      ->add_option("--fps", options->fps,
                   "directories of images: how fast they were taken, for what measures motion")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--quiet", options->quiet, "no live view");
  command->add_flag("--json", options->json, "print the report as JSON");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
