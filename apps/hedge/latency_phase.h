// From the frames of a run to a phase of the report: percentiles, runs of misses, the worst of each moment.
#pragma once

#include "pipeline/latency_recorder.h"
#include "report/latency_report.h"

namespace hedge::app {

/// Fills what the recorder knows; `output`: the times of what came after acting, from the runner's statistics.
/// Nothing but zeros where no frame was kept.
void fill_from(const pipeline::LatencyRecorder& recorder, const pipeline::LatencyHistogram& output,
               report::LatencyPhase& phase);

}  // namespace hedge::app
