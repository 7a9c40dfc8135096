#include "pipeline/card_input.h"

#include <algorithm>

namespace hedge::pipeline {

using base::ErrorKind;
using base::fail;

base::Result<int> card_input(const InputCard& card, std::span<const engine::Port> inputs) {
  if (card.name.empty()) {
    if (inputs.size() == 1) return 0;
    return fail(ErrorKind::kInvalid, "the model has {} inputs: name the {} in the card as [input] name", inputs.size(),
                card.kind == InputKind::kImage ? "picture's" : "samples'");
  }
  const auto found = std::ranges::find(inputs, card.name, &engine::Port::name);
  if (found == inputs.end())
    return fail(ErrorKind::kInvalid, "the card's input '{}' is none of the model's; its first is '{}'", card.name,
                inputs.empty() ? "" : inputs.front().name);
  return static_cast<int>(found - inputs.begin());
}

}  // namespace hedge::pipeline
