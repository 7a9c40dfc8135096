#include "pipeline/look.h"

#include <algorithm>

namespace hedge::pipeline {
namespace {

constexpr int kSamples = 16;  // each way, of a half
// Of the box: a person's body without head, feet and most of the background beside it.
constexpr float kLeft = 0.25f, kWidth = 0.5f, kTop = 0.15f, kHalfHeight = 0.375f;

}  // namespace

track::Appearance look_of(const media::Frame& frame, const track::Box& box) {
  std::array<track::Appearance::Histogram, track::Appearance::kHalves> halves;
  for (std::size_t half = 0; half < halves.size(); ++half) {
    const float top = box.y + box.height * (kTop + kHalfHeight * static_cast<float>(half));
    for (int row = 0; row < kSamples; ++row) {
      const float at_y = top + box.height * kHalfHeight * (static_cast<float>(row) + 0.5f) / kSamples;
      if (!(at_y >= 0 && at_y < static_cast<float>(frame.height))) continue;
      const std::uint8_t* pixels = frame.pixels + static_cast<std::ptrdiff_t>(at_y) * frame.stride;
      for (int column = 0; column < kSamples; ++column) {
        const float at_x = box.x + box.width * (kLeft + kWidth * (static_cast<float>(column) + 0.5f) / kSamples);
        if (!(at_x >= 0 && at_x < static_cast<float>(frame.width))) continue;
        const std::uint8_t* pixel = pixels + 3 * static_cast<std::ptrdiff_t>(at_x);
        halves[half].add(pixel[0], pixel[1], pixel[2]);
      }
    }
  }
  return track::Appearance::of(halves);
}

}  // namespace hedge::pipeline
