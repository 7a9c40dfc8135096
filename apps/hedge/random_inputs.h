// Inputs for who measures time: any values will do, as long as they are the same each time.
#pragma once

#include "engine/engine.h"

namespace hedge::app {

/// Floats uniform in [0,1); integers keep their zeros, which are valid as indices.
void fill_inputs(engine::Engine& engine);

}  // namespace hedge::app
