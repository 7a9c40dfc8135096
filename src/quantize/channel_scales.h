// Channels with scales of their own, without any new arithmetic: x * factor before it becomes bytes, weights / factor
// behind it. In front of a depthwise convolution this is exact, since its channels do not mix and each has a weight
// scale of its own; in front of others it trades the error of the activations for one of the weights, and the exponent
// of the factors is where both together are least (Nagel et al. 2019, Xiao et al. 2023 have the idea for ReLU and for
// transformers).
#pragma once

#include "quantize/range_memo.h"

namespace hedge::quantize {

/// The product whose epilogue could multiply the reader's input by factors; null where that is not possible.
const Product* maker_of_scales(const Graph& graph, const Topology& topology, const Product& reader);

/// Factors for a site, largest 1 for the widest channel; empty where no reader is treated so or it would not help.
std::vector<float> channel_factors(const Graph& graph, const Topology& topology, const Treatments& treatments,
                                   ValueId site, const Statistics& statistics, RangeMemo& ranges);

/// Noise over signal at the readers of the site with the best factors, weight noise included.
double noise_with_scales(const Graph& graph, const Topology& topology, ValueId site, const Statistics& statistics,
                         RangeMemo& ranges);

Statistics multiplied(const Statistics& statistics, const std::vector<float>& factors);
std::vector<double> divided_weights(const std::vector<double>& weights, const std::vector<float>& factors);

}  // namespace hedge::quantize
