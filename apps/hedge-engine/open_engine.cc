#include <cstdint>

#include <fmt/format.h>

#include "hedge-engine/command.h"

namespace hedge::app {

base::Result<engine::Engine> open_engine(const Arguments& arguments) {
  const int threads = TRY(arguments.integer("--threads", 1, 1, 64));
  engine::Engine engine = TRY(engine::Engine::load(arguments.engine(), {.threads = threads}));
  if (engine.repacked() != nullptr) fmt::print(stderr, "hedge-engine: {}\n", program::to_string(*engine.repacked()));
  return engine;
}

void fill_inputs(engine::Engine& engine) {
  for (std::size_t k = 0; k < engine.inputs().size(); ++k) {
    const tensor::TensorView view = engine.input(static_cast<int>(k));
    std::uint32_t state = 1;
    const auto next = [&] { return state = state * 1664525u + 1013904223u; };
    if (view.dtype() == tensor::DType::kF32)
      for (float& value : view.as<float>()) value = static_cast<float>(next() >> 8) / (1 << 24);
    else if (view.dtype() == tensor::DType::kU8)
      for (std::uint8_t& value : view.as<std::uint8_t>()) value = static_cast<std::uint8_t>(next() >> 24);
  }
}

}  // namespace hedge::app
