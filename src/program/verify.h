// Whether a program may be run: after this check no step can read or write outside its memory, whatever file it came
// from.
#pragma once

#include "program/program.h"
#include "program/step_operands.h"

namespace hedge::program {

/// Places, sizes and alignment of all tensors; for each step: known operator and kernel, operand types that its shape
/// rule agrees with, packed weights of the kernel's size, outputs that overlap no operand. kInvalid says which step.
Status verify(const Program& program);

}  // namespace hedge::program
