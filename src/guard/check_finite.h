// Whether a model's answer is numbers: no NaN, no infinity. A few microseconds for 100,000 floats.
#pragma once

#include <cstdint>
#include <span>

namespace hedge::guard {

/// False where any value is NaN or infinite. Tensors that an integer step has written are finite by construction.
bool check_finite(std::span<const float> values) noexcept;
/// The same of IEEE half precision.
bool check_finite(std::span<const std::uint16_t> halves) noexcept;

}  // namespace hedge::guard
