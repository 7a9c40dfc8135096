// One subcommand a file: it declares its options on a CLI::App and returns what to run once they are parsed.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "hedge/exit_code.h"

namespace hedge::app {

/// What a parsed command does; the int is an exit code of its own.
using Action = std::function<base::Result<int>()>;

// Each adds its subcommand to `root`; when it is chosen, `chosen` becomes its action.
void add_inspect(CLI::App& root, Action& chosen);
void add_quantize(CLI::App& root, Action& chosen);
void add_compile(CLI::App& root, Action& chosen);
void add_infer(CLI::App& root, Action& chosen);
void add_run(CLI::App& root, Action& chosen);
void add_bench(CLI::App& root, Action& chosen);
void add_profile(CLI::App& root, Action& chosen);
void add_peaks(CLI::App& root, Action& chosen);
void add_compare(CLI::App& root, Action& chosen);
void add_evaluate(CLI::App& root, Action& chosen);
void add_verify(CLI::App& root, Action& chosen);
void add_actuator(CLI::App& root, Action& chosen);
void add_rules(CLI::App& root, Action& chosen);
void add_events(CLI::App& root, Action& chosen);
void add_replay(CLI::App& root, Action& chosen);
void add_explain(CLI::App& root, Action& chosen);
void add_latency_report(CLI::App& root, Action& chosen);
void add_burn(CLI::App& root, Action& chosen);
void add_conformance(CLI::App& root, Action& chosen);
void add_completion(CLI::App& root, Action& chosen);

/// A subcommand with its one-line purpose and an example for --help.
CLI::App* add_subcommand(CLI::App& root, const std::string& name, const std::string& purpose,
                         const std::string& example);

}  // namespace hedge::app
