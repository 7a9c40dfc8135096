// The input of a model by the definition, element by element, for tests: what Preprocessor did before its passes were
// kernels, operation by operation, so that its results must be these to the bit. Only where the picture lies in the
// input is taken from the mapping.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "media/frame.h"
#include "pipeline/card.h"
#include "pipeline/preprocess.h"

namespace hedge::pipeline {

class PlainInput {
 public:
  PlainInput(const InputCard& card, const media::Frame& frame, const ImageMapping& mapping)
      : card_(card), frame_(frame), mapping_(mapping) {}

  /// Channel `c` in the card's order, normalised.
  float at(int c, int y, int x) const {
    const auto channel = static_cast<std::size_t>(c);
    const bool letterbox = card_.resize == ResizeMode::kLetterbox || card_.resize == ResizeMode::kLetterboxCenter;
    const int left = std::max(0, static_cast<int>(mapping_.offset_x));
    const int top = std::max(0, static_cast<int>(mapping_.offset_y));
    const auto filled = [&](float scale, int source, int size) {
      return letterbox ? std::clamp(static_cast<int>(std::lround(scale * static_cast<float>(source))), 1, size) : size;
    };
    const int width = filled(mapping_.scale_x, frame_.width, card_.width);
    const int height = filled(mapping_.scale_y, frame_.height, card_.height);
    if (x < left || y < top || x >= left + width || y >= top + height)
      return (card_.pad_value - card_.mean[channel]) * card_.scale[channel];
    const int column = x - static_cast<int>(mapping_.offset_x), row = y - static_cast<int>(mapping_.offset_y);
    const float value = card_.antialias ? smooth(c, row, column) : bilinear(c, row, column);
    return (value - card_.mean[channel]) * card_.scale[channel];
  }

 private:
  struct Tap {
    int first, second;
    float weight;
  };
  static Tap tap(int output, float scale, int source) {
    const float at = (static_cast<float>(output) + 0.5f) / scale - 0.5f;
    const float inside = std::clamp(at, 0.0f, static_cast<float>(source - 1));
    const int first = static_cast<int>(inside);
    return {first, std::min(first + 1, source - 1), inside - static_cast<float>(first)};
  }
  float pixel(int y, int x, int bgr) const { return frame_.pixels[y * frame_.stride + 3 * x + bgr]; }
  /// One channel of a row by sample(blue, green or red).
  template <class Sample>
  float channel(int c, const Sample& sample) const {
    if (card_.color == ColorOrder::kGray)
      return sample(0) * kGrayWeights[0] + sample(1) * kGrayWeights[1] + sample(2) * kGrayWeights[2];
    return sample(card_.color == ColorOrder::kRgb ? 2 - c : c);
  }
  float bilinear(int c, int row, int column) const {
    const Tap down = tap(row, mapping_.scale_y, frame_.height), along = tap(column, mapping_.scale_x, frame_.width);
    const auto of_row = [&](int y) {
      return channel(c, [&](int bgr) {
        const float left = pixel(y, along.first, bgr);
        return left + (pixel(y, along.second, bgr) - left) * along.weight;
      });
    };
    const float upper = of_row(down.first), lower = down.weight > 0 ? of_row(down.second) : upper;
    return upper + (lower - upper) * down.weight;
  }
  struct Window {
    int first;
    std::vector<float> weights;
  };
  static Window window(int output, float scale, int source) {
    const double support = std::max(1.0, 1 / static_cast<double>(scale)), center = (output + 0.5) / scale;
    Window window{std::clamp(static_cast<int>(std::floor(center - support + 0.5)), 0, source - 1), {}};
    const int end = std::clamp(static_cast<int>(std::floor(center + support + 0.5)), window.first + 1, source);
    double sum = 0;
    for (int x = window.first; x < end; ++x) {
      const double weight = std::max(0.0, 1 - std::abs(x + 0.5 - center) / support);
      window.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    if (sum <= 0) window.weights[0] = static_cast<float>(sum = 1);
    for (float& weight : window.weights) weight /= static_cast<float>(sum);
    return window;
  }
  float smooth(int c, int row, int column) const {
    const Window down = window(row, mapping_.scale_y, frame_.height);
    const Window along = window(column, mapping_.scale_x, frame_.width);
    float sum = 0;
    for (std::size_t j = 0; j < down.weights.size(); ++j)
      sum += down.weights[j] * channel(c, [&](int bgr) {
               float of_row = 0;
               for (std::size_t k = 0; k < along.weights.size(); ++k)
                 of_row +=
                     along.weights[k] * pixel(down.first + static_cast<int>(j), along.first + static_cast<int>(k), bgr);
               return of_row;
             });
    return sum;
  }

  const InputCard& card_;
  const media::Frame& frame_;
  ImageMapping mapping_;
};

}  // namespace hedge::pipeline
