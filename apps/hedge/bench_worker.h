// Hedge's side of bench/peers: the same lines over standard input and output as the Python workers of the peers speak
// (bench/peers/README.md), so that every engine is driven and timed alike.
#pragma once

#include "hedge/model_options.h"

namespace hedge::app {

base::Result<int> run_bench_worker(const ModelOptions& options);

}  // namespace hedge::app
