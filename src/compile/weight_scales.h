// Weights that the model keeps in integers, DequantizeLinear(i8, scale): every pass works on their float values, and
// the scales ride along as an attribute of the product, so that at the end the integers can be had back exactly.
#pragma once

#include <span>
#include <string_view>

#include "compile/pass.h"

namespace hedge::compile {

/// One scale an output channel, or one for all.
inline constexpr std::string_view kWeightScales = "weight_scales";

/// Copies the attribute, where it is, to the node that replaces `node`.
inline void keep_weight_scales(const Node& node, op::Attributes& attributes) {
  if (const auto scales = node.attributes.reals(kWeightScales); !scales.empty())
    attributes.set(kWeightScales, std::vector<float>(scales.begin(), scales.end()));
}

/// What multiplying the weights by `factors` (one an output channel) does to the attribute. A factor that is not
/// positive would turn -128 into 128, which is no i8: then the attribute goes, and the product stays in float.
void multiply_weight_scales(op::Attributes& attributes, std::span<const float> factors);

/// round(w / scale), channels along the last axis; kInvalid where the weights are no multiples of the scales.
Result<Tensor> integer_weights(const Tensor& w, std::span<const float> scales);

}  // namespace hedge::compile
