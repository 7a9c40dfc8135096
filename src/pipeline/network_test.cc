// An INT8 network takes pictures as its own bytes, and answers as if it had got the floats.
#include "pipeline/network.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "pipeline/int8_classifier.h"
#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

constexpr int kSize = 40, kClasses = 16;

engine::Engine int8_engine() { return engine::Engine::create(int8_classifier(kSize, kClasses)).value(); }

Card card_of(const engine::Engine& engine, ResizeMode resize) {
  Card card;
  card.task = Task::kClassification;
  card.input = {.width = kSize,
                .height = kSize,
                .resize = resize,
                .color = ColorOrder::kRgb,
                .mean = {10, 20, 30},
                .scale = {0.01f, 0.02f, 0.015f}};
  card.output.names = {engine.outputs()[0].name};
  return card;
}

TEST(Network, AnInt8OneAnswersByBytesAsByFloats) {
  for (const ResizeMode resize : {ResizeMode::kStretch, ResizeMode::kLetterboxCenter}) {
    engine::Engine by_floats = int8_engine(), by_bytes = int8_engine();
    const Card card = card_of(by_bytes, resize);
    auto network = Network::create(std::move(by_bytes), card, {});
    ASSERT_TRUE(network.has_value()) << network.error().message;
    ASSERT_EQ(network->input.type, (tensor::TensorType{tensor::DType::kU8, {1, kSize, kSize, 3}}));
    auto preprocessor = Preprocessor::create(card.input, by_floats.inputs()[0].type);
    ASSERT_TRUE(preprocessor.has_value());
    for (std::uint32_t seed = 1; seed < 5; ++seed) {
      const media::Frame frame = random_frame(50 + 10 * static_cast<int>(seed), 60, seed);
      (void)preprocessor->run(frame, by_floats.input(0));
      (void)network->preprocessor.run(frame, network->input);
      ASSERT_TRUE(by_floats.run().has_value());
      ASSERT_TRUE(network->engine.run().has_value());
      const auto expected = by_floats.output(0).as<float>(), given = network->engine.output(0).as<float>();
      EXPECT_TRUE(std::ranges::equal(expected, given));
      EXPECT_NE(*std::ranges::max_element(given), *std::ranges::min_element(given)) << "answers nothing";
    }
  }
}

}  // namespace
}  // namespace hedge::pipeline
