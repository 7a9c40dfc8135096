#include <algorithm>

#include "report/escape.h"
#include "report/latency_figures.h"
#include "report/latency_report.h"

namespace hedge::report {
namespace {

constexpr std::size_t kColumns = 100, kSlowShown = 5;
constexpr int kBarWidth = 50;

/// Broken between words, further lines indented.
std::string wrapped(const std::string& text, const char* bullet) {
  std::string out = bullet;
  std::size_t column = out.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (column + 1 + end - at > kColumns) {
      out += "\n  ";
      column = 2;
    }
    out += ' ' + text.substr(at, end - at);
    column += 1 + end - at;
    at = end + 1;
  }
  return out + "\n";
}

std::string table(const LatencyPhase& phase) {
  std::string text =
      fmt::format("  {:<22} {:>9} {:>9} {:>9} {:>9} {:>9}   ms\n", "stage", "p50", "p90", "p99", "p99.9", "worst");
  for (const LatencyStage& stage : phase.stages) {
    const measure::Latency& t = stage.times;
    text += fmt::format("  {:<22} {:>9} {:>9} {:>9} {:>9} {:>9}\n", stage.name, number(t.p50), number(t.p90),
                        number(t.p99), number(t.p999), number(t.max));
  }
  return text;
}

/// Buckets of the histogram joined to lines of equal ratio, so that it fits a screen.
std::string bars(const LatencyPhase& phase) {
  std::vector<measure::Bucket> joined;
  const std::size_t each = std::max<std::size_t>(1, (phase.histogram.size() + 15) / 16);
  for (std::size_t k = 0; k < phase.histogram.size(); ++k) {
    if (k % each == 0) joined.push_back({phase.histogram[k].from, phase.histogram[k].to, 0});
    joined.back().to = phase.histogram[k].to;
    joined.back().count += phase.histogram[k].count;
  }
  return measure::draw(joined, kBarWidth);
}

std::string slowest(const LatencyPhase& phase) {
  std::string text = "  slowest frames:\n";
  for (std::size_t k = 0; k < std::min(kSlowShown, phase.slowest.size()); ++k) {
    const SlowFrame& frame = phase.slowest[k];
    text += fmt::format("  {:>9} ms  frame {} at {:.1f} s:", number(frame.total_ms), frame.index, frame.at_seconds);
    std::size_t stage = 0;
    for (const LatencyStage& of : phase.stages) {
      if (of.span || stage == frame.stage_ms.size()) continue;
      text += fmt::format(" {} {}", of.name, number(frame.stage_ms[stage++]));
    }
    text += fmt::format("; preempted {} times, {} page faults\n", frame.preemptions, frame.page_faults);
  }
  return text;
}

std::string phase_text(const LatencyReport& report, const LatencyPhase& phase) {
  std::string text = fmt::format("\n{}\n", phase.scheduling);
  for (const std::string& line : phase.asked) text += fmt::format("  {}\n", line);
  if (phase.frames == 0) return text + "  nothing measured\n";
  text += fmt::format("  {} frames in {}, {} before them as warm-up; cores {} busy, {} taken by the hypervisor\n",
                      phase.frames, duration_text(phase.seconds), phase.warm_up, percent(phase.cores_busy),
                      percent(phase.cores_stolen));
  text += table(phase);
  text += fmt::format("\n  {}, frames:\n{}", phase.whole, bars(phase));
  text += fmt::format("\n  {} misses of {} ms ({} runs, {} frames the longest), {} frames dropped{}\n", phase.misses,
                      plain_number(report.deadline_ms), phase.miss_runs, phase.miss_run_longest, phase.dropped,
                      phase.left_out > 0 ? fmt::format(", {} left out by the ladder", phase.left_out) : "");
  text += phase.allocations ? fmt::format("  {} allocations from frame in to acted", *phase.allocations)
                            : "  allocations not counted in this build";
  text += fmt::format("; the frame's thread: {} minor and {} major page faults, {} + {} context switches\n",
                      phase.thread.minor_faults, phase.thread.major_faults, phase.thread.voluntary_switches,
                      phase.thread.involuntary_switches);
  if (!phase.process.empty()) {
    const measure::ProcessSample &first = phase.process.front(), &last = phase.process.back();
    text += fmt::format("  resident memory {} to {} MB, descriptors {} to {}\n", megabytes(first.resident_bytes),
                        megabytes(last.resident_bytes), first.descriptors, last.descriptors);
  }
  return text + slowest(phase);
}

}  // namespace

std::string render_latency_text(const LatencyReport& report) {
  std::string text = fmt::format("{}: {} on {}, deadline {} ms, load: {}\n", report.name, report.model, report.source,
                                 plain_number(report.deadline_ms), report.load);
  for (const measure::Fact& fact : report.machine) text += fmt::format("  {:<26} {}\n", fact.label, fact.value);
  for (const LatencyPhase& phase : report.phases) text += phase_text(report, phase);
  const Statement said = statement(report);
  text += "\nProven:\n";
  for (const std::string& line : said.proven) text += wrapped(line, " -");
  text += "Not proven:\n";
  for (const std::string& line : said.not_proven) text += wrapped(line, " -");
  std::string safe;  // names come from files: no escape sequences on a terminal
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    safe += plain_text(text.substr(at, end - at)) + '\n';
    at = end + 1;
  }
  return safe;
}

}  // namespace hedge::report
