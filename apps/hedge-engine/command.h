// The commands of hedge-engine, one a file: each returns its exit code.
#pragma once

#include "engine/engine.h"
#include "hedge-engine/arguments.h"
#include "hedge/exit_code.h"

namespace hedge::app {

base::Result<int> run_info(const Arguments& arguments);
base::Result<int> run_infer(const Arguments& arguments);
base::Result<int> run_verify(const Arguments& arguments);
base::Result<int> run_bench(const Arguments& arguments);
base::Result<int> run_start(const Arguments& arguments);  ///< times run_first in processes of its own
base::Result<int> run_first(const Arguments& arguments);  ///< one answer, then says what it took

/// The engine with --threads; says on stderr where it had to be packed anew.
base::Result<engine::Engine> open_engine(const Arguments& arguments);
/// Noise that is quickly made; floats in [0, 1).
void fill_inputs(engine::Engine& engine);

}  // namespace hedge::app
