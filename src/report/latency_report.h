// What `hedge latency-report` measured, as plain data, its words, and its three renderings. Times are milliseconds.
// Whoever fills it measures; rendering only shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/latency.h"
#include "measure/machine.h"
#include "measure/process_watch.h"

namespace hedge::report {

/// A stage of the pipeline, or a span over several of them.
struct LatencyStage {
  std::string name;   ///< "infer"
  bool span = false;  ///< "capture to actuation"
  measure::Latency times;
};

/// One of the frames that took longest.
struct SlowFrame {
  std::int64_t index = 0;  ///< of the source
  double at_seconds = 0;   ///< since the first frame
  double total_ms = 0;
  std::vector<double> stage_ms;  ///< in the order of LatencyPhase::stages, spans left out
  int preemptions = 0;           ///< the thread had to leave its core to another
  int page_faults = 0;
};

/// What the kernel counted of the frame's thread, over all frames of the phase.
struct ThreadCounts {
  std::int64_t minor_faults = 0, major_faults = 0, voluntary_switches = 0, involuntary_switches = 0;
};

/// One run: all frames under one scheduling class.
struct LatencyPhase {
  std::string scheduling;                            ///< as the kernel has it: "SCHED_FIFO 40"
  std::vector<std::string> asked;                    ///< what was asked of the kernel, and its answer, a line each
  bool refused = false;                              ///< some of it: then nothing was measured
  std::int64_t frames = 0, warm_up = 0;              ///< measured; before them
  std::int64_t dropped = 0;                          ///< by the source, because a newer one was there
  std::int64_t left_out = 0;                         ///< by the degradation ladder, warm-up included
  std::int64_t misses = 0;                           ///< later than the deadline
  std::int64_t miss_runs = 0, miss_run_longest = 0;  ///< misses of frames in a row
  double seconds = 0;
  std::vector<LatencyStage> stages;
  std::string whole;            ///< the span that the deadline is about
  measure::Latency total;       ///< its times
  double total_p999_bound = 0;  ///< the true p99.9 is below it (measure/confidence.h); 0: too few frames to say
  std::vector<measure::Bucket> histogram;  ///< of it
  std::vector<double> worst_ms;            ///< of it, in each `worst_bin_seconds` of the phase; 0: no frame
  double worst_bin_seconds = 1;
  std::vector<SlowFrame> slowest;  ///< longest first
  /// On the frame's thread, from frame in to acted; none where this build does not count.
  std::optional<std::int64_t> allocations;
  std::int64_t frames_with_allocations = 0;
  ThreadCounts thread;
  double cores_busy = 0, cores_stolen = 0;  ///< 0 to 1, of all cores of the machine
  std::vector<measure::ProcessSample> process;
  std::string ended_early;  ///< why; empty: it did not
};

struct LatencyReport {
  std::string name;  ///< of the pipeline
  std::string model, source;
  bool live = false;             ///< a camera or a stream, not a file
  bool acts = false;             ///< there are actuators
  bool supervised = false;       ///< [safety] was obeyed, inside the process
  double frames_per_second = 0;  ///< of the source; 0: not known
  double deadline_ms = 50;
  std::string load;
  std::string command, version, date;
  std::vector<measure::Fact> machine;
  bool realtime_kernel = false, is_virtual = false;
  std::vector<LatencyPhase> phases;
};

/// What the process held after the first minute, and how far it went from there. None for phases shorter than two.
struct MemoryDrift {
  std::int64_t first_minute_bytes = 0, last_bytes = 0;
  std::int64_t farthest_bytes = 0;  ///< from first_minute_bytes, with its sign
  int first_minute_descriptors = 0, last_descriptors = 0, most_descriptors = 0;
};
std::optional<MemoryDrift> memory_drift(const LatencyPhase& phase);

/// In plain words, a sentence each: what the phases prove, with what confidence, and what they leave open.
struct Statement {
  std::vector<std::string> proven, not_proven;
};
Statement statement(const LatencyReport& report);

/// One self-contained page: no scripts, nothing fetched, plots as inline SVG, light and dark.
std::string render_latency_html(const LatencyReport& report);
/// For a terminal of 100 columns.
std::string render_latency_text(const LatencyReport& report);
/// All of it, indented; docs/latency.md tells the fields.
std::string render_latency_json(const LatencyReport& report);

}  // namespace hedge::report
