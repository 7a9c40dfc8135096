// Whether every read in a program sees what was written for it: the memory plan, proved again by walking the steps.
#pragma once

#include "program/program.h"

namespace hedge::program {

/// Tensors that one which nobody writes may consist of; more are refused, so that looking at them takes no time that a
/// file could choose.
inline constexpr std::size_t kPartsMax = 256;

/// Each operand in the arena, and each output of the program, must still be what earlier steps (or the caller, for
/// inputs) wrote there: the same tensor; or one that nobody writes, of the same type, all of whose bytes belong to one
/// that was written, under another shape or as a part, or to several beside and behind each other. So no plan, however
/// wrong, lets a step read half of what another wrote, or integers as bools. Expects places and indices that verify()
/// has checked. kInvalid names the step.
base::Status verify_liveness(const Program& program);

}  // namespace hedge::program
