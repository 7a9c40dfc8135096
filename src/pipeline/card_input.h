// Which of a model's inputs the card speaks of.
#pragma once

#include <span>

#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/card.h"

namespace hedge::pipeline {

/// Index of the input that the card names, or of the only one; kInvalid where there is no such input or a choice.
base::Result<int> card_input(const InputCard& card, std::span<const engine::Port> inputs);

}  // namespace hedge::pipeline
