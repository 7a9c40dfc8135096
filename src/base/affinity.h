// Which cores a thread may run on.
#pragma once

#include <vector>

namespace hedge::base {

/// The cores that the calling thread may use, ascending.
std::vector<int> usable_cores();

inline constexpr int kAnyCore = -1;

/// The calling thread stays on `core` from now on; threads that it starts later inherit that. False where it may not
/// use that core. kAnyCore changes nothing.
bool pin_this_thread(int core);

}  // namespace hedge::base
