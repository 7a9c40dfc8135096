#include "hedge/random_inputs.h"

#include <random>

namespace hedge::app {

void fill_inputs(engine::Engine& engine) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (std::size_t k = 0; k < engine.inputs().size(); ++k) {
    const tensor::TensorView view = engine.input(static_cast<int>(k));
    if (view.dtype() == tensor::DType::kF32)
      for (float& value : view.as<float>()) value = uniform(random);
  }
}

}  // namespace hedge::app
