// A picture as a sensor would give it, for tests: a level with noise that is another one in each picture.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace hedge::guard {

class NoisyPicture {
 public:
  /// BGR; `level` 0 is black without noise.
  NoisyPicture(int width, int height, int level)
      : width_(width), height_(height), level_(level), pixels_(static_cast<std::size_t>(3 * width * height)) {
    next();
  }

  void next() {
    const int noise = level_ == 0 ? 0 : 7;
    for (std::uint8_t& value : pixels_) value = static_cast<std::uint8_t>(level_ + static_cast<int>(random_() & noise));
    for (std::size_t at : lit_) pixels_[at] = 255;
  }
  /// A bright square, from now on.
  void light(int left, int top, int side) {
    for (int y = top; y < top + side; ++y)
      for (int x = 3 * left; x < 3 * (left + side); ++x) lit_.push_back(static_cast<std::size_t>(3 * width_ * y + x));
    next();
  }

  const std::vector<std::uint8_t>& pixels() const { return pixels_; }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  int width_, height_, level_;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::size_t> lit_;
  std::minstd_rand random_{1};
};

}  // namespace hedge::guard
