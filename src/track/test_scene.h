// A street of walkers for tests: they cross, hide each other, are missed and seen dimly. The truth of who is who is
// known.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "track/track.h"

namespace hedge::track {

/// No distribution of the library: those differ between libraries.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(count)); }
  float between(float low, float high) { return low + (high - low) * static_cast<float>(below(4096)) / 4096.0f; }
  bool one_in(int count) { return below(count) == 0; }

 private:
  std::mt19937 engine_;
};

struct Seen {
  int walker;
  Observation observation;
};

class Street {
 public:
  /// Half walk to the right, half to the left, on lanes near enough that their boxes cover each other when they meet.
  Street(std::uint32_t seed, int walkers) : dice_(seed) {
    for (int k = 0; k < walkers; ++k) {
      const float speed = dice_.between(40, 110);
      walkers_.push_back({.x = k % 2 == 0 ? dice_.between(0, 300) : dice_.between(500, 800),
                          .y = 100.0f + 45.0f * static_cast<float>(k / 2) + dice_.between(0, 14),
                          .speed = k % 2 == 0 ? speed : -speed,
                          .height = dice_.between(70, 100)});
    }
  }

  Box box(int walker, double seconds) const {
    const Walker& one = walkers_[static_cast<std::size_t>(walker)];
    const float width = 0.4f * one.height;
    return {one.x + one.speed * static_cast<float>(seconds) - width / 2, one.y - one.height, width, one.height};
  }

  /// What a detector says at a time: boxes blurred by 3 % of the height; who is behind another gets a low score, or is
  /// not seen where little of him is left; one in twelve is missed.
  std::vector<Seen> look(double seconds) {
    std::vector<Seen> all;
    for (int k = 0; k < static_cast<int>(walkers_.size()); ++k) {
      const Box truth = box(k, seconds);
      float covered = 0;  // by those whose feet are lower in the picture, and so are nearer
      for (int other = 0; other < static_cast<int>(walkers_.size()); ++other)
        if (other != k && walkers_[static_cast<std::size_t>(other)].y > walkers_[static_cast<std::size_t>(k)].y)
          covered = std::max(covered, iou(truth, box(other, seconds)));
      if (dice_.one_in(12) || covered > 0.55f) continue;
      const float blur = 0.03f * truth.height;
      const auto blurred = [&](float value) { return value + dice_.between(-blur, blur); };
      Observation observation{.box = {blurred(truth.x), blurred(truth.y), blurred(truth.width), blurred(truth.height)}};
      observation.score = covered > 0.3f ? dice_.between(0.15f, 0.3f) : dice_.between(0.7f, 0.95f);
      all.push_back({k, observation});
    }
    return all;
  }

  Dice& dice() { return dice_; }

 private:
  struct Walker {
    float x, y;   ///< of the feet
    float speed;  ///< pixels a second
    float height;
  };
  Dice dice_;
  std::vector<Walker> walkers_;
};

}  // namespace hedge::track
