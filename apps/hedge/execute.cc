#include "hedge/execute.h"

#include <algorithm>

namespace hedge::app {

base::Result<std::vector<tensor::Tensor>> execute(engine::Engine& engine, std::span<const tensor::Tensor> inputs) {
  if (engine.inputs().size() != inputs.size())
    return base::fail(base::ErrorKind::kUsage, "{} inputs given, the model has {}", inputs.size(),
                      engine.inputs().size());
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const tensor::TensorView view = engine.input(static_cast<int>(k));
    if (!(view.type == inputs[k].type()))
      return base::fail(base::ErrorKind::kUsage, "input '{}' is {}, the model wants {}", engine.inputs()[k].name,
                        inputs[k].type().to_string(), view.type.to_string());
    std::ranges::copy(inputs[k].bytes(), view.data);
  }
  TRY(engine.run());
  std::vector<tensor::Tensor> outputs;
  for (std::size_t k = 0; k < engine.outputs().size(); ++k)
    outputs.push_back(tensor::Tensor::copy_of(engine.output(static_cast<int>(k))));
  return outputs;
}

base::Result<std::vector<tensor::Tensor>> execute(const graph::Graph& graph, std::span<const tensor::Tensor> inputs,
                                                  const compile::CompileOptions& options) {
  engine::Engine engine = TRY(engine::Engine::create(TRY(compile::compile(graph, options))));
  return execute(engine, inputs);
}

}  // namespace hedge::app
