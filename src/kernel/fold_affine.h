// An affine sequel in one step: it sees a byte, so that all it can ever answer for a channel are 256 bytes, and whether
// a cheaper formula gives the same ones is no matter of proof but of trying them all. Done once, when a step is bound.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/params.h"

namespace hedge::kernel {

struct FoldedAffineTables {
  std::vector<float> slope, offset;     ///< [out_c]
  std::vector<std::uint8_t> low, high;  ///< [out_c]

  FoldedAffine view() const { return {slope.data(), offset.data(), low.data(), high.data()}; }
};

/// For a channel whose scaled sum is v, round(fma(round(v), slope, offset)), clamped from low to high, is what
/// docs/int8.md says of the product's last step and an affine sequel together, for every v that can come: the first
/// clamp, the sequel's own scale and its zero point are in the four numbers. nullopt: no such numbers were found for
/// some channel, or the step has a gain, or its numbers are too large to be sure. The product must have no activation
/// but one that the first clamp contains.
std::optional<FoldedAffineTables> fold_affine(const QConvParams& params, const QConvArgs& args);

}  // namespace hedge::kernel
