// One inference on tensors: compile, load, run.
#pragma once

#include "compile/compile.h"
#include "engine/engine.h"

namespace hedge::app {

/// Writes `inputs` into the engine (types must fit: kUsage), runs it, copies the outputs.
base::Result<std::vector<tensor::Tensor>> execute(engine::Engine& engine, std::span<const tensor::Tensor> inputs);
base::Result<std::vector<tensor::Tensor>> execute(const graph::Graph& graph, std::span<const tensor::Tensor> inputs,
                                                  const compile::CompileOptions& options);

}  // namespace hedge::app
