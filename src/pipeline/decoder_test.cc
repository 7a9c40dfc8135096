// Heads filled by hand: a box that is put in comes out where it was put, and misfits are refused.
#include "pipeline/decoder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hedge::pipeline {
namespace {

using tensor::ConstTensorView;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

// The input is 64 x 32, the frame twice as large: what is at 10 there is at 20 here.
constexpr ImageMapping kHalf{.scale_x = 0.5f, .scale_y = 0.5f, .source_width = 128, .source_height = 64};

Card card_of(DecoderKind decoder, std::vector<int> strides = {}) {
  Card card;
  card.task = decoder == DecoderKind::kClassification ? Task::kClassification : Task::kDetection;
  card.input = {.width = 64, .height = 32, .mean = {0, 0, 0}, .scale = {1, 1, 1}};
  card.output.decoder = decoder;
  card.output.strides = std::move(strides);
  return card;
}

base::Result<Prediction> decode(const Card& card, std::span<const Tensor> outputs,
                                const std::vector<std::string>& names = {"a", "b", "c", "d"}) {
  std::vector<OutputPort> ports;
  std::vector<ConstTensorView> views;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    ports.push_back({names[k], outputs[k].type()});
    views.push_back(outputs[k].view());
  }
  const auto decoder = TRY(create_decoder(card, ports));
  Prediction prediction;
  decoder->decode(views, kHalf, prediction);
  return prediction;
}

void expect_box(const Box& box, float x, float y, float width, float height) {
  EXPECT_NEAR(box.x, x, 1e-3);
  EXPECT_NEAR(box.y, y, 1e-3);
  EXPECT_NEAR(box.width, width, 1e-3);
  EXPECT_NEAR(box.height, height, 1e-3);
}

TEST(Yolox, ABoxComesOutWhereItWasPut) {
  const Card card = card_of(DecoderKind::kYolox, {8, 16});
  Tensor output(DType::kF32, Shape{1, 4 * 8 + 2 * 4, 5 + 3});
  const auto put = [&](std::size_t cell, std::initializer_list<float> row) {
    std::copy(row.begin(), row.end(), output.as<float>().begin() + static_cast<std::ptrdiff_t>(cell * 8));
  };
  put(1 * 8 + 3, {0.5f, 0.25f, 0, std::log(2.0f), 0.9f, 0.1f, 0.8f, 0.2f});  // stride 8, row 1, column 3
  put(32 + 1 * 4 + 2, {0, 0, 0, 0, 1, 0.5f, 0, 0});                          // stride 16, row 1, column 2
  put(5, {0, 0, 0, 0, 0.29f, 1, 1, 1});                                      // objectness below the threshold
  const auto prediction = decode(card, std::vector{output});
  ASSERT_TRUE(prediction.has_value()) << prediction.error().message;
  ASSERT_EQ(prediction->detections.size(), 2u);
  EXPECT_EQ(prediction->detections[0].class_id, 1);
  EXPECT_NEAR(prediction->detections[0].score, 0.72f, 1e-6);
  expect_box(prediction->detections[0].box, 2 * (28 - 4), 2 * (10 - 8), 2 * 8, 2 * 16);
  expect_box(prediction->detections[1].box, 2 * (32 - 8), 2 * (16 - 8), 2 * 16, 2 * 16);
}

TEST(Ssd, ClassesAndBackground) {
  Card card = card_of(DecoderKind::kSsd);
  card.output.background_classes = 1;
  const Tensor scores = Tensor::of<float>(Shape{1, 2, 3}, {0.9f, 0.05f, 0.05f, 0.1f, 0.2f, 0.7f});
  const Tensor boxes = Tensor::of<float>(Shape{1, 2, 4}, {0, 0, 1, 1, 0.25f, 0.5f, 0.5f, 1.5f});
  const auto prediction = decode(card, std::vector{scores, boxes});
  ASSERT_TRUE(prediction.has_value()) << prediction.error().message;
  ASSERT_EQ(prediction->detections.size(), 1u);
  EXPECT_EQ(prediction->detections[0].class_id, 1);
  expect_box(prediction->detections[0].box, 32, 32, 32, 32);  // clipped at the frame's lower edge
}

TEST(Ssd, NamesChooseTheOrder) {
  Card card = card_of(DecoderKind::kSsd);
  card.output.names = {"scores", "boxes"};
  const Tensor scores = Tensor::of<float>(Shape{1, 1, 1}, {0.9f});
  const Tensor boxes = Tensor::of<float>(Shape{1, 1, 4}, {0, 0, 1, 1});
  EXPECT_TRUE(decode(card, std::vector{boxes, scores}, {"boxes", "scores"}).has_value());
  EXPECT_FALSE(decode(card, std::vector{boxes, scores}, {"scores", "boxes"}).has_value());
  const auto unknown = decode(card, std::vector{boxes, scores}, {"x", "scores"});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("'boxes'"), std::string::npos);
}

