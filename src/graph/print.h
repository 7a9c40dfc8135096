// A graph as text, one node a line: what `hedge inspect` and the dumps between passes show.
#pragma once

#include <string>

#include "graph/graph.h"

namespace hedge::graph {

///   input %x: f32[1x3x8x8]
///   %y: f32[1x4x8x8] = Conv(%x, const f32[4x3x3x3], -) {pads=[1,1,1,1]}
///   output %y
std::string print(const Graph& graph);

/// The attributes as "{a=1, b=[1,2]}"; empty where there are none. Long lists and tensors are shortened.
std::string print(const op::Attributes& attributes);

}  // namespace hedge::graph
