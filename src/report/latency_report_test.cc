#include "report/latency_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "report/balanced.h"

namespace hedge::report {
namespace {

using nlohmann::json;

/// One phase of `frames` frames, `misses` of them late, with `seconds` of samples of a process that grows by 10 kB in
/// each.
LatencyReport sample(std::int64_t frames, std::int64_t misses, int seconds) {
  LatencyPhase phase{.scheduling = "SCHED_OTHER, nice 0", .frames = frames, .warm_up = 60};
  phase.misses = misses;
  phase.miss_runs = misses > 0 ? 1 : 0;
  phase.miss_run_longest = misses;
  phase.seconds = seconds;
  phase.whole = "capture to actuation";
  std::vector<double> times(static_cast<std::size_t>(frames), 2.0);
  for (std::int64_t k = 0; k < misses; ++k) times[static_cast<std::size_t>(k)] = 60.0;
  phase.total = measure::latency_of(times);
  phase.histogram = measure::histogram(times, 120);
  phase.stages = {{"wait", false, phase.total}, {"infer", false, phase.total}, {phase.whole, true, phase.total}};
  phase.worst_ms = {2, 60, 0, 2};
  phase.slowest = {{.index = 7, .at_seconds = 0.2, .total_ms = 60, .stage_ms = {59, 1}, .preemptions = 2}};
  phase.allocations = 0;
  for (int second = 0; second <= seconds; ++second)
    phase.process.push_back({.at_seconds = static_cast<double>(second),
                             .resident_bytes = 100'000'000 + 10'000 * second,
                             .descriptors = second < 70 ? 20 : 21});
  return {.name = "vehicle",
          .model = "person.onnx",
          .source = "vtest.avi",
          .acts = true,
          .deadline_ms = 50,
          .load = "none",
          .command = "hedge latency-report <script>",
          .machine = {{"kernel", "kernel", "Linux 6.1"}},
          .phases = {phase}};
}

bool any_has(const std::vector<std::string>& sentences, const std::string& part) {
  return std::ranges::any_of(sentences, [&](const auto& one) { return one.find(part) != std::string::npos; });
}

TEST(LatencyStatement, WithoutAMissItIsTheRuleOfThree) {
  const Statement said = statement(sample(10000, 0, 334));
  EXPECT_TRUE(any_has(said.proven, "none of 10000 frames took longer than 50 ms"));
  EXPECT_TRUE(any_has(said.proven, "below 0.03 % with 95 % confidence (rule of three: 3 / 10000)"));
  EXPECT_TRUE(any_has(said.not_proven, "not independent"));
}

TEST(LatencyStatement, MissesAreSaidWithTheirBound) {
  const Statement said = statement(sample(1000, 2, 33));
  EXPECT_TRUE(any_has(said.proven, "2 of 1000 frames (0.2 %) took longer than 50 ms"));
  EXPECT_TRUE(any_has(said.proven, "below 0.628 %"));  // qbeta(0.95, 3, 998)
  EXPECT_TRUE(any_has(said.proven, "at most 2 in a row"));
}

TEST(LatencyStatement, TooFewFramesSayNothingOfTheTail) {
  EXPECT_TRUE(any_has(statement(sample(2994, 0, 99)).not_proven, "2994 frames are too few to say where p99.9 is"));
  LatencyReport enough = sample(2995, 0, 99);
  enough.phases[0].total_p999_bound = 2.5;
  EXPECT_TRUE(any_has(statement(enough).proven, "p99.9 was 2.000 ms; the true one is below 2.500 ms"));
}

TEST(LatencyStatement, MemoryIsHeldAgainstTheFirstMinute) {
  EXPECT_TRUE(any_has(statement(sample(100, 0, 119)).not_proven, "shorter than two minutes"));
  const LatencyReport report = sample(100, 0, 160);
  const MemoryDrift drift = memory_drift(report.phases[0]).value();
  EXPECT_EQ(drift.first_minute_bytes, 100'600'000);
  EXPECT_EQ(drift.farthest_bytes, 1'000'000);
  EXPECT_EQ(drift.first_minute_descriptors, 20);
  EXPECT_EQ(drift.last_descriptors, 21);
  EXPECT_TRUE(any_has(statement(report).proven, "100.6 MB after the first minute, +1.0 MB at the end"));
}

TEST(LatencyStatement, WhatWasNotThereIsNotClaimed) {
  LatencyReport report = sample(5000, 0, 30);
  report.phases[0].allocations.reset();
  report.acts = false;
  report.is_virtual = true;
  report.phases.push_back({.scheduling = "SCHED_FIFO 40", .asked = {"SCHED_FIFO 40: refused: no"}, .refused = true});
  const Statement said = statement(report);
  for (const char* part :
       {"does not count", "no actuator", "hypervisor", "SCHED_FIFO 40: refused", "PREEMPT_RT", "camera"})
    EXPECT_TRUE(any_has(said.not_proven, part)) << part;
  EXPECT_FALSE(any_has(said.proven, "SCHED_FIFO"));
  EXPECT_FALSE(any_has(said.proven, "allocations"));
  EXPECT_TRUE(statement({}).proven.empty());
  EXPECT_FALSE(statement({}).not_proven.empty());
}

TEST(LatencyJson, HoldsEverythingUnderItsName) {
  const json all = json::parse(render_latency_json(sample(1000, 2, 160)));
  EXPECT_EQ(all["format"], "hedge latency report 1");
  const json& phase = all["phases"][0];
  EXPECT_EQ(phase["frames"], 1000);
  EXPECT_EQ(phase["misses"], 2);
  EXPECT_NEAR(phase["miss_probability_bound"].get<double>(), 0.00628, 0.00001);
  EXPECT_TRUE(phase["total_p999_bound_ms"].is_null());
  EXPECT_EQ(phase["total"]["max_ms"], 60);
  std::int64_t frames = 0;
  for (const json& bucket : phase["histogram"]) frames += bucket["count"].get<std::int64_t>();
  EXPECT_EQ(frames, 1000);
  EXPECT_EQ(phase["slowest"][0]["stages_ms"]["wait"], 59);
  EXPECT_EQ(phase["slowest"][0]["stages_ms"].size(), 2u);  // spans are no stages
  EXPECT_EQ(phase["process"]["resident_bytes"].size(), 161u);
  EXPECT_EQ(phase["process"]["after_first_minute"]["farthest_bytes"], 1'000'000);
  EXPECT_EQ(all["machine"]["kernel"], "Linux 6.1");
  EXPECT_FALSE(all["not_proven"].empty());
}

TEST(LatencyHtml, IsOneWellFormedPageWithoutScripts) {
  LatencyReport report = sample(1000, 2, 160);
  report.name = "<b>\"&\x01";
  report.phases.push_back({.scheduling = "SCHED_FIFO 40", .refused = true});
  const std::string html = render_latency_html(report);
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<b>\""), std::string::npos);
  EXPECT_NE(html.find("deadline 50 ms"), std::string::npos);
  EXPECT_NE(html.find("bar worst"), std::string::npos);  // the late frames stand out
  EXPECT_EQ(html.find("nan"), std::string::npos);
}

TEST(LatencyHtml, NothingMeasuredIsAPageToo) {
  EXPECT_EQ(unbalanced(render_latency_html({})), "");
  LatencyReport report = sample(1, 0, 0);
  report.phases[0].worst_ms = {};
  report.phases[0].process = {};
  EXPECT_EQ(unbalanced(render_latency_html(report)), "");
}

TEST(LatencyText, HasATerminalsWidthAndNoEscapes) {
  LatencyReport report = sample(1000, 2, 160);
  report.source = "\x1b[2J.avi";
  const std::string text = render_latency_text(report);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("2 misses of 50 ms (1 runs, 2 frames the longest)"), std::string::npos);
  const std::size_t proven = text.find("\nProven:");
  ASSERT_NE(proven, std::string::npos);
  for (std::size_t at = proven + 1; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 100u) << text.substr(at, end - at);
    at = end + 1;
  }
}

}  // namespace
}  // namespace hedge::report
