// Which convolutions run together by bands of rows (program/row_bands.h), and how high a band is.
#pragma once

#include <vector>

#include "compile/compile.h"
#include "compile/find_views.h"

namespace hedge::compile {

/// The name by which CompileOptions::disabled_passes switches it off; it is a decision of the lowering.
inline constexpr std::string_view kRowBandsPass = "row_bands";

struct NodeBands {
  int first = 0, count = 0;  ///< nodes, by position in Graph::nodes()
  std::int64_t rows = 0;     ///< of the last one's output, at a time
};

/// Chains of convolutions, each read by the next one alone, between which more bytes lie than a cache near the core
/// keeps. By rising position. What lies between two of them neither lies in another value's bytes nor has others in it,
/// and none of their operands has rows that lie apart.
std::vector<NodeBands> find_bands(const Graph& graph, const BandLimits& limits, const Views& views = {});

}  // namespace hedge::compile
