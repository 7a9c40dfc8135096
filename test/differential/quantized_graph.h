// Random graphs as quantizers write them: QuantizeLinear/DequantizeLinear pairs at most values, integer weights.
#pragma once

#include "differential/random_graph.h"

namespace hedge::test {

/// A random graph of `steps` operators or blocks with its ranges measured on its own inputs. Most values become bytes
/// (u8, some i8; some ranges clip a little), most constant weights i8 with one scale an output channel, some with one
/// for all or u8. Some outputs are the bytes themselves.
RandomGraph random_quantized_graph(std::uint64_t seed, int steps);

}  // namespace hedge::test
