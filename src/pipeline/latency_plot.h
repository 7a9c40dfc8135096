// The latency histogram as a picture: how long frames took from capture to decision, and where the time went.
#pragma once

#include <memory>
#include <string>

#include "pipeline/sink.h"

namespace hedge::pipeline {

/// Draws `statistics` into a PNG. `title` names the model and the source.
base::Status write_latency_plot(const std::string& path, const std::string& title, const StageStatistics& statistics);

/// The same at the end of a run.
std::unique_ptr<Sink> create_latency_plot_sink(const std::string& path, const std::string& title);

}  // namespace hedge::pipeline
