// Rounding weights so that their errors cancel in what a layer computes, where plain rounding misses the budget:
// AdaRound's aim (Nagel et al. 2020) by error feedback (Frantar et al. 2023, "GPTQ"): weights are rounded one input
// after the other, and each error is made up for by the weights still to come, as the second moments of the layer's
// inputs say.
#pragma once

#include "quantize/statistics.h"
#include "quantize/weights.h"

namespace hedge::quantize {

/// For each group of a product the matrix of mean products of its inputs, row-major, in the order of its weights.
struct InputMoments {
  std::size_t depth = 0;
  std::vector<std::vector<double>> groups;
};
using AllMoments = std::map<NodeId, InputMoments>;

/// Over some windows of the first samples. Products deeper than kDepthMax are left out: their rounding stays plain.
inline constexpr std::size_t kMomentDepthMax = 1536;
Result<AllMoments> collect_moments(const Graph& graph, const Topology& topology, const Samples& samples);

/// Rounds `w` (as the product holds it) anew on the scales of `quantized`. `factors`: of the input channels, or empty.
void round_with_feedback(const Node& node, const Product& product, const Tensor& w, const InputMoments& moments,
                         const std::vector<float>& factors, QuantizedWeights& quantized);

}  // namespace hedge::quantize
