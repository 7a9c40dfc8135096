// Every way from a frame to a model's input gives the same bits: kernels of each instruction set, floats or bytes,
// planes or pixels, for random sizes and cards.
#include <cstdlib>
#include <cstring>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "op/quant/quantize.h"
#include "pipeline/plain_input.h"
#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  float real(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }

  media::Frame frame() {
    const int kind = pick(0, 5);
    const int width = kind == 0 ? pick(1, 6) : pick(1, 150), height = kind == 1 ? pick(1, 6) : pick(1, 110);
    return random_frame(width, height, random_(), pick(0, 17));
  }
  InputCard card(const media::Frame& frame) {
    InputCard card{.width = pick(1, 120), .height = pick(1, 90)};
    switch (pick(0, 5)) {  // also the ratios at which every sum is exact
      case 0: card.width = std::max(1, frame.width / 2), card.height = std::max(1, frame.height / 2); break;
      case 1: card.width = 2 * frame.width, card.height = 2 * frame.height; break;
      case 2: card.width = frame.width, card.height = frame.height; break;
      default: break;
    }
    card.resize = static_cast<ResizeMode>(pick(0, 3));
    if (pick(0, 1) == 0) card.resize_short = std::max({card.width, card.height}) + pick(0, 20);
    card.antialias = pick(0, 3) == 0;
    card.color = static_cast<ColorOrder>(pick(0, 2));
    card.layout = static_cast<Layout>(pick(0, 1));
    card.pad_value = pick(0, 1) == 0 ? 114.0f : real(0, 255);
    const bool normalises = pick(0, 2) > 0;
    for (int c = 0; c < card.channels(); ++c) {
      card.mean.push_back(normalises ? real(-10, 150) : 0);
      card.scale.push_back(normalises ? real(-0.05f, 0.05f) : 1);
    }
    return card;
  }

 private:
  std::mt19937 random_;
};

/// A card, a frame for it, and what Preprocessor makes of them with each instruction set.
class Case {
 public:
  Case(const InputCard& card, const media::Frame& frame) : card_(card), frame_(frame) {}

  std::string what() const {
    return fmt::format("{}x{} -> {}x{}, resize {}, colour {}, antialias {}", frame_.width, frame_.height, card_.width,
                       card_.height, static_cast<int>(card_.resize), static_cast<int>(card_.color), card_.antialias);
  }
  Shape shape(Layout layout) const {
    return layout == Layout::kNchw ? Shape{1, card_.channels(), card_.height, card_.width}
                                   : Shape{1, card_.height, card_.width, card_.channels()};
  }
  /// Calls check(element of y, what it should hold as f32) for all.
  template <class Check>
  void for_each(const ImageMapping& mapping, Layout layout, const Check& check) const {
    const PlainInput plain(card_, frame_, mapping);
    const int channels = card_.channels();
    for (int y = 0; y < card_.height; ++y)
      for (int x = 0; x < card_.width; ++x)
        for (int c = 0; c < channels; ++c) {
          const int at =
              layout == Layout::kNchw ? (c * card_.height + y) * card_.width + x : (y * card_.width + x) * channels + c;
          check(static_cast<std::size_t>(at), plain.at(c, y, x));
          if (testing::Test::HasFatalFailure()) return;
        }
  }
  void check_floats() const {
    Tensor input(DType::kF32, shape(card_.layout));
    auto preprocessor = Preprocessor::create(card_, input.type());
    ASSERT_TRUE(preprocessor.has_value());
    for (int round = 0; round < 2; ++round) {  // a second frame meets the rows of the first
      std::ranges::fill(input.as<float>(), -1e9f);
      const ImageMapping mapping = preprocessor->run(frame_, input.view());
      for_each(mapping, card_.layout, [&](std::size_t at, float expected) {
        ASSERT_EQ(std::memcmp(&input.as<float>()[at], &expected, sizeof expected), 0)
            << what() << ": element " << at << " is " << input.as<float>()[at] << ", not " << expected;
      });
    }
  }
  void check_bytes(float scale, int zero) const {
    Tensor bytes(DType::kU8, shape(Layout::kNhwc));
    auto preprocessor =
        Preprocessor::create(card_, {DType::kF32, shape(card_.layout)}, engine::ByteInput{bytes.view(), scale, zero});
    ASSERT_TRUE(preprocessor.has_value());
    ASSERT_TRUE(preprocessor->writes_engine_bytes());
    const ImageMapping mapping = preprocessor->run(frame_, bytes.view());
    for_each(mapping, Layout::kNhwc, [&](std::size_t at, float real) {
      ASSERT_EQ(bytes.as<std::uint8_t>()[at], op::quantize<std::uint8_t>(real, scale, zero))
          << what() << ": element " << at << ", " << real << " by " << scale << " from " << zero;
    });
  }
  void check_u8_model() const {
    Tensor input(DType::kU8, shape(card_.layout));
    auto preprocessor = Preprocessor::create(card_, input.type());
    ASSERT_TRUE(preprocessor.has_value());
    const ImageMapping mapping = preprocessor->run(frame_, input.view());
    for_each(mapping, card_.layout, [&](std::size_t at, float real) {
      ASSERT_EQ(input.as<std::uint8_t>()[at], op::quantize<std::uint8_t>(real, 1, 0)) << what() << ": element " << at;
    });
  }

 private:
  const InputCard& card_;
  const media::Frame& frame_;
};

class PreprocessBits : public testing::TestWithParam<const char*> {
  void SetUp() override { setenv("HEDGE_ISA", GetParam(), 1); }
  void TearDown() override { unsetenv("HEDGE_ISA"); }
};

TEST_P(PreprocessBits, AreThoseOfTheDefinition) {
  Maker maker(1);
  for (int round = 0; round < 150 && !HasFatalFailure(); ++round) {
    const media::Frame frame = maker.frame();
    const InputCard card = maker.card(frame);
    const Case one(card, frame);
    one.check_floats();
    one.check_bytes(maker.pick(0, 2) == 0 ? 1.0f : maker.real(0.003f, 1.2f), maker.pick(0, 1) * maker.pick(0, 255));
    one.check_u8_model();
  }
}

// A machine that lacks the instructions runs the same with those that it has.
INSTANTIATE_TEST_SUITE_P(EachIsa, PreprocessBits, testing::Values("ref", "avx2", "avx512", "avx512vbmi"),
                         [](const auto& info) { return std::string(info.param); });

TEST(PreprocessTarget, BytesThatAreNotPixelAfterPixelAreNotWritten) {
  const InputCard card{.width = 4, .height = 3, .mean = {0, 0, 0}, .scale = {1, 1, 1}};
  Tensor planes(DType::kU8, Shape{1, 3, 3, 4});
  const auto preprocessor =
      Preprocessor::create(card, {DType::kF32, Shape{1, 3, 3, 4}}, engine::ByteInput{planes.view(), 1, 0});
  ASSERT_TRUE(preprocessor.has_value());
  EXPECT_FALSE(preprocessor->writes_engine_bytes());
}

}  // namespace
}  // namespace hedge::pipeline
