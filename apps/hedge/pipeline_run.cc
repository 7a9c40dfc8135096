#include "hedge/pipeline_run.h"

#include <cmath>
#include <filesystem>

#include "base/sha256.h"
#include "hedge/memory_report.h"
#include "hedge/recorded_run.h"
#include "hedge/watched.h"

namespace hedge::app {
namespace {

void tell(const std::string& line) { fmt::print(stderr, "hedge: {}\n", line); }

media::SourceOptions source_options(const PipelineOptions& options, pipeline::Supervision* supervision,
                                    const std::atomic<bool>& stop) {
  media::SourceOptions result{
      .every_frame = options.every_frame || !options.realtime,
      .realtime = options.realtime,
      .loop = options.loop,
      .frames_per_second = options.fps,
      .stall_timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.stall_seconds * 1000)),
      .stop = &stop};
  if (supervision != nullptr) {
    result.poll = beat_period(supervision->config());
    result.waiting = [supervision] { supervision->waiting(); };
  }
  return result;
}

/// The network that is asked for a second opinion: one thread runs it.
base::Result<pipeline::Network> open_second(const pipeline::SecondOpinionConfig& config) {
  const ModelOptions model{.model = config.model.string()};
  const track::TrackerOptions untracked{.low_score = 1};  // its detections only
  pipeline::Card card = TRY(find_card(model, config.card.string()));
  return pipeline::Network::create(TRY(open_engine(model)), std::move(card), untracked);
}

/// The network of the ladder's rung `engine`, where there is one.
base::Result<std::optional<pipeline::Network>> open_small(const pipeline::PipelineFile& file,
                                                          const PipelineOptions& options,
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

/// What [log] and --log ask for; nothing: no log.
std::optional<pipeline::LogConfig> log_config(const PipelineOptions& options,
                                              const std::optional<pipeline::PipelineFile>& file) {
  std::optional<pipeline::LogConfig> config = file ? file->log : std::nullopt;
  if (options.log.empty()) return config;
  if (!config) config.emplace();
  config->directory = options.log;
  return config;
}

}  // namespace

base::Result<std::optional<pipeline::PipelineFile>> read_pipeline_file(PipelineOptions& options) {
  if (std::filesystem::path(options.model.model).extension() != ".toml") return std::nullopt;
  pipeline::PipelineFile file = TRY(pipeline::load_pipeline_file(options.model.model));
  options.model.model = file.model.string();
  if (options.card.empty()) options.card = file.card.string();
  if (options.source.empty()) {
    options.source = file.source;
    options.loop |= file.loop;  // how the file's own source is played; another one is another
    if (options.fps == 0) options.fps = file.fps;
  }
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

base::Result<OpenPipeline> open_pipeline(const PipelineOptions& options,
                                         const std::optional<pipeline::PipelineFile>& file,
                                         pipeline::Supervision* supervision, const std::atomic<bool>& stop) {
  if (options.source.empty())
    return base::fail(base::ErrorKind::kUsage, "no source: give --source, or `source` in the [pipeline] of the file");
  pipeline::Card card = TRY(find_card(options.model, options.card));
  std::optional<rules::Rules> rules;
  if (file) rules = TRY(pipeline::rules_of(*file, card.output.labels));
  track::TrackerOptions tracking = file ? file->tracking : track::TrackerOptions();
  if (!options.track.empty()) tracking = TRY(track::load_options(options.track));
  engine::Engine engine = TRY(open_engine(options.model));
  const std::string onnx_sha256 = engine.program().provenance.model_sha256;
  warn_of_refusals(engine.memory(), options.model.engine.memory);
  pipeline::Runner runner = TRY(pipeline::Runner::create(std::move(engine), card, tracking));
  std::optional<pipeline::Card> small_card;
  if (supervision != nullptr) {
    auto small = TRY(open_small(*file, options, tracking));
    if (small) small_card = small->card;
    TRY(runner.supervise_with(*supervision, std::move(small)));
  }
  std::optional<pipeline::Network> second;
  const auto about_second = [&](const base::Error& error) {
    return base::in_context(error, file->file + ": [second_opinion]");
  };
  if (file && file->second_opinion) {
    auto opened = open_second(*file->second_opinion);
    if (!opened) return about_second(opened.error());
    second = std::move(*opened);
  }
  const media::SourceOptions playing = source_options(options, supervision, stop);
  auto source = media::open_source(options.source, playing);
  if (!source) {
    // Not a fault of the configuration: a camera may come back.
    if (supervision != nullptr) supervision->stop(guard::StopReason::kError);
    return std::unexpected(source.error());
  }
  if (supervision != nullptr) TRY(check_rate(supervision->config(), **source, file->file));
  const bool every_frame = playing.every_frame && !(*source)->live();
  if (second) {
    auto other = pipeline::SecondOpinion::create(
        std::move(*second), card, {.interval = file->second_opinion->interval, .at_once = every_frame, .log = tell});
    if (!other) return about_second(other.error());
    runner.ask_too(std::move(*other));
  }
  const auto logging = log_config(options, file);
  const std::string model_sha256 = file || logging ? TRY(base::sha256_file(options.model.model)) : "";
  std::unique_ptr<pipeline::DecisionRecorder> decisions;
  std::string run_id;
  if (logging) {
    format::LogRun described = TRY(describe({.model = options.model,
                                             .card = card,
                                             .file = file ? &*file : nullptr,
                                             .track_file = options.track,
                                             .model_sha256 = model_sha256,
                                             .onnx_sha256 = onnx_sha256,
                                             .small_card = small_card ? &*small_card : nullptr,
                                             .source_name = options.source,
                                             .source = **source,
                                             .source_loops = options.loop}));
    run_id = described.run_id;
    decisions = TRY(pipeline::DecisionRecorder::create({.config = *logging, .every_frame = every_frame, .log = tell},
                                                       std::move(described)));
    runner.observe_with(decisions.get());
  }
  if (file) {
    runner.react_with(TRY(pipeline::Reaction::create(*file, std::move(*rules), card,
                                                     {.provenance = {.model = options.model.model,
                                                                     .model_sha256 = model_sha256,
                                                                     .software = "hedge " HEDGE_VERSION,
                                                                     .source = options.source,
                                                                     .log = logging ? absolute(logging->directory) : "",
                                                                     .log_run = run_id},
                                                      .frames_per_second = (*source)->frames_per_second(),
                                                      .every_frame = every_frame,
                                                      .log = tell},
                                                     supervision)),
                      file->deadline);
  }
  return OpenPipeline{std::move(card), std::move(*source), std::move(decisions), std::move(runner)};
}

void add_pipeline_options(CLI::App& command, PipelineOptions& options) {
  add_model_options(command, options.model, true);
  add_placement_options(command, options.model);
  command.add_option("--source", options.source,
                     "video file, image, directory of images, /dev/videoN, rtsp://..., or a GStreamer launch string "
                     "(default: what the pipeline file says)");
  command.add_option("--card", options.card,
                     "the model's card (default: the .toml beside it, or the one inside the engine)");
  command.add_option("--track", options.track, "a TOML file with the table [track]: how to follow (docs/tracking.md)");
  command.add_option("--log", options.log,
                     "write every decision into the log of this directory (docs/formats/decision_log.md)");
  command
      .add_option("--fps", options.fps,
                  "files: as if taken at this rate, for what paces them and what measures motion (default: the file's "
                  "own; 10 for a directory of images)")
      ->check(CLI::Range(0.1, 1000.0));
  command
      .add_option("--stall-timeout", options.stall_seconds, "seconds of silence after which a source counts as gone")
      ->capture_default_str();
}

}  // namespace hedge::app
