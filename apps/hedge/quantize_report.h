// From what the search found to the report of hedge quantize.
#pragma once

#include "quantize/diagnose.h"
#include "quantize/search.h"
#include "report/quantize_report.h"

namespace hedge::app {

struct QuantizeFindings {
  const graph::Graph& graph;  ///< prepared, in float
  const quantize::AllStatistics& statistics;
  const quantize::SearchResult& result;
  const std::vector<quantize::LayerNoise>& noise;
  double baseline, max_drop;
  std::string metric, measured_on;
  std::int64_t calibration_samples;
};

/// Sizes, model name and origin are left to the caller.
base::Result<report::QuantizeReport> make_quantize_report(const QuantizeFindings& findings);

/// The parts of the compiled model that compute in float, with their time on this machine.
base::Result<std::vector<report::FloatIsland>> float_islands(const graph::Graph& quantized);

}  // namespace hedge::app
