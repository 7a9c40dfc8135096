// The run in the terminal: a few lines refreshed in place on a TTY, one line a second elsewhere.
#pragma once

#include <cstdio>
#include <memory>

#include "pipeline/sink.h"

namespace hedge::pipeline {

/// Writes to `out` (usually stderr, so that stdout stays for data); asks the descriptor whether it is a terminal.
std::unique_ptr<Sink> create_live_view_sink(std::FILE* out);

}  // namespace hedge::pipeline
