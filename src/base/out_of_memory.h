// The one place that throws: most of the runtime is built without exceptions, and what fails for want of memory is
// caught where it can be told as an error (program/repack.cc), or ends the process.
#pragma once

namespace hedge::base {

/// Throws std::bad_alloc.
[[noreturn]] void out_of_memory();

}  // namespace hedge::base
