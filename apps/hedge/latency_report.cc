// hedge latency-report: the pipeline as `hedge run` runs it, under load, every frame timed; and what that proves.
#include <cmath>
#include <ctime>
#include <filesystem>

#include "base/file.h"
#include "guard/realtime_setup.h"
#include "hedge/allocation_count.h"
#include "hedge/latency_phase.h"
#include "hedge/load.h"
#include "hedge/pipeline_run.h"
#include "hedge/stop_on_signals.h"
#include "measure/machine.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

constexpr std::int64_t kFramesDefault = 10000, kFramesMax = 5'000'000;  // 64 bytes each
constexpr double kRateUnknown = 120;  // frames a second for which places are kept where a source tells no rate
constexpr std::chrono::seconds kSamplePeriod{1};
constexpr double kProgressSeconds = 10;

struct Options {
  PipelineOptions pipeline;
  std::int64_t frames = 0, warm_up = 60;
  double seconds = 0, deadline_ms = 0;
  std::string load = "none", out = "latency-report";
  int fifo = 0;
  bool quiet = false, json = false;
};

std::string command_line() {
  const auto text = base::read_text_file("/proc/self/cmdline");
  std::string words = text ? *text : "hedge latency-report";
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::ranges::replace(words, '\0', ' ');
  return words;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

using File = std::optional<pipeline::PipelineFile>;

/// What each phase asks of the kernel: the first nothing, the second what the options or the file want.
std::vector<guard::RealtimeRequest> phases_of(const Options& options, const File& file) {
  guard::RealtimeRequest request;
  if (file && file->safety) request = file->safety->realtime;
  if (options.fifo > 0) {
    request.fifo_priority = options.fifo;
    request.lock_memory = true;
  }
  if (request.fifo_priority == 0) return {{}};
  return {{}, request};
}

/// Asks for it; before anything is opened, since threads inherit it.
void ask(const guard::RealtimeRequest& request, report::LatencyPhase& phase) {
  for (const guard::Grant& grant : guard::request_realtime(request)) {
    phase.asked.push_back(guard::to_string(grant));
    phase.refused |= !grant.granted && grant.what.starts_with("SCHED");
  }
  phase.scheduling = phase.refused ? fmt::format("SCHED_FIFO {}", request.fifo_priority) : guard::scheduling_class();
}

/// How many frames are to be kept: what is asked for, or what the time may bring.
base::Result<std::int64_t> frames_of(const Options& options, const media::Source& source) {
  if (options.seconds == 0) return options.frames > 0 ? options.frames : kFramesDefault;
  const double rate = source.frames_per_second() > 0 ? source.frames_per_second() : kRateUnknown;
  const double frames = std::ceil(options.seconds * rate) + 1;
  if (frames > static_cast<double>(kFramesMax))
    return fail(ErrorKind::kResourceLimit, "{:.0f} frames at {:.0f} a second: at most {} are kept, so ask for less",
                frames, rate, kFramesMax);
  return static_cast<std::int64_t>(frames);
}

void describe(const Options& options, const File& file, const OpenPipeline& open, report::LatencyReport& report) {
  report.name = file && !file->name.empty() ? file->name : open.card.name;
  report.model = fs::path(options.pipeline.model.model).filename().string();
  report.source = options.pipeline.source;
  report.supervised = file && file->safety;
  report.live = open.source->live();
  report.acts = open.runner.reaction() != nullptr && !open.runner.reaction()->actuators().empty();
  report.frames_per_second = open.source->frames_per_second();
  report.deadline_ms = options.deadline_ms > 0 ? options.deadline_ms
                       : file                  ? static_cast<double>(file->deadline.count())
                                               : report.deadline_ms;
}

void show_progress(const pipeline::LatencyRecorder& recorder, const std::string& scheduling, double at_seconds,
                   double& next) {
  if (at_seconds < next) return;
  next += kProgressSeconds;
  fmt::print(stderr, "{}: {} of {} frames, {} misses, worst {:.2f} ms\n", scheduling, recorder.kept(),
             recorder.options().frames_max, recorder.misses(), recorder.worst_ms());
}

/// Opens everything anew, runs, and fills the phase. An error leaves in it what was measured before.
base::Status measure_phase(const Options& options, const File& file, std::atomic<bool>& stop,
                           report::LatencyReport& report, report::LatencyPhase& phase) {
  std::unique_ptr<pipeline::Supervision> supervision;  // in this process: a watchdog would see two runs as a fault
  if (file && file->safety)
    supervision = TRY(pipeline::Supervision::create(*file->safety, file->deadline, std::nullopt));
  OpenPipeline open = TRY(open_pipeline(options.pipeline, file, supervision.get(), stop));
  describe(options, file, open, report);
  const std::int64_t frames = TRY(frames_of(options, *open.source));
  const bool reacts = open.runner.reaction() != nullptr;
  auto sink = std::make_unique<pipeline::LatencyRecorder>(pipeline::LatencyRecorderOptions{
      .frames_max = frames,
      .warm_up = options.warm_up,
      .duration_max = std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9)),
      .stop = &stop,
      .whole = reacts ? pipeline::Stage::kActuation : pipeline::Stage::kDecision,
      .deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(report.deadline_ms * 1e6)),
      .allocations = counts_allocations() ? allocations_of_this_thread : nullptr});
  const pipeline::LatencyRecorder& recorder = *sink;
  std::vector<std::unique_ptr<pipeline::Sink>> sinks;
  sinks.push_back(std::move(sink));
  TRY(pin_caller(options.pipeline.model));
  pipeline::RunReport run;
  const measure::CoreTimes before = measure::core_times();
  double next_progress = kProgressSeconds;
  measure::ProcessWatch watch(kSamplePeriod, [&](const measure::ProcessSample& sample) {
    if (!options.quiet) show_progress(recorder, phase.scheduling, sample.at_seconds, next_progress);
  });
  base::Status status = open.runner.run(*open.source, sinks, {.frames_max = options.warm_up + frames}, run);
  if (open.decisions != nullptr)
    if (base::Status written = open.decisions->finish(); status && !written) status = std::move(written);
  phase.process = watch.stop();
  const measure::CoreTimes after = measure::core_times();
  if (const double all = after.all - before.all; all > 0) {
    phase.cores_busy = 1 - (after.idle - before.idle) / all;
    phase.cores_stolen = (after.stolen - before.stolen) / all;
  }
  phase.left_out = run.left_out;
  fill_from(recorder, run.statistics.of(pipeline::Stage::kOutput), phase);
  const bool time_is_up = options.seconds > 0 && phase.seconds >= options.seconds;
  if (time_is_up) stop = false;  // set by the recorder; the next phase begins with it
  if (!status)
    phase.ended_early = status.error().message;
  else if (phase.frames < frames && !time_is_up)
    phase.ended_early = stop.load() ? "it was interrupted" : "the source ended";
  return status;
}

