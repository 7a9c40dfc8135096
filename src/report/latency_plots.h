// The plots of a latency report as inline SVG (svg.h).
#pragma once

#include "report/latency_report.h"

namespace hedge::report {

/// The histogram of a phase: time on a logarithmic axis that all phases share, frames too, so that a single late frame
/// is seen beside ten thousand others. With the deadline, p50, p99 and p99.9.
std::string latency_histogram_plot(const LatencyReport& report, const LatencyPhase& phase);

/// The worst frame of each bin of time, against the deadline.
std::string worst_plot(const LatencyReport& report, const LatencyPhase& phase);

/// Resident memory over time, with a band of 5 MB on each side of what it was after the first minute.
std::string memory_plot(const LatencyPhase& phase);

}  // namespace hedge::report
