// Whether every read in a program sees what was written for it: the memory plan, proved again by walking the steps.
#pragma once

#include "program/program.h"

namespace hedge::program {

/// Each operand in the arena, and each output of the program, must still be what an earlier step (or the caller, for
/// inputs) wrote there: the same tensor, or one that nobody writes and that is the same bytes under another shape. So
/// no plan, however wrong, lets a step read half of another tensor, or integers as bools. Expects places and indices
/// that verify() has checked. kInvalid names the step.
base::Status verify_liveness(const Program& program);

}  // namespace hedge::program
