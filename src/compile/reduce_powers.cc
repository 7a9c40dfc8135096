// Pow by 2, as spectra and variances are written, is a product; the general power has no kernel.
#include "compile/rewrite.h"

namespace hedge::compile {

int reduce_powers(Graph& graph) {
  return sweep(graph, [](Graph& g, const Node& node) -> std::vector<ValueId> {
    if (!is_any(node, "Pow") || g.value(node.input(0)).type.dtype != DType::kF32) return {};
    const Tensor* exponent = float_constant(g, node.input(1));
    const bool squares = exponent != nullptr && exponent->shape().elements() == 1 && exponent->as<float>()[0] == 2 &&
                         g.value(node.output()).type.shape == g.value(node.input(0)).type.shape;
    if (!squares) return {};
    return {add_node(g, "Mul", {node.input(0), node.input(0)}, {}, g.value(node.output()).name)};
  });
}

}  // namespace hedge::compile
