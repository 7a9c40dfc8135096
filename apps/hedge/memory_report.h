// What came of --huge-pages, --prefault and --lock-memory, for people and for programs.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/memory.h"

namespace hedge::app {

/// "25.1 MiB weights (copied), 3.2 MiB arena, ...; 28 of 30 MiB in huge pages; locked".
std::string describe(const engine::MemoryReport& report);
nlohmann::ordered_json memory_json(const engine::MemoryReport& report);
/// A line on standard error for each wish that was not granted.
void warn_of_refusals(const engine::MemoryReport& report, const engine::MemoryOptions& wishes);

}  // namespace hedge::app
