#include "hedge/recorded_run.h"

#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "capture/event.h"

namespace hedge::app {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint64_t kTextMax = 1 << 20;

/// A file or directory by its whole path; a device, an address or a launch string as it is.
std::string absolute_source(const std::string& source) {
  std::error_code error;
  return fs::exists(source, error) ? absolute(source) : source;
}

base::Status check_model(const std::string& path, const std::string& recorded) {
  const std::string sha256 = TRY(base::sha256_file(path));
  if (sha256 == recorded) return {};
  return fail(ErrorKind::kInvalid,
              "{}: is not the model of the run: its SHA-256 is {}, the log says {}; --model PATH names the right one",
              path, sha256.substr(0, 16), recorded.substr(0, 16));
}

Result<pipeline::Card> recorded_card(const format::LogRun& run) {
  return pipeline::parse_card(run.card_text, run.card_file, fs::path(run.card_file).parent_path(), run.labels);
}

}  // namespace

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path full = fs::absolute(path, error);
  return error ? path : full.lexically_normal().string();
}

Result<format::LogRun> describe(const RunningPipeline& running) {
  const auto now = [](auto clock) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(decltype(clock)::now().time_since_epoch()).count();
  };
  const ModelOptions& model = running.model;
  const std::string small = running.small_card != nullptr ? absolute(running.file->safety->small_engine) : "";
  return format::LogRun{
      .run_id = capture::random_uuid(),
      .wall_ns = now(std::chrono::system_clock()),
      .steady_ns = now(media::Clock()),
      .software = "hedge " HEDGE_VERSION,
      .isa = kernel::to_string(TRY(kernel::usable_isa())),
      .pipeline_file = running.file != nullptr ? absolute(running.file->file) : "",
      .pipeline_text = running.file != nullptr ? running.file->document : "",
      .card_file = running.card.file,
      .card_text = running.card.text,
      .labels = running.card.output.labels,
      .track_text = running.track_file.empty() ? "" : TRY(base::read_text_file(running.track_file, kTextMax)),
      .model = absolute(model.model),
      .model_sha256 = running.model_sha256,
      .onnx_sha256 = is_onnx(model.model) ? running.model_sha256 : running.onnx_sha256,
      .small_model = small,
      .small_model_sha256 = small.empty() ? "" : TRY(base::sha256_file(small)),
      .small_card_file = small.empty() ? "" : running.small_card->file,
      .small_card_text = small.empty() ? "" : running.small_card->text,
      .shapes = model.shapes,
      .freezes = model.freezes,
      .disabled_passes = model.disabled_passes,
      .threads = static_cast<std::uint32_t>(model.engine.threads),
      .source = absolute_source(running.source_name),
      .source_is_live = running.source.live(),
      .source_loops = running.source_loops,
      .frames_per_second = running.source.frames_per_second()};
}

Result<std::optional<pipeline::PipelineFile>> recorded_file(const format::LogRun& run) {
  if (run.pipeline_text.empty()) return std::nullopt;
  return TRY(pipeline::recorded_pipeline_file(run.pipeline_text, run.pipeline_file));
}

Result<rules::Rules> recorded_rules(const format::LogRun& run, const pipeline::PipelineFile& file) {
  return pipeline::rules_of(file, run.labels);
}

Result<pipeline::Runner> rebuild(const format::LogRun& run, const std::string& model) {
  const auto file = TRY(recorded_file(run));
  const pipeline::Card card = TRY(recorded_card(run));
  ModelOptions options{.model = model.empty() ? run.model : model,
                       .shapes = run.shapes,
                       .freezes = run.freezes,
                       .disabled_passes = run.disabled_passes};
  options.engine.threads = static_cast<int>(std::clamp<std::uint32_t>(run.threads, 1, 64));
  TRY(check_model(options.model, run.model_sha256));
  track::TrackerOptions tracking = file ? file->tracking : track::TrackerOptions();
  if (!run.track_text.empty()) tracking = TRY(track::parse_options(run.track_text, "the run's --track"));
  auto runner = TRY(pipeline::Runner::create(TRY(open_engine(options)), card, tracking));
  if (!run.small_model.empty()) {
    TRY(check_model(run.small_model, run.small_model_sha256));
    pipeline::Card small_card = TRY(pipeline::parse_card(run.small_card_text, run.small_card_file, "", run.labels));
    options.model = run.small_model;
    TRY(runner.add_small(TRY(pipeline::Network::create(TRY(open_engine(options)), std::move(small_card), tracking))));
  }
  if (file)
    runner.react_with(TRY(pipeline::Reaction::create(*file, TRY(recorded_rules(run, *file)), card, {.inert = true})),
                      file->deadline);
  return runner;
}

}  // namespace hedge::app
