// The card of engine::sample_program(), for tests.
#pragma once

#include "engine/engine.h"
#include "pipeline/card.h"

namespace hedge::pipeline {

/// A classifier of pictures of `size` x `size`, its three best answers.
inline Card sample_card(const engine::Engine& engine, int size) {
  Card card;
  card.task = Task::kClassification;
  card.input = {.width = size,
                .height = size,
                .resize = ResizeMode::kLetterbox,
                .mean = {0, 0, 0},
                .scale = {0.01f, 0.01f, 0.01f}};
  card.output.names = {engine.outputs()[0].name};
  card.output.top_k = 3;
  return card;
}

}  // namespace hedge::pipeline
