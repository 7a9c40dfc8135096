#include "compile/quantized_values.h"

#include <algorithm>
#include <cmath>

#include "compile/rewrite.h"

namespace hedge::compile {

std::int32_t Quantization::quantize(double x) const {
  const double steps = std::nearbyint(static_cast<double>(static_cast<float>(x) / scale));
  return static_cast<std::int32_t>(std::clamp(steps + zero, 0.0, 255.0));
}

std::optional<Quantization> quantization_of(const Graph& graph, const Node& node) {
  const bool quantizes = is_any(node, "QuantizeLinear");
  if (!quantizes && !is_any(node, "DequantizeLinear")) return std::nullopt;
  const TensorType &bytes = graph.value(quantizes ? node.output() : node.input(0)).type,
                   &real = graph.value(quantizes ? node.input(0) : node.output()).type;
  const Tensor *scale = float_constant(graph, node.input(1)), *zero = graph.constant(node.input(2));
  if (bytes.dtype != DType::kU8 || real.dtype != DType::kF32 || scale == nullptr || scale->shape().elements() != 1 ||
      !(scale->as<float>()[0] > 0) || !std::isfinite(scale->as<float>()[0]))
    return std::nullopt;
  if (!node.has_input(2)) return Quantization{scale->as<float>()[0], 0};
  if (zero == nullptr || zero->dtype() != DType::kU8 || zero->shape().elements() != 1) return std::nullopt;
  return Quantization{scale->as<float>()[0], zero->as<std::uint8_t>()[0]};
}

std::optional<Dequantized> dequantized(const Graph& graph, ValueId value) {
  const Node* node = graph.producer_of(value);
  if (node == nullptr || !is_any(*node, "DequantizeLinear") || graph.is_constant(node->input(0))) return std::nullopt;
  const auto quantization = quantization_of(graph, *node);
  if (!quantization) return std::nullopt;
  return Dequantized{node->input(0), *quantization};
}

ValueId add_dequantize(Graph& graph, const Dequantized& value) {
  const ValueId scale = graph.add_constant("scale", Tensor::scalar(value.quantization.scale));
  const ValueId zero =
      graph.add_constant("zero_point", Tensor::scalar(static_cast<std::uint8_t>(value.quantization.zero)));
  return add_node(graph, "DequantizeLinear", {value.bytes, scale, zero}, {}, graph.value(value.bytes).name + "_real");
}

ValueId add_table(Graph& graph, ValueId bytes, const ByteTable& table) {
  const ValueId constant = graph.add_constant("table", Tensor::of<std::uint8_t>(Shape{256}, table));
  return add_hedge_node(graph, "QTable", {bytes, constant}, {}, graph.value(bytes).name + "_table");
}

ByteTable rescaling_table(const Quantization& from, const Quantization& to) {
  ByteTable table;
  for (std::int32_t q = 0; q < 256; ++q)
    table[static_cast<std::size_t>(q)] =
        static_cast<std::uint8_t>(to.quantize(static_cast<double>(static_cast<float>(q - from.zero) * from.scale)));
  return table;
}

const Node* sole_quantize(const Graph& graph, ValueId value) {
  if (!graph.has_single_consumer(value)) return nullptr;
  const Node& reader = graph.node(graph.consumers(value)[0]);
  return is_any(reader, "QuantizeLinear") && reader.input(0) == value ? &reader : nullptr;
}

}  // namespace hedge::compile
