#include "compile/pass.h"

#include "graph/infer_types.h"

namespace hedge::compile {

int fold_constants(Graph& graph) {
  const std::size_t before = graph.nodes().size();
  // Integer weights unfold to float here; mark_quantized_weights has kept their scales.
  const Status status = graph::infer_types(graph, {.fold = true, .fold_dequantize = true});
  HEDGE_CHECK(status.has_value());  // the graph was verified before
  graph.erase_dead_nodes();
  return static_cast<int>(before) - static_cast<int>(graph.nodes().size());
}

std::span<const Pass> passes() {
  static constexpr Pass kPasses[] = {
      {"mark_quantized_weights", "keeps the scales of integer weights beside the products that use them",
       mark_quantized_weights},
      {"fold_constants", "computes what depends on constants only", fold_constants},
      {"remove_identity", "drops nodes that change nothing; every change of shape becomes a Reshape", remove_identity},
      {"fold_batch_norm", "BatchNormalization into the convolution before it, or into a multiply and an add",
       fold_batch_norm},
      {"fold_pad", "zero padding into the convolution after it", fold_pad},
      {"fold_focus", "pixels gathered into channels into the convolution after them", fold_focus},
      {"raise_activations", "finds SiLU, HardSwish and GELU spelled out in parts", raise_activations},
      {"reduce_powers", "squares written as powers to products", reduce_powers},
      {"to_gemm", "products with constant matrices to hedge.Gemm", to_gemm},
      {"to_lstm", "LSTM to one product for all steps and the recurrence behind it", to_lstm},
      {"widen_lines", "layers over one axis to layers over images of height 1", widen_lines},
      {"to_nhwc", "convolutions, pooling and resizing to channels-last, between transpositions", to_nhwc},
      {"move_transposes", "moves transpositions down through the graph until they meet and cancel", move_transposes},
      {"fuse_epilogues", "bias, residual and activation into the product before them", fuse_epilogues},
      {"to_integer", "what stands between DequantizeLinear and QuantizeLinear to integer arithmetic", to_integer},
      {"fuse_tables", "tables into the convolution or the table before them", fuse_tables},
      {"fuse_sequels", "a factor a channel or a sum into the integer convolution before it", fuse_sequels},
      {"pick_channels", "joins, slices and shuffles of channels, one behind the other, to one step", pick_channels},
      {"to_pixels", "the quantization of an image of planes and its transposition to one step", to_pixels},
  };
  return kPasses;
}

}  // namespace hedge::compile
