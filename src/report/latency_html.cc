#include "report/escape.h"
#include "report/latency_figures.h"
#include "report/latency_plots.h"
#include "report/latency_report.h"
#include "report/page.h"

namespace hedge::report {
namespace {

std::string item(const std::string& term, const std::string& value, const std::string& small) {
  return fmt::format("<div><dt>{}</dt><dd>{} <small>{}</small></dd></div>\n", html_text(term), html_text(value),
                     html_text(small));
}

std::string sentences(const std::vector<std::string>& list) {
  std::string html = "<ul>\n";
  for (const std::string& sentence : list) html += fmt::format("<li>{}</li>\n", html_text(sentence));
  return html + "</ul>\n";
}

std::string summary(const LatencyReport& report) {
  std::string html = fmt::format(
      "<h1>{}: from capture to action</h1>\n<p class=\"quiet\">{} on {}, deadline {} ms, load: {}. {}</p>\n",
      html_text(report.name), html_text(report.model), html_text(report.source), plain_number(report.deadline_ms),
      html_text(report.load), html_text(report.date));
  for (const LatencyPhase& phase : report.phases) {
    if (phase.frames == 0) continue;
    html += fmt::format(
        "<p class=\"verdict {}\"><b>{}:</b> p99.9 {} ms, worst {} ms; {} of {} frames missed the "
        "deadline, {} were dropped.</p>\n",
        phase.misses == 0 ? "good" : "bad", html_text(phase.scheduling), number(phase.total.p999),
        number(phase.total.max), phase.misses, phase.frames, phase.dropped);
  }
  return html;
}

std::string facts(const LatencyPhase& phase) {
  std::string html = "<dl class=\"facts\">\n";
  html += item("p50", number(phase.total.p50), "ms");
  html += item("p99", number(phase.total.p99), "ms");
  html += item("p99.9", number(phase.total.p999), "ms");
  html += item("worst", number(phase.total.max), "ms");
  html += item("allocations", phase.allocations ? std::to_string(*phase.allocations) : "-",
               phase.allocations ? fmt::format("in {} frames", phase.frames) : "not counted in this build");
  html += item("page faults", std::to_string(phase.thread.minor_faults + phase.thread.major_faults),
               fmt::format("{} of them major", phase.thread.major_faults));
  html += item("preempted", std::to_string(phase.thread.involuntary_switches),
               fmt::format("times; {} times it waited", phase.thread.voluntary_switches));
  html += item("cores busy", percent(phase.cores_busy),
               fmt::format("{} taken by the hypervisor", percent(phase.cores_stolen)));
  return html + "</dl>\n";
}

std::string stages(const LatencyPhase& phase) {
  std::string rows;
  for (const LatencyStage& stage : phase.stages) {
    const measure::Latency& t = stage.times;
    rows += "<tr>" + cell(stage.name, "nowrap");
    for (const double value : {t.p50, t.p90, t.p99, t.p999, t.max}) rows += cell(number(value), "n");
    rows += "</tr>\n";
  }
  return table({{"stage, ms"}, {"p50", true}, {"p90", true}, {"p99", true}, {"p99.9", true}, {"worst", true}}, rows);
}

std::string slowest(const LatencyPhase& phase) {
  std::vector<Column> columns = {{"frame", true}, {"at s", true}, {"ms", true}};
  for (const LatencyStage& stage : phase.stages)
    if (!stage.span && columns.size() < 3 + (phase.slowest.empty() ? 0 : phase.slowest[0].stage_ms.size()))
      columns.push_back({stage.name.c_str(), true});
  columns.push_back({"preempted", true});
  columns.push_back({"page faults", true});
  std::string rows;
  for (const SlowFrame& frame : phase.slowest) {
    rows += "<tr>" + cell(std::to_string(frame.index), "n") + cell(fmt::format("{:.1f}", frame.at_seconds), "n") +
            cell(number(frame.total_ms), "n");
    for (const double value : frame.stage_ms) rows += cell(number(value), "n");
    rows += cell(std::to_string(frame.preemptions), "n") + cell(std::to_string(frame.page_faults), "n") + "</tr>\n";
  }
  return "<p class=\"quiet\">The slowest frames, and where their time went.</p>\n" + table(columns, rows);
}

std::string figure(const std::string& plot, const std::string& caption) {
  return plot.empty() ? ""
                      : fmt::format("<figure><div class=\"plain\">{}</div><figcaption>{}</figcaption></figure>\n", plot,
                                    html_text(caption));
}

std::string memory_caption(const LatencyPhase& phase) {
  std::string text = "Resident memory of the process, MB.";
  if (memory_drift(phase)) text += " The band is 5 MB on each side of what it was after the first minute.";
  return text + fmt::format(" Descriptors: {} at the start, {} at the end.", phase.process.front().descriptors,
                            phase.process.back().descriptors);
}

std::string phase_section(const LatencyReport& report, const LatencyPhase& phase) {
  std::string html = fmt::format("<h2>{}</h2>\n", html_text(phase.scheduling));
  for (const std::string& line : phase.asked) html += fmt::format("<p>{}</p>\n", html_text(line));
  if (phase.frames == 0) return html + none("Nothing was measured.");
  html += fmt::format("<p>{} frames in {}, after {} frames of warm-up.{}</p>\n", phase.frames,
                      duration_text(phase.seconds), phase.warm_up,
                      phase.ended_early.empty() ? "" : html_text(" Ended early: " + phase.ended_early + "."));
  html += facts(phase);
  html += figure(latency_histogram_plot(report, phase),
                 fmt::format("All {} frames by their time {}.", phase.frames, phase.whole));
  html += figure(worst_plot(report, phase),
                 fmt::format("The worst frame of every {} s, ms.", plain_number(phase.worst_bin_seconds)));
  html += stages(phase);
  html += figure(memory_plot(phase), phase.process.empty() ? "" : memory_caption(phase));
  return html + slowest(phase);
}

std::string machine(const LatencyReport& report) {
  std::string rows;
  for (const measure::Fact& fact : report.machine)
    rows += "<tr>" + cell(fact.label, "nowrap") + cell(fact.value) + "</tr>\n";
  return heading("machine", "The machine") + table({{""}, {""}}, rows);
}

}  // namespace

std::string render_latency_html(const LatencyReport& report) {
  const Statement said = statement(report);
  std::string html = page_begin(report.name + ": latency") + summary(report);
  html += heading("proven", "What this proves") + sentences(said.proven);
  html += heading("not-proven", "What it does not") + sentences(said.not_proven);
  for (const LatencyPhase& phase : report.phases) html += phase_section(report, phase);
  html += machine(report) + heading("origin", "How this was made");
  html += fmt::format("<pre>{}</pre>\n<p class=\"quiet\">{}; {}</p>\n", html_text(report.command),
                      html_text(report.version), html_text(report.date));
  return html + page_end();
}

}  // namespace hedge::report