TEST(Nanodet, SidesAreTheMeanOfTheirDistribution) {
  const Card card = card_of(DecoderKind::kNanodet, {16});
  Tensor scores(DType::kF32, Shape{1, 8, 2}), sides(DType::kF32, Shape{1, 8, 4 * 4});
  scores.as<float>()[5 * 2 + 1] = 0.6f;  // row 1, column 1: the centre is (24, 24)
  for (std::size_t side = 0; side < 4; ++side) sides.as<float>()[5 * 16 + side * 4 + (side == 0 ? 1 : 0)] = 100;
  for (std::size_t bin = 0; bin < 4; ++bin) sides.as<float>()[5 * 16 + 3 * 4 + bin] = 0.25f;  // even: the mean is 1.5
  const auto prediction = decode(card, std::vector{scores, sides});
  ASSERT_TRUE(prediction.has_value()) << prediction.error().message;
  ASSERT_EQ(prediction->detections.size(), 1u);
  EXPECT_EQ(prediction->detections[0].class_id, 1);
  expect_box(prediction->detections[0].box, 2 * (24 - 16), 2 * 24, 2 * 16, 64 - 2 * 24);
}

TEST(Classification, BestFirstWithSoftmax) {
  Card card = card_of(DecoderKind::kClassification);
  card.output.softmax = true;
  card.output.top_k = 2;
  card.output.background_classes = 1;
  const auto prediction = decode(card, std::vector{Tensor::of<float>(Shape{1, 3}, {0, 2, 1})});
  ASSERT_TRUE(prediction.has_value()) << prediction.error().message;
  ASSERT_EQ(prediction->classes.size(), 2u);
  EXPECT_EQ(prediction->classes[0].class_id, 0);
  EXPECT_NEAR(prediction->classes[0].score, std::exp(2.0) / (1 + std::exp(1.0) + std::exp(2.0)), 1e-6);
  EXPECT_EQ(prediction->classes[1].class_id, 1);
}

TEST(Decoder, MisfitsSayWhatIsWanted) {
  const auto refused = [](const Card& card, std::vector<Shape> shapes) {
    std::vector<Tensor> outputs;
    for (const Shape& shape : shapes) outputs.emplace_back(DType::kF32, shape);
    const auto prediction = decode(card, outputs);
    EXPECT_FALSE(prediction.has_value());
    return prediction.has_value() ? std::string() : prediction.error().message;
  };
  const Card yolox = card_of(DecoderKind::kYolox, {8, 16});
  EXPECT_NE(refused(yolox, {{1, 41, 8}}).find("1x40x"), std::string::npos);
  refused(yolox, {{1, 40, 5}});
  refused(yolox, {{40, 8}});
  refused(yolox, {{1, 40, 8}, {1, 40, 8}});
  refused(card_of(DecoderKind::kSsd), {{1, 10, 2}});
  refused(card_of(DecoderKind::kSsd), {{1, 10, 2}, {1, 9, 4}});
  refused(card_of(DecoderKind::kNanodet, {16}), {{1, 8, 2}, {1, 8, 15}});
  refused(card_of(DecoderKind::kNanodet, {16, 32}), {{1, 8, 2}, {1, 8, 16}});
  refused(card_of(DecoderKind::kClassification), {{1, 3}, {1, 3}});
  refused(card_of(DecoderKind::kClassification), {{1, 0}});
  EXPECT_FALSE(
      decode(card_of(DecoderKind::kClassification), std::vector{Tensor(DType::kI64, Shape{1, 3})}).has_value());
}

TEST(Classification, WhatIsNoNumberComesLast) {
  Card card = card_of(DecoderKind::kClassification);
  card.output.top_k = 4;
  const float nan = std::nanf("");
  const auto prediction = decode(card, std::vector{Tensor::of<float>(Shape{1, 4}, {nan, 0.25f, nan, 0.5f})});
  ASSERT_TRUE(prediction.has_value()) << prediction.error().message;
  ASSERT_EQ(prediction->classes.size(), 4u);
  EXPECT_EQ(prediction->classes[0].class_id, 3);
  EXPECT_EQ(prediction->classes[1].class_id, 1);
  EXPECT_EQ(prediction->classes[2].class_id, 0);
}

}  // namespace
}  // namespace hedge::pipeline
