// Where Slice and Pad take their elements from, for their references and for the kernels.
#pragma once

#include "op/broadcasting.h"
#include "op/operator.h"

namespace hedge::op {

/// Slice along every axis of the input: first index, step, and how many.
struct SliceRanges {
  Strides start{}, step{}, count{};
};
/// The bounds must be constants.
Result<SliceRanges> slice_ranges(const InferArgs& args);

/// Pad before and after every axis of the input; negative where it cuts.
struct Pads {
  Strides before{}, after{};
};
/// The pads must be constants.
Result<Pads> constant_pads(const InferArgs& args);

}  // namespace hedge::op
