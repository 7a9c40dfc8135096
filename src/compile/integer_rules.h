// The rewrites of to_integer. Each looks at one node and gives the values that replace its outputs; empty: not its
// case.
#pragma once

#include "compile/quantized_values.h"

namespace hedge::compile {

using IntegerRule = std::vector<ValueId> (*)(Graph&, const Node&);

// Bytes move as bytes: f(DequantizeLinear(q)) = DequantizeLinear(f(q)).
std::vector<ValueId> move_bytes(Graph& graph, const Node& node);
std::vector<ValueId> concat_bytes(Graph& graph, const Node& node);
/// QuantizeLinear(f(x)) = f(QuantizeLinear(x)), where x is no bytes yet and only this reads it.
std::vector<ValueId> lift_quantize(Graph& graph, const Node& quantize);

/// A product of bytes that nothing quantizes, the end of a network: its sums become floats. Tried once the others are
/// through.
std::vector<ValueId> real_product(Graph& graph, const Node& node);

// At a QuantizeLinear: what stands before it, from the DequantizeLinear on, is one integer step.
std::vector<ValueId> requantize(Graph& graph, const Node& quantize);       ///< of bytes: nothing, or a table
std::vector<ValueId> integer_product(Graph& graph, const Node& quantize);  ///< hedge.QConv
std::vector<ValueId> integer_affine(Graph& graph, const Node& quantize);  ///< a factor and a shift a channel: QConv too
std::vector<ValueId> byte_function(Graph& graph, const Node& quantize);   ///< hedge.QTable
std::vector<ValueId> integer_binary(Graph& graph, const Node& quantize);  ///< hedge.QAdd, QMul
std::vector<ValueId> integer_average(Graph& graph, const Node& quantize);  ///< hedge.QAveragePool
std::vector<ValueId> integer_resize(Graph& graph, const Node& quantize);   ///< hedge.QResize

}  // namespace hedge::compile
