#include "track/appearance.h"

#include <gtest/gtest.h>

namespace hedge::track {
namespace {

using Histogram = Appearance::Histogram;

Appearance of(std::array<std::uint8_t, 3> upper, std::array<std::uint8_t, 3> lower) {
  std::array<Histogram, Appearance::kHalves> halves;
  for (int k = 0; k < 10; ++k) {
    halves[0].add(upper[0], upper[1], upper[2]);
    halves[1].add(lower[0], lower[1], lower[2]);
  }
  return Appearance::of(halves);
}

constexpr std::array<std::uint8_t, 3> kBlack{10, 10, 10}, kRed{0, 0, 220}, kBlue{220, 0, 0};

TEST(Appearance, IsSimilarByHalves) {
  const Appearance one = of(kRed, kBlack);
  EXPECT_NEAR(one.similarity(one), 1, 1e-6);
  EXPECT_NEAR(one.similarity(of(kRed, kBlue)), 0.5, 1e-6);
  EXPECT_NEAR(one.similarity(of(kBlack, kRed)), 0, 1e-6) << "trousers are no jacket";
  EXPECT_NEAR(one.similarity(of(kBlue, kBlue)), 0, 1e-6);
}

TEST(Appearance, AHalfWithoutPixelsIsUnknown) {
  std::array<Histogram, Appearance::kHalves> halves;
  EXPECT_FALSE(Appearance::of(halves).known());
  halves[0].add(1, 2, 3);
  EXPECT_FALSE(Appearance::of(halves).known());
  halves[1].add(1, 2, 3);
  EXPECT_TRUE(Appearance::of(halves).known());
}

TEST(Appearance, BlendsTowardsWhatIsSeen) {
  Appearance look;
  look.blend(of(kRed, kBlack), 0.1f);
  EXPECT_NEAR(look.similarity(of(kRed, kBlack)), 1, 1e-6) << "the first one is all that is known";
  look.blend(Appearance(), 1);
  EXPECT_NEAR(look.similarity(of(kRed, kBlack)), 1, 1e-6) << "what is not known teaches nothing";
  look.blend(of(kBlue, kBlue), 0.25f);
  EXPECT_NEAR(look.similarity(look), 1, 1e-6);
  EXPECT_GT(look.similarity(of(kRed, kBlack)), look.similarity(of(kBlue, kBlue)));
  for (int k = 0; k < 40; ++k) look.blend(of(kBlue, kBlue), 0.25f);
  EXPECT_NEAR(look.similarity(of(kBlue, kBlue)), 1, 1e-3);
}

}  // namespace
}  // namespace hedge::track
