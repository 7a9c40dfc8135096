// Against OpenCV, which is what the models were trained with.
#include "pipeline/preprocess.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

constexpr float kTolerance = 0.01f;  ///< of the 255 levels

InputCard card_of(int width, int height, ResizeMode resize = ResizeMode::kStretch) {
  return {.width = width, .height = height, .resize = resize, .mean = {0, 0, 0}, .scale = {1, 1, 1}};
}

cv::Mat float_picture(const media::Frame& frame) {
  const cv::Mat bytes(frame.height, frame.width, CV_8UC3, const_cast<std::uint8_t*>(frame.pixels),
                      static_cast<std::size_t>(frame.stride));
  cv::Mat floats;
  bytes.convertTo(floats, CV_32FC3);
  return floats;
}

cv::Mat resized(const cv::Mat& picture, int width, int height) {
  cv::Mat result;
  cv::resize(picture, result, {width, height}, 0, 0, cv::INTER_LINEAR);
  return result;
}

Tensor run(const InputCard& card, const media::Frame& frame, ImageMapping* mapping = nullptr) {
  Tensor input(DType::kF32, Shape{1, card.channels(), card.height, card.width});
  auto preprocessor = Preprocessor::create(card, input.type());
  EXPECT_TRUE(preprocessor.has_value());
  const ImageMapping result = preprocessor->run(frame, input.view());
  if (mapping != nullptr) *mapping = result;
  return input;
}

float at(const Tensor& input, int c, int y, int x) {
  const Shape& s = input.shape();
  return input.as<float>()[static_cast<std::size_t>((c * s[2] + y) * s[3] + x)];
}

void expect_picture(const Tensor& input, const cv::Mat& expected, int left = 0, int top = 0) {
  for (int y = 0; y < expected.rows; ++y)
    for (int x = 0; x < expected.cols; ++x)
      for (int c = 0; c < 3; ++c)
        ASSERT_NEAR(at(input, c, y + top, x + left), expected.at<cv::Vec3f>(y, x)[c], kTolerance)
            << "channel " << c << ", row " << y << ", column " << x;
}

TEST(Preprocess, StretchIsOpenCvsBilinear) {
  const struct {
    int source_w, source_h, width, height;
  } cases[] = {{64, 48, 32, 24},     {64, 48, 64, 48}, {33, 47, 80, 20},
               {640, 360, 320, 320}, {7, 5, 31, 29},   {1, 1, 4, 4}};
  for (const auto& size : cases) {
    const auto frame = random_frame(size.source_w, size.source_h);
    expect_picture(run(card_of(size.width, size.height), frame),
                   resized(float_picture(frame), size.width, size.height));
  }
}

TEST(Preprocess, LetterboxKeepsTheAspectAndPads) {
  const auto frame = random_frame(80, 40);
  InputCard card = card_of(64, 64, ResizeMode::kLetterbox);
  ImageMapping mapping;
  const Tensor input = run(card, frame, &mapping);
  expect_picture(input, resized(float_picture(frame), 64, 32));
  EXPECT_EQ(at(input, 0, 32, 0), card.pad_value);
  EXPECT_EQ(at(input, 2, 63, 63), card.pad_value);
  EXPECT_FLOAT_EQ(mapping.scale_x, 0.8f);
  EXPECT_FLOAT_EQ(mapping.offset_y, 0);
}

TEST(Preprocess, LetterboxInTheMiddle) {
  const auto frame = random_frame(40, 80);
  ImageMapping mapping;
  const Tensor input = run(card_of(64, 64, ResizeMode::kLetterboxCenter), frame, &mapping);
  expect_picture(input, resized(float_picture(frame), 32, 64), 16, 0);
  EXPECT_EQ(at(input, 1, 10, 15), 114);
  EXPECT_EQ(at(input, 1, 10, 48), 114);
  EXPECT_FLOAT_EQ(mapping.offset_x, 16);
}

TEST(Preprocess, CropTakesTheMiddle) {
  const auto frame = random_frame(120, 80);
  InputCard card = card_of(32, 32, ResizeMode::kCropCenter);
  card.resize_short = 40;
  const Tensor input = run(card, frame);
  const cv::Mat small = resized(float_picture(frame), 60, 40);
  expect_picture(input, small(cv::Rect(14, 4, 32, 32)));
}

/// By the definition: every source pixel weighs in with its place under the triangle.
float antialiased(const media::Frame& frame, int c, int y, int x, float scale_x, float scale_y) {
  const auto weight = [](int source, int output, float scale) {
    return std::max(0.0f, 1 - std::abs(source + 0.5f - (output + 0.5f) / scale) / std::max(1.0f, 1 / scale));
  };
  float total = 0, sum = 0;
  for (int sy = 0; sy < frame.height; ++sy)
    for (int sx = 0; sx < frame.width; ++sx) {
      const float w = weight(sx, x, scale_x) * weight(sy, y, scale_y);
      total += w;
      sum += w * frame.pixels[sy * frame.stride + 3 * sx + c];
    }
  return sum / total;
}

