#include "pipeline/nms.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hedge::pipeline {
namespace {

std::vector<Detection> random_detections(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(0, 100), size(1, 60), score(0, 1);
  std::vector<Detection> detections;
  for (int k = 0; k < count; ++k)
    detections.push_back(
        {static_cast<int>(random() % 3), score(random), {place(random), place(random), size(random), size(random)}});
  return detections;
}

// What defines greedy suppression: of the kept none overlaps a better one of its class; each dropped overlaps a kept
// one.
TEST(Suppress, KeepsExactlyWhatGreedyKeeps) {
  constexpr float kIou = 0.4f;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const auto all = random_detections(seed, 120);
    auto kept = all;
    suppress(kept, kIou, 1000);
    for (std::size_t a = 0; a < kept.size(); ++a) {
      if (a > 0) EXPECT_GE(kept[a - 1].score, kept[a].score);
      for (std::size_t b = 0; b < a; ++b)
        EXPECT_TRUE(kept[a].class_id != kept[b].class_id || iou(kept[a].box, kept[b].box) <= kIou);
    }
    for (const Detection& d : all) {
      bool explained = false;
      for (const Detection& k : kept)
        explained |= k.class_id == d.class_id && k.score >= d.score && (k.score == d.score || iou(k.box, d.box) > kIou);
      EXPECT_TRUE(explained) << "seed " << seed << ": a box is gone without a better one over it";
    }
  }
}

TEST(Suppress, CountIsCut) {
  auto detections = random_detections(3, 200);
  suppress(detections, 1.0f, 7);
  EXPECT_EQ(detections.size(), 7u);
  suppress(detections, 0.5f, 0);
  EXPECT_TRUE(detections.empty());
}

TEST(Suppress, NotANumberIsDropped) {
  auto detections = random_detections(4, 50);
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (std::size_t k = 0; k < 40; k += 4) {
    detections[k].score = nan;
    detections[k + 1].box.x = nan;
    detections[k + 2].box.width = inf;
  }
  suppress(detections, 0.99f, 100);
  EXPECT_LE(detections.size(), 20u);
  for (const Detection& d : detections) EXPECT_TRUE(std::isfinite(d.score) && std::isfinite(d.box.x));
}

}  // namespace
}  // namespace hedge::pipeline