base::Status write_report(const fs::path& folder, const report::LatencyReport& report) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(ErrorKind::kIo, "{}: {}", folder.string(), error.message());
  TRY(base::write_file(folder / "report.json", report::render_latency_json(report)));
  return base::write_file(folder / "report.html", report::render_latency_html(report));
}

base::Result<int> run(Options options) {
  options.pipeline.realtime = options.pipeline.loop = true;
  options.pipeline.isolate = false;
  const File file = TRY(read_pipeline_file(options.pipeline));
  std::atomic<bool>& stop = stop_on_signals();
  Load load = TRY(Load::start(options.load));
  report::LatencyReport report{.load = load.text(),
                               .command = command_line(),
                               .version = "hedge " HEDGE_VERSION,
                               .date = now_text(),
                               .machine = measure::machine_facts(),
                               .realtime_kernel = measure::has_realtime_kernel(),
                               .is_virtual = measure::is_virtual()};
  base::Status status;
  for (const guard::RealtimeRequest& request : phases_of(options, file)) {
    if (!status || stop.load()) break;
    report::LatencyPhase phase;
    ask(request, phase);
    if (!phase.refused) {
      if (status = load.check(); !status) break;
      status = measure_phase(options, file, stop, report, phase);
      if (status) status = load.check();
      if (!status && phase.frames > 0 && phase.ended_early.empty()) phase.ended_early = status.error().message;
    }
    report.phases.push_back(std::move(phase));
  }
  const bool measured = std::ranges::any_of(report.phases, [](const auto& phase) { return phase.frames > 0; });
  if (measured) {
    TRY(write_report(options.out, report));
    fmt::print("{}", options.json ? report::render_latency_json(report) : report::render_latency_text(report));
    if (!options.quiet) fmt::print(stderr, "hedge: see {0}/report.html and {0}/report.json\n", options.out);
  }
  if (!status) return std::unexpected(status.error());
  if (!measured)
    return fail(ErrorKind::kUnavailable, "{}: ended before the {} frames of warm-up had passed",
                options.pipeline.model.model, options.warm_up);
  return kOk;
}

}  // namespace

void add_latency_report(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(
      root, "latency-report",
      "time every frame of a pipeline from capture to action, under load, and say what it proves",
      "hedge latency-report examples/vehicle.toml --fps 30 --frames 10000 --load stress-ng:2 --fifo 40 --out report");
  add_pipeline_options(*command, options->pipeline);
  CLI::Option* frames = command->add_option("--frames", options->frames, "how many frames to time (default: 10000)")
                            ->check(CLI::Range(std::int64_t{1}, kFramesMax));
  command
      ->add_option("--duration", options->seconds, "how long to time instead: 90s, 30min, 2h (a number alone: seconds)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"min", 60}, {"h", 3600}},
                                        CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::PositiveNumber)
      ->excludes(frames);
  command
      ->add_option("--warm-up", options->warm_up,
                   "frames before those, in which memory is touched and vectors grow; not in any figure")
      ->check(CLI::Range(std::int64_t{0}, kFramesMax))
      ->capture_default_str();
  command
      ->add_option("--load", options->load,
                   "what else runs: none, burn:N (N processes of our own), stress-ng:N (stress-ng --cpu N)")
      ->capture_default_str();
  command
      ->add_option("--fifo", options->fifo,
                   "do it twice: as the caller is scheduled, and with SCHED_FIFO of this priority and locked memory "
                   "(default: once, or what [safety.realtime] of the pipeline file asks for)")
      ->check(CLI::Range(1, 99));
  command
      ->add_option("--deadline", options->deadline_ms,
                   "milliseconds from capture to action (default: the pipeline file's; 50 without one)")
      ->check(CLI::Range(0.001, 60000.0));
  command->add_option("--out", options->out, "the folder for report.json and report.html")->capture_default_str();
  command->add_flag("--quiet", options->quiet, "no progress on standard error");
  command->add_flag("--json", options->json, "print the report as JSON");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