TEST(Preprocess, AntialiasLooksAtEveryPixel) {
  const struct {
    int source_w, source_h, width, height;
  } cases[] = {{64, 48, 7, 5}, {64, 48, 64, 48}, {33, 47, 80, 6}, {1, 1, 4, 4}, {9, 9, 1, 1}};
  for (const auto& size : cases) {
    const auto frame = random_frame(size.source_w, size.source_h);
    InputCard card = card_of(size.width, size.height);
    card.antialias = true;
    card.color = ColorOrder::kRgb;
    const Tensor input = run(card, frame);
    const float scale_x = static_cast<float>(size.width) / static_cast<float>(size.source_w);
    const float scale_y = static_cast<float>(size.height) / static_cast<float>(size.source_h);
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
          ASSERT_NEAR(at(input, c, y, x), antialiased(frame, 2 - c, y, x, scale_x, scale_y), kTolerance)
              << size.source_w << " -> " << size.width << ": channel " << c << ", row " << y << ", column " << x;
  }
}

TEST(Preprocess, AntialiasKeepsTheGeometryOfEachResize) {
  const auto frame = random_frame(120, 80);
  for (const ResizeMode resize : {ResizeMode::kLetterbox, ResizeMode::kLetterboxCenter, ResizeMode::kCropCenter}) {
    InputCard card = card_of(32, 32, resize), smooth = card;
    smooth.antialias = true;
    ImageMapping plain_mapping, mapping;
    (void)run(card, frame, &plain_mapping);
    const Tensor input = run(smooth, frame, &mapping);
    EXPECT_EQ(mapping.offset_x, plain_mapping.offset_x);
    EXPECT_EQ(mapping.offset_y, plain_mapping.offset_y);
    const int x = static_cast<int>(-std::min(mapping.offset_x, 0.0f)), y = 16 - static_cast<int>(mapping.offset_y);
    EXPECT_NEAR(at(input, 0, 16, 0 + static_cast<int>(std::max(mapping.offset_x, 0.0f))),
                antialiased(frame, 0, y, x, mapping.scale_x, mapping.scale_y), kTolerance);
  }
}

TEST(Preprocess, AModelOfTensorsTakesNoPictures) {
  InputCard card = card_of(4, 4);
  card.kind = InputKind::kTensor;
  EXPECT_FALSE(Preprocessor::create(card, {DType::kF32, {1, 1, 4, 4}}).has_value());
}

TEST(Preprocess, ColourOrderMeanAndScale) {
  const auto frame = random_frame(16, 16);
  InputCard card = card_of(16, 16);
  card.color = ColorOrder::kRgb;
  card.mean = {10, 20, 30};
  card.scale = {0.5f, 0.25f, 2};
  const Tensor input = run(card, frame);
  const std::uint8_t* pixel = frame.pixels + 3 * frame.stride + 3 * 5;  // row 3, column 5
  EXPECT_FLOAT_EQ(at(input, 0, 3, 5), (static_cast<float>(pixel[2]) - 10) * 0.5f);
  EXPECT_FLOAT_EQ(at(input, 1, 3, 5), (static_cast<float>(pixel[1]) - 20) * 0.25f);
  EXPECT_FLOAT_EQ(at(input, 2, 3, 5), (static_cast<float>(pixel[0]) - 30) * 2);
}

TEST(Preprocess, GrayIsOpenCvsGray) {
  const auto frame = random_frame(20, 10);
  InputCard card = card_of(20, 10);
  card.color = ColorOrder::kGray;
  card.mean = {0};
  card.scale = {1};
  const Tensor input = run(card, frame);
  cv::Mat gray;
  cv::cvtColor(float_picture(frame), gray, cv::COLOR_BGR2GRAY);
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 20; ++x) ASSERT_NEAR(at(input, 0, y, x), gray.at<float>(y, x), kTolerance);
}

TEST(Preprocess, BytesAndNhwc) {
  const auto frame = random_frame(31, 17);
  InputCard card = card_of(12, 9);
  card.layout = Layout::kNhwc;
  Tensor input(DType::kU8, Shape{1, 9, 12, 3});
  auto preprocessor = Preprocessor::create(card, input.type());
  ASSERT_TRUE(preprocessor.has_value());
  preprocessor->run(frame, input.view());
  const cv::Mat expected = resized(float_picture(frame), 12, 9);
  for (int y = 0; y < 9; ++y)
    for (int x = 0; x < 12; ++x)
      for (int c = 0; c < 3; ++c)
        ASSERT_NEAR(input.as<std::uint8_t>()[static_cast<std::size_t>((y * 12 + x) * 3 + c)],
                    expected.at<cv::Vec3f>(y, x)[c], 0.51f);
}

TEST(Preprocess, FramesMayChangeTheirSize) {
  const InputCard card = card_of(24, 24);
  Tensor input(DType::kF32, Shape{1, 3, 24, 24});
  auto preprocessor = Preprocessor::create(card, input.type());
  ASSERT_TRUE(preprocessor.has_value());
  for (const int size : {50, 10, 24, 50}) {
    const auto frame = random_frame(size, size + 3, static_cast<std::uint32_t>(size));
    preprocessor->run(frame, input.view());
    expect_picture(input, resized(float_picture(frame), 24, 24));
  }
}

TEST(Preprocess, ACardThatDoesNotFitSaysBothShapes) {
  const auto misfit = Preprocessor::create(card_of(24, 24), {DType::kF32, Shape{1, 3, 32, 32}});
  ASSERT_FALSE(misfit.has_value());
  EXPECT_NE(misfit.error().message.find("1x3x24x24"), std::string::npos);
  EXPECT_NE(misfit.error().message.find("1x3x32x32"), std::string::npos);
  EXPECT_FALSE(Preprocessor::create(card_of(24, 24), {DType::kI64, Shape{1, 3, 24, 24}}).has_value());
}

}  // namespace
}  // namespace hedge::pipeline
