// Ctrl-C and `kill` end a command in its own time.
#pragma once

#include <atomic>

namespace hedge::app {

/// Turns true on SIGINT and SIGTERM, from the first call on. poll() and its like return when they come.
std::atomic<bool>& stop_on_signals();

}  // namespace hedge::app
