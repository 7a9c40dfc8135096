// Compiles a graph, or takes a program, runs it on an engine and returns the outputs: the other side of every
// comparison with the interpreter. It runs twice, since a run must leave inputs and constants as they were.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "compile/compile.h"
#include "engine/engine.h"

namespace hedge::test {

inline base::Result<std::vector<tensor::Tensor>> run_program(program::Program program,
                                                             std::span<const tensor::Tensor> inputs, int threads = 1) {
  engine::Engine engine = TRY(engine::Engine::create(std::move(program), {.threads = threads}));
  if (engine.inputs().size() != inputs.size())
    return base::fail(base::ErrorKind::kUsage, "{} inputs for {}", inputs.size(), engine.inputs().size());
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const tensor::TensorView view = engine.input(static_cast<int>(k));
    if (!(view.type == inputs[k].type()))
      return base::fail(base::ErrorKind::kUsage, "input {} is {}", k, inputs[k].type().to_string());
    std::ranges::copy(inputs[k].bytes(), view.data);
  }
  TRY(engine.run());
  TRY(engine.run());
  std::vector<tensor::Tensor> outputs;
  for (std::size_t k = 0; k < engine.outputs().size(); ++k)
    outputs.push_back(tensor::Tensor::copy_of(engine.output(static_cast<int>(k))));
  return outputs;
}

inline base::Result<std::vector<tensor::Tensor>> run_on_engine(const graph::Graph& graph,
                                                               std::span<const tensor::Tensor> inputs,
                                                               const compile::CompileOptions& options,
                                                               int threads = 1) {
  return run_program(TRY(compile::compile(graph, options)), inputs, threads);
}

}  // namespace hedge::test
