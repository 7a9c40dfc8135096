// Frames for tests: pixels of our own, with padding between rows as decoders leave it.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "media/frame.h"

namespace hedge::pipeline {

/// Random BGR pixels; the padding bytes behind each row are random too, so that reading them shows.
inline media::Frame random_frame(int width, int height, std::uint32_t seed = 1, int padding = 5) {
  const int stride = 3 * width + padding;
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(stride) * height);
  std::mt19937 random(seed);
  for (auto& byte : *bytes) byte = static_cast<std::uint8_t>(random());
  return {.pixels = bytes->data(),
          .width = width,
          .height = height,
          .stride = stride,
          .captured = media::Clock::now(),
          .owner = bytes};
}

}  // namespace hedge::pipeline
