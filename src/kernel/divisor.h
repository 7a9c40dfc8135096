// Division by a constant without dividing, where it is proved that nothing changes.
#pragma once

#include "kernel/picture_params.h"

namespace hedge::kernel {

/// 1 / step is a sum of two floats, and x / step nearly fma(x, high, x * low). Both it and the division rise with x
/// (`low` is not negative), so the integers that they round to are the same for every x if they are at the two floats
/// around each point where the integer changes: this looks at all of those up to +-256 and says `divides` if any
/// differs. (`Beyond` 256 a byte saturates either way.) `step` is positive and finite.
Divisor divisor_of(float step);

}  // namespace hedge::kernel
