// The folded formula against the two steps that it stands for, for every byte and for sums far beyond.
#include "kernel/fold_affine.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "kernel/ref/qconv.h"

namespace hedge::kernel {
namespace {

struct Layer {
  QConvParams p{};
  std::vector<std::int32_t> bias, factor, shift;
  std::vector<float> scale, sequel_scale;

  QConvArgs args() const {
    return {.bias = bias.data(),
            .scale = scale.data(),
            .factor = factor.data(),
            .shift = shift.data(),
            .sequel_scale = sequel_scale.data()};
  }
};

/// As a quantized batch normalization gives it.
Layer layer_of(std::minstd_rand& random, std::int64_t channels) {
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const auto real = [&](float low, float high) { return std::uniform_real_distribution<float>(low, high)(random); };
  Layer layer;
  QConvParams& p = layer.p;
  p.in_c = 16, p.out_c = channels, p.kernel_h = p.kernel_w = 3, p.groups = 1;
  p.epilogue = {.y_zero = pick(0, 255), .y_low = 0, .y_high = 255};
  if (pick(0, 2) == 0) p.epilogue.y_low = p.epilogue.y_zero;
  if (pick(0, 2) == 0) p.epilogue.y_high = pick(p.epilogue.y_zero, 255);
  p.sequel = {.kind = QSequel::kAffine, .y_zero = pick(0, 255), .y_low = 0, .y_high = 255};
  if (pick(0, 1) == 0) p.sequel.y_low = p.sequel.y_zero;
  const bool ties = pick(0, 2) == 0;
  for (std::int64_t c = 0; c < channels; ++c) {
    layer.bias.push_back(pick(-20000, 20000));
    layer.scale.push_back(real(1e-5f, 1e-2f));
    layer.factor.push_back(pick(-128, 127));
    layer.shift.push_back(pick(-20000, 20000));
    layer.sequel_scale.push_back(ties ? 0.0078125f : real(1e-4f, 0.05f));
  }
  return layer;
}

std::uint8_t folded_byte(const FoldedAffineTables& tables, std::size_t c, float v) {
  const float w = std::fma(std::nearbyint(v), tables.slope[c], tables.offset[c]);
  const auto bounded = std::clamp(std::nearbyint(w), 0.0f, 255.0f);  // what packing does
  return std::clamp(static_cast<std::uint8_t>(bounded), tables.low[c], tables.high[c]);
}

TEST(FoldAffine, IsTheTwoStepsForEveryValue) {
  std::minstd_rand random(3);
  int folded = 0;
  constexpr int kLayers = 300;
  for (int round = 0; round < kLayers; ++round) {
    const Layer layer = layer_of(random, 24);
    const auto tables = fold_affine(layer.p, layer.args());
    if (!tables) continue;
    ++folded;
    std::vector<float> values;
    for (int k = -600; k <= 600; ++k) values.push_back(0.5f * static_cast<float>(k));
    for (const float far : {1e4f, 1e6f, 4e6f}) values.push_back(far), values.push_back(-far);
    for (std::size_t c = 0; c < layer.bias.size(); ++c)
      for (const float v : values) {
        const QuantEpilogue& e = layer.p.epilogue;
        const std::uint8_t byte = ref::to_byte(v, e.y_zero, e.y_low, e.y_high);
        ASSERT_EQ(folded_byte(*tables, c, v),
                  ref::follow(layer.p, layer.args(), byte, static_cast<std::int64_t>(c), nullptr))
            << "round " << round << " channel " << c << " value " << v;
      }
  }
  EXPECT_GT(folded, kLayers / 2);
}

TEST(FoldAffine, RefusesWhatItCannotBeSureOf) {
  std::minstd_rand random(4);
  const auto refuses = [&](const auto& change) {
    Layer layer = layer_of(random, 8);
    while (!fold_affine(layer.p, layer.args())) layer = layer_of(random, 8);
    change(layer);
    return !fold_affine(layer.p, layer.args()).has_value();
  };
  EXPECT_FALSE(refuses([](Layer&) {}));
  EXPECT_TRUE(refuses([](Layer& layer) { layer.scale[3] = 1e9f; }));
  EXPECT_TRUE(refuses([](Layer& layer) { layer.sequel_scale[3] = std::numeric_limits<float>::quiet_NaN(); }));
  EXPECT_TRUE(refuses([](Layer& layer) { layer.sequel_scale[3] = std::numeric_limits<float>::infinity(); }));
  EXPECT_TRUE(refuses([](Layer& layer) { layer.shift[0] = INT32_MAX, layer.factor[0] = 127; }));
  EXPECT_TRUE(refuses([](Layer& layer) { layer.p.sequel.kind = QSequel::kNone; }));
}

}  // namespace
}  // namespace hedge::kernel
