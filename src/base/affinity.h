// Which cores a thread may run on.
#pragma once

#include <span>
#include <vector>

namespace hedge::base {

/// The cores that the calling thread may use, ascending.
std::vector<int> usable_cores();

/// The calling thread stays on these cores from now on; threads that it starts later inherit them. False where there is
/// none that it may use.
bool keep_this_thread_on(std::span<const int> cores);

}  // namespace hedge::base
