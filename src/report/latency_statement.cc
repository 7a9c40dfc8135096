// Figures are easy to over-read: this says what they are worth.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/confidence.h"
#include "report/latency_figures.h"
#include "report/latency_report.h"

namespace hedge::report {
namespace {

using Sentences = std::vector<std::string>;

const LatencyPhase* longest(const LatencyReport& report) {
  const auto found = std::ranges::max_element(report.phases, {}, &LatencyPhase::seconds);
  return found == report.phases.end() || found->frames == 0 ? nullptr : &*found;
}

void prove_deadline(const LatencyReport& report, const LatencyPhase& phase, Sentences& proven) {
  const double bound = measure::probability_bound(phase.misses, phase.frames);
  const std::string chance = chance_text(bound);
  if (phase.misses == 0)
    proven.push_back(fmt::format(
        "{}: none of {} frames took longer than {} ms from {}. If frames were independent of each other, a "
        "miss would have a chance below {} with 95 % confidence (rule of three: 3 / {}).",
        phase.scheduling, phase.frames, plain_number(report.deadline_ms), phase.whole, chance, phase.frames));
  else
    proven.push_back(fmt::format(
        "{}: {} of {} frames ({}) took longer than {} ms from {}, at most {} in a row. If frames were independent of "
        "each other, a miss would have a chance below {} with 95 % confidence.",
        phase.scheduling, phase.misses, phase.frames,
        chance_text(static_cast<double>(phase.misses) / static_cast<double>(phase.frames)),
        plain_number(report.deadline_ms), phase.whole, phase.miss_run_longest, chance));
}

void prove_tail(const LatencyPhase& phase, Statement& said) {
  if (phase.total_p999_bound > 0)
    said.proven.push_back(fmt::format("{}: p99.9 was {} ms; the true one is below {} ms with 95 % confidence.",
                                      phase.scheduling, number(phase.total.p999), number(phase.total_p999_bound)));
  else
    said.not_proven.push_back(fmt::format("{}: {} frames are too few to say where p99.9 is; that takes {}.",
                                          phase.scheduling, phase.frames, measure::count_to_bound(0.999)));
}

void prove_resources(const LatencyPhase& phase, Statement& said) {
  if (phase.allocations)
    said.proven.push_back(
        fmt::format("{}: {} allocations on the frame's thread from frame in to action, in {} of {} frames.",
                    phase.scheduling, *phase.allocations, phase.frames_with_allocations, phase.frames));
  else
    said.not_proven.push_back("Allocations: this build does not count them.");
  const std::optional<MemoryDrift> drift = memory_drift(phase);
  if (!drift) {
    said.not_proven.push_back(
        fmt::format("{}: shorter than two minutes, which says nothing of memory over time.", phase.scheduling));
    return;
  }
  said.proven.push_back(fmt::format(
      "{}: resident memory was {} MB after the first minute, {:+.1f} MB at the end, never farther off than {:+.1f} MB; "
      "{} descriptors were open after the first minute, {} at the end, {} at most.",
      phase.scheduling, megabytes(drift->first_minute_bytes),
      static_cast<double>(drift->last_bytes - drift->first_minute_bytes) * 1e-6,
      static_cast<double>(drift->farthest_bytes) * 1e-6, drift->first_minute_descriptors, drift->last_descriptors,
      drift->most_descriptors));
}

void leave_open(const LatencyReport& report, const LatencyPhase& phase, Sentences& open) {
  open.push_back(
      "Frames are not independent: what makes one late often makes the next one late too. Take the chances above for "
      "this load and this hour, not for a promise.");
  open.push_back(report.live
                     ? "The camera: a frame's time is when it reached this process. Exposure, readout, transport and "
                       "decoding come before that, and are not in any figure."
                     : "The camera: a file stood in for it, decoded ahead, each frame's time being the moment at which "
                       "it was due. Exposure, readout, transport, driver and decoding are not in any figure.");
  open.push_back(
      report.acts
          ? "The actuator: figures end when the command was handed to the kernel, or, for kinds that can block "
            "(MQTT, Modbus, webhook), to the thread that sends it. Network, controller and mechanics come after."
          : "Acting: there is no actuator in this run; figures end with the decision.");
  if (report.supervised)
    open.push_back(
        "The watchdog: [safety] was obeyed inside this process, without a process of its own that watches. How fast "
        "SAFE "
        "comes is measured by ./dev bench safe.");
  open.push_back(
      fmt::format("Other machines, kernels, temperatures, neighbours and loads than this one (load: {}), and more than "
                  "{} of it.",
                  report.load, duration_text(phase.seconds)));
  if (!report.realtime_kernel) open.push_back("A bound on the kernel's own delays: it is no PREEMPT_RT kernel.");
  if (report.is_virtual)
    open.push_back(fmt::format(
        "The hypervisor: it can take the cores away at any time; it did so for {} of their time, as far as it says.",
        percent(phase.cores_stolen)));
}

}  // namespace

Statement statement(const LatencyReport& report) {
  Statement said;
  const LatencyPhase* most = longest(report);
  if (most == nullptr) {
    said.not_proven.push_back("Anything: no frame was measured.");
    return said;
  }
  for (const LatencyPhase& phase : report.phases) {
    if (phase.refused)
      for (const std::string& line : phase.asked) said.not_proven.push_back(line + ".");
    if (phase.frames == 0) continue;
    prove_deadline(report, phase, said.proven);
    prove_tail(phase, said);
    said.proven.push_back(fmt::format("{}: {} of {} frames were dropped because a newer one was there.",
                                      phase.scheduling, phase.dropped, phase.frames + phase.dropped));
    if (phase.left_out > 0)
      said.proven.push_back(fmt::format("{}: {} frames were left out by the degradation ladder: they are in no figure.",
                                        phase.scheduling, phase.left_out));
    prove_resources(phase, said);
    if (!phase.ended_early.empty())
      said.not_proven.push_back(fmt::format("{}: ended early: {}.", phase.scheduling, phase.ended_early));
  }
  leave_open(report, *most, said.not_proven);
  return said;
}

std::optional<MemoryDrift> memory_drift(const LatencyPhase& phase) {
  constexpr double kMinute = 60;
  const auto first =
      std::ranges::find_if(phase.process, [](const auto& sample) { return sample.at_seconds >= kMinute; });
  if (first == phase.process.end() || phase.process.back().at_seconds < 2 * kMinute) return std::nullopt;
  const measure::ProcessSample& last = phase.process.back();
  MemoryDrift drift{.first_minute_bytes = first->resident_bytes,
                    .last_bytes = last.resident_bytes,
                    .first_minute_descriptors = first->descriptors,
                    .last_descriptors = last.descriptors};
  for (auto sample = first; sample != phase.process.end(); ++sample) {
    const std::int64_t away = sample->resident_bytes - first->resident_bytes;
    if (std::abs(away) > std::abs(drift.farthest_bytes)) drift.farthest_bytes = away;
    drift.most_descriptors = std::max(drift.most_descriptors, sample->descriptors);
  }
  return drift;
}

}  // namespace hedge::report
