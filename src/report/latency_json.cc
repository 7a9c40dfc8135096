#include <nlohmann/json.hpp>

#include "measure/confidence.h"
#include "report/escape.h"
#include "report/latency_report.h"

namespace hedge::report {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const measure::Latency& times) {
  return {{"count", times.count}, {"min_ms", times.min},   {"p50_ms", times.p50}, {"p90_ms", times.p90},
          {"p99_ms", times.p99},  {"p999_ms", times.p999}, {"max_ms", times.max}, {"mean_ms", times.mean}};
}

Json to_json(const LatencyPhase& phase, const SlowFrame& frame) {
  Json stages = Json::object();
  std::size_t at = 0;
  for (const LatencyStage& stage : phase.stages)
    if (!stage.span && at < frame.stage_ms.size()) stages[stage.name] = frame.stage_ms[at++];
  return {{"frame", frame.index}, {"at_s", frame.at_seconds},         {"total_ms", frame.total_ms},
          {"stages_ms", stages},  {"preemptions", frame.preemptions}, {"page_faults", frame.page_faults}};
}

Json resources(const LatencyPhase& phase) {
  Json at = Json::array(), resident = Json::array(), descriptors = Json::array(), mhz = Json::array();
  for (const measure::ProcessSample& sample : phase.process) {
    at.push_back(sample.at_seconds);
    resident.push_back(sample.resident_bytes);
    descriptors.push_back(sample.descriptors);
    mhz.push_back(sample.core_mhz);
  }
  Json json = {{"at_s", at}, {"resident_bytes", resident}, {"descriptors", descriptors}, {"core_mhz", mhz}};
  if (const std::optional<MemoryDrift> drift = memory_drift(phase))
    json["after_first_minute"] = {
        {"resident_bytes", drift->first_minute_bytes}, {"last_bytes", drift->last_bytes},
        {"farthest_bytes", drift->farthest_bytes},     {"descriptors", drift->first_minute_descriptors},
        {"last_descriptors", drift->last_descriptors}, {"most_descriptors", drift->most_descriptors}};
  else
    json["after_first_minute"] = nullptr;
  return json;
}

Json to_json(const LatencyPhase& phase) {
  Json stages = Json::array(), histogram = Json::array(), slowest = Json::array();
  for (const LatencyStage& stage : phase.stages) {
    Json row = {{"name", stage.name}, {"span", stage.span}};
    row.update(to_json(stage.times));
    stages.push_back(row);
  }
  for (const measure::Bucket& bucket : phase.histogram)
    histogram.push_back({{"from_ms", bucket.from}, {"to_ms", bucket.to}, {"count", bucket.count}});
  for (const SlowFrame& frame : phase.slowest) slowest.push_back(to_json(phase, frame));
  Json json = {{"scheduling", phase.scheduling},
               {"asked", phase.asked},
               {"refused", phase.refused},
               {"frames", phase.frames},
               {"warm_up", phase.warm_up},
               {"dropped", phase.dropped},
               {"left_out", phase.left_out},
               {"seconds", phase.seconds},
               {"ended_early", phase.ended_early.empty() ? Json(nullptr) : Json(phase.ended_early)},
               {"misses", phase.misses},
               {"miss_runs", phase.miss_runs},
               {"miss_run_longest", phase.miss_run_longest},
               {"miss_probability_bound", measure::probability_bound(phase.misses, phase.frames)},
               {"whole", phase.whole},
               {"total", to_json(phase.total)},
               {"total_p999_bound_ms", phase.total_p999_bound > 0 ? Json(phase.total_p999_bound) : Json(nullptr)},
               {"stages", stages},
               {"histogram", histogram},
               {"worst_bin_s", phase.worst_bin_seconds},
               {"worst_ms", phase.worst_ms},
               {"slowest", slowest},
               {"allocations", phase.allocations ? Json(*phase.allocations) : Json(nullptr)},
               {"frames_with_allocations", phase.frames_with_allocations},
               {"thread",
                {{"minor_faults", phase.thread.minor_faults},
                 {"major_faults", phase.thread.major_faults},
                 {"voluntary_switches", phase.thread.voluntary_switches},
                 {"involuntary_switches", phase.thread.involuntary_switches}}},
               {"cores_busy", phase.cores_busy},
               {"cores_stolen", phase.cores_stolen},
               {"process", resources(phase)}};
  return json;
}

}  // namespace

std::string render_latency_json(const LatencyReport& report) {
  Json machine = Json::object(), phases = Json::array();
  for (const measure::Fact& fact : report.machine) machine[fact.key] = fact.value;
  for (const LatencyPhase& phase : report.phases) phases.push_back(to_json(phase));
  const Statement said = statement(report);
  const Json json = {{"format", "hedge latency report 1"},
                     {"name", report.name},
                     {"model", report.model},
                     {"source", report.source},
                     {"live", report.live},
                     {"acts", report.acts},
                     {"supervised", report.supervised},
                     {"frames_per_second", report.frames_per_second},
                     {"deadline_ms", report.deadline_ms},
                     {"load", report.load},
                     {"command", report.command},
                     {"version", report.version},
                     {"date", report.date},
                     {"machine", machine},
                     {"phases", phases},
                     {"proven", said.proven},
                     {"not_proven", said.not_proven}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hedge::report
