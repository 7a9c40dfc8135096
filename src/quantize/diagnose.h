// Where the noise comes from: signal over noise of every product, in the quantized model as it runs and of its weights
// alone.
#pragma once

#include <optional>

#include "quantize/plan.h"

namespace hedge::quantize {

struct LayerNoise {
  std::string product;
  std::optional<double> output_sqnr_db;  ///< of what the product's step gives, all noise before it included
  double weight_sqnr_db = 0;             ///< infinity: the weights are exact
};

/// Both graphs on the first samples. `quantized` was made from `graph` by insert_qdq with this plan.
Result<std::vector<LayerNoise>> measure_noise(const Graph& graph, const Graph& quantized, const Plan& plan,
                                              const Samples& samples);

}  // namespace hedge::quantize
