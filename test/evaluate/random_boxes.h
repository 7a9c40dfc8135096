// True boxes and detections by chance, with what makes COCO's metrics hard: crowds, negatives, equal scores, equal
// overlaps, boxes without area, more detections than count. The same on every machine for one seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "evaluate/average_precision.h"

namespace hedge::test {

struct RandomImage {
  std::vector<evaluate::TrueBox> truths;
  std::vector<evaluate::ScoredBox> detections;
};

/// No distribution of the library: those differ between libraries.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(count)); }
  bool one_in(int count) { return below(count) == 0; }

 private:
  std::mt19937 engine_;
};

inline evaluate::Rectangle random_rectangle(Dice& dice) {
  // Quarters of a pixel, few of them: overlaps often fall on a threshold or are equal to another.
  const auto quarters = [&](int count) { return dice.below(count) / 4.0; };
  return {.x = quarters(400), .y = quarters(300), .width = 4 + quarters(160), .height = 4 + quarters(160)};
}

inline RandomImage random_image(Dice& dice, int classes) {
  RandomImage image;
  const int truths = dice.one_in(4) ? 0 : dice.below(9);
  for (int k = 0; k < truths; ++k) {
    evaluate::TrueBox truth{.class_id = dice.below(classes), .box = random_rectangle(dice), .crowd = dice.one_in(8)};
    if (k > 0 && dice.one_in(3)) {  // the same again, or two pixels aside: what lies between overlaps both alike
      truth.class_id = image.truths.back().class_id;
      truth.box = image.truths.back().box;
      truth.box.x += dice.below(3);
    }
    if (dice.one_in(30)) truth.box.width = 0;
    truth.area = truth.box.width * truth.box.height * 0.75;
    image.truths.push_back(truth);
  }
  const int detections = dice.one_in(10) ? 150 * classes : dice.below(30);
  for (int k = 0; k < detections; ++k) {
    evaluate::ScoredBox found{
        .class_id = dice.below(classes), .score = dice.below(64) / 64.0, .box = random_rectangle(dice)};
    if (!image.truths.empty() && !dice.one_in(3)) {  // near something
      const auto& truth = image.truths[static_cast<std::size_t>(dice.below(static_cast<int>(image.truths.size())))];
      found.box = truth.box;
      if (!dice.one_in(5)) found.class_id = truth.class_id;
      if (dice.one_in(2)) {
        found.box.x += dice.below(5) - 2;
      } else {
        found.box.x += dice.below(24) / 4.0 - 3;
        found.box.width += dice.below(24) / 4.0;
        found.box.y += dice.below(24) / 4.0 - 3;
      }
    }
    image.detections.push_back(found);
  }
  return image;
}

/// Of the last class there are only crowds.
inline std::vector<RandomImage> random_images(std::uint32_t seed) {
  Dice dice(seed);
  const int classes = 1 + dice.below(6);
  std::vector<RandomImage> images(static_cast<std::size_t>(1 + dice.below(60)));
  for (RandomImage& image : images) {
    image = random_image(dice, classes);
    for (evaluate::TrueBox& truth : image.truths) truth.crowd = truth.crowd || truth.class_id == 5;
  }
  return images;
}

}  // namespace hedge::test
