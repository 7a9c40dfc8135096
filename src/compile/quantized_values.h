// Reading and writing the quantization of values: DequantizeLinear and QuantizeLinear of bytes, one scale a tensor.
#pragma once

#include <array>
#include <optional>

#include "compile/pass.h"

namespace hedge::compile {

struct Quantization {
  float scale = 1;
  std::int32_t zero = 0;
  bool operator==(const Quantization&) const = default;

  /// docs/int8.md: saturate(round(x / scale) + zero).
  std::int32_t quantize(double x) const;
};

/// Of a QuantizeLinear or DequantizeLinear between u8 and f32 with constant scalars; nothing for any other node.
std::optional<Quantization> quantization_of(const Graph& graph, const Node& node);

/// A float value that is bytes dequantized.
struct Dequantized {
  ValueId bytes = ValueId::kNone;
  Quantization quantization;
};
/// Nothing where the value is not made by a DequantizeLinear, or the bytes are a constant.
std::optional<Dequantized> dequantized(const Graph& graph, ValueId value);

ValueId add_dequantize(Graph& graph, const Dequantized& value);

using ByteTable = std::array<std::uint8_t, 256>;
ValueId add_table(Graph& graph, ValueId bytes, const ByteTable& table);
/// quantize(dequantize(q)) for all q.
ByteTable rescaling_table(const Quantization& from, const Quantization& to);

/// The one QuantizeLinear that reads `value`, where nothing else does.
const Node* sole_quantize(const Graph& graph, ValueId value);

}  // namespace hedge::compile
