// A program compiled for one machine, bound to the kernels of another. Packing loses nothing, so the weights inside are
// all it takes: they are unpacked and packed anew for the best kernel that runs here. Integer steps answer the same
// bits with every kernel (docs/int8.md).
#pragma once

#include <cstdint>

#include "program/family.h"
#include "program/program.h"

namespace hedge::program {

/// What was done, for reports.
struct Repacked {
  kernel::IsaSet from, to;          ///< what the program needed; what there is here
  int steps = 0, rebound = 0;       ///< of the program; that got another kernel
  int on_reference = 0;             ///< of those: that have no kernel here, and run plainly
  std::uint64_t weights_bytes = 0;  ///< packed anew, in memory of our own
  std::int64_t microseconds = 0;
};

/// "re-packed for avx2: 63 of 70 steps, 0 on ref, 2.1 ms"
std::string to_string(const Repacked& repacked);

/// Gives each step whose kernel `here` cannot run the first candidate that it can. Expects a program that verify()
/// accepts, and leaves one that must be verified again. kUnsupported: the program is not portable; kInvalid: a weight
/// is not what its checksum says.
Result<Repacked> repack(Program& program, kernel::IsaSet here);

}  // namespace hedge::program
