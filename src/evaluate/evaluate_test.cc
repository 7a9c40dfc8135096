// From files to metrics, on two models whose answers can be foretold: the mean of each colour is a class's score.
#include "evaluate/evaluate.h"

#include "evaluate/agreement.h"
#include "evaluate/input_maker.h"
#include "evaluate/kept_samples.h"
#include "evaluate/metrics.h"
#include "evaluate/test_folder.h"
#include "program/program_builder.h"

namespace hedge::evaluate {
namespace {

using tensor::DType;
using tensor::Tensor;

/// Scores 1x3: the mean of blue, green, red over the image.
engine::Engine colour_classifier() {
  program::ProgramBuilder builder;
  const auto image = builder.input("image", {DType::kF32, {1, 3, 4, 8}});
  const auto pooled = builder.step("GlobalAveragePool", {image}, {}, {});
  const auto shape = builder.weights("shape", Tensor::of<std::int64_t>({2}, {1, 3}));
  builder.output(builder.step("Reshape", {pooled, shape}, {}, {}));
  return engine::Engine::create(builder.finish()).value();
}

/// The same scores for the class of the one box there is: the left half of the image.
engine::Engine colour_detector() {
  program::ProgramBuilder builder;
  const auto image = builder.input("image", {DType::kF32, {1, 3, 4, 8}});
  const auto pooled = builder.step("GlobalAveragePool", {image}, {}, {});
  const auto shape = builder.weights("shape", Tensor::of<std::int64_t>({3}, {1, 1, 3}));
  builder.output(builder.step("Reshape", {pooled, shape}, {}, {}));
  const auto box = builder.weights("box", Tensor::of<float>({1, 1, 4}, {0, 0, 0.5f, 1}));
  builder.output(builder.step("Add", {box, builder.weights("zero", Tensor::of<float>({1}, {0}))}, {}, {}));
  return engine::Engine::create(builder.finish()).value();
}

pipeline::Card colour_card(pipeline::Task task) {
  pipeline::Card card = card_of({"blue", "green", "red"});
  card.task = task;
  card.input.scale = {1 / 255.0f, 1 / 255.0f, 1 / 255.0f};
  card.output.decoder =
      task == pipeline::Task::kDetection ? pipeline::DecoderKind::kSsd : pipeline::DecoderKind::kClassification;
  return card;
}

class EvaluateTest : public TestFolder {
 protected:
  std::unique_ptr<Dataset> open(const std::string& name, const pipeline::Card& card) const {
    auto dataset = open_dataset(path(name), card);
    EXPECT_TRUE(dataset.has_value()) << dataset.error().message;
    return dataset ? std::move(*dataset) : nullptr;
  }
};

TEST_F(EvaluateTest, ClassifiesAFolderOfColours) {
  write_image("d/red/1.ppm", 200, 0, 0);
  write_image("d/red/2.ppm", 0, 100, 0);  // green, wrongly filed
  write_image("d/green/1.ppm", 0, 200, 10);
  write_image("d/blue/1.ppm", 0, 10, 200);
  engine::Engine engine = colour_classifier();
  const pipeline::Card card = colour_card(pipeline::Task::kClassification);
  std::int64_t calls = 0;
  const EvaluateOptions options{.progress = [&](std::int64_t done, std::int64_t count) {
    EXPECT_EQ(done, ++calls);
    return count == 4;
  }};
  const auto result = evaluate(engine, card, *open("d", card), options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(calls, 4);
  EXPECT_DOUBLE_EQ(*result->metric("top1"), 0.75);
  EXPECT_DOUBLE_EQ(result->headline->percent, 75);
  std::vector<std::string> names;
  for (const auto& metrics : {result->metrics, agreement(*result, *result)->metrics})
    for (const Metric& metric : metrics) names.push_back(metric.name);
  EXPECT_EQ(names, metric_names(pipeline::Task::kClassification, true, true));
  ASSERT_EQ(result->answers.size(), 4u);
  EXPECT_EQ(result->answers[3].sample, "red/2.ppm");
  EXPECT_EQ(result->answers[3].top_class, 1);
  EXPECT_EQ(result->answers[3].true_class, 2);
  EXPECT_NEAR(result->answers[3].scores[1], 100 / 255.0, 1e-6);
}

TEST_F(EvaluateTest, FindsBoxesAndAgreesWithItself) {
  write_image("d/images/a.ppm", 255, 0, 0, 80, 40);
  write_image("d/images/b.ppm", 0, 255, 0);
  write("d/labels/a.txt", "2 0.25 0.5 0.5 1");
  write("d/labels/b.txt", "1 0.75 0.5 0.5 1");
  engine::Engine engine = colour_detector(), other = colour_detector();
  const pipeline::Card card = colour_card(pipeline::Task::kDetection);
  const std::vector<Contestant> both = {{&engine, &card}, {&other, &card}};
  const auto results = evaluate_all(both, *open("d", card));
  ASSERT_TRUE(results.has_value()) << results.error().message;
  const Evaluation& result = results->at(0);
  EXPECT_NEAR(*result.metric("ap50"), 0.5, 1e-9);  // red is found, green is in the other half
  EXPECT_NEAR(*result.metric("precision"), 0.5, 1e-9);
  EXPECT_NEAR(*result.metric("recall"), 0.5, 1e-9);
  EXPECT_EQ(result.classes.size(), 2u);
  ASSERT_EQ(result.answers[0].detections.size(), 1u);
  EXPECT_NEAR(result.answers[0].detections[0].box.width, 40, 1e-4);
  const Agreement agreed = agreement(result, results->at(1)).value();
  EXPECT_NEAR(agreed.metrics[0].value, 1, 1e-9);
  std::vector<std::string> names;
  for (const auto* metrics : {&result.metrics, &agreed.metrics})
    for (const Metric& metric : *metrics) names.push_back(metric.name);
  EXPECT_EQ(names, metric_names(pipeline::Task::kDetection, true, true));
}

TEST_F(EvaluateTest, KeptSamplesAreLoadedOnce) {
  write_image("d/a.ppm", 1, 2, 3);
  write_image("d/b.ppm", 1, 2, 3);
  const std::int64_t image_bytes = 8 * 4 * 3;
  const auto all = keep_samples(open("d", card_of()), 2 * image_bytes),
             one = keep_samples(open("d", card_of()), image_bytes);
  for (const auto* kept : {&all, &one})
    for (std::int64_t k = 0; k < 2; ++k) EXPECT_TRUE((*kept)->sample(k).has_value());
  std::filesystem::remove_all(path("d"));
  EXPECT_EQ(all->count(), 2);
  EXPECT_EQ(all->sample(1)->name, "b.ppm");
  EXPECT_EQ(std::get<media::Frame>(all->sample(1)->data).pixels[0], 3);
  EXPECT_TRUE(one->sample(0).has_value());
  EXPECT_FALSE(one->sample(1).has_value());  // did not fit, so it is read again
}

TEST_F(EvaluateTest, WithoutLabelsThereAreAnswersButNoMetrics) {
  write_image("d/a.ppm", 255, 0, 0);
  engine::Engine engine = colour_classifier();
  const pipeline::Card card = colour_card(pipeline::Task::kClassification);
  const auto result = evaluate(engine, card, *open("d", card));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_FALSE(result->labelled);
  EXPECT_TRUE(result->metrics.empty());
  EXPECT_FALSE(result->headline.has_value());
  EXPECT_EQ(result->answers[0].top_class, 2);
}

TEST_F(EvaluateTest, WhatDoesNotFitIsRefused) {
  write_image("d/0003_a.ppm", 255, 0, 0);
  engine::Engine classifier = colour_classifier(), detector = colour_detector();
  pipeline::Card card = colour_card(pipeline::Task::kClassification);
  const pipeline::Card boxes = colour_card(pipeline::Task::kDetection);
  card.output.labels.clear();
  const auto dataset = open("d", card);
  EXPECT_NE(problem(evaluate(classifier, card, *dataset)).find("0003_a.ppm is of class 3, the model knows 3"),
            std::string::npos);
  const std::vector<Contestant> mixed = {{&classifier, &card}, {&detector, &boxes}};
  EXPECT_NE(problem(evaluate_all(mixed, *dataset)).find("cannot be compared"), std::string::npos);
  card.input.width = 9;
  problem(evaluate(classifier, card, *dataset));
  const EvaluateOptions stopped{.progress = [](std::int64_t, std::int64_t) { return false; }};
  EXPECT_EQ(evaluate(detector, boxes, *dataset, stopped).error().kind, base::ErrorKind::kUnavailable);
}

TEST_F(EvaluateTest, InputsAreMadeForCalibration) {
  write_image("d/a.ppm", 255, 51, 0);
  const pipeline::Card card = colour_card(pipeline::Task::kClassification);
  const auto dataset = open("d", card);
  const std::vector<engine::Port> ports = {{"image", {DType::kF32, {1, 3, 4, 8}}}};
  auto maker = InputMaker::create(card, ports);
  ASSERT_TRUE(maker.has_value()) << maker.error().message;
  const auto inputs = model_input(*dataset, 0, *maker);
  ASSERT_TRUE(inputs.has_value()) << inputs.error().message;
  ASSERT_EQ(inputs->size(), 1u);
  EXPECT_EQ(inputs->at(0).as<float>()[0], 0);
  EXPECT_NEAR(inputs->at(0).as<float>()[32], 0.2, 1e-6);
  EXPECT_NEAR(inputs->at(0).as<float>()[64], 1, 1e-6);
}

TEST_F(EvaluateTest, TensorsAreScaledIntoTheInputTheCardNames) {
  write("t/a.bin", std::string("\x02\xFE", 2));
  pipeline::Card card = card_of();
  card.input = {
      .name = "b", .kind = pipeline::InputKind::kTensor, .sample_dtype = DType::kI8, .mean = {1}, .scale = {2}};
  const auto dataset = open("t", card);
  const std::vector<engine::Port> ports = {{"a", {DType::kI64, {1}}}, {"b", {DType::kF32, {1, 2}}}};
  auto maker = InputMaker::create(card, ports);
  ASSERT_TRUE(maker.has_value()) << maker.error().message;
  const auto inputs = model_input(*dataset, 0, *maker);
  ASSERT_TRUE(inputs.has_value()) << inputs.error().message;
  EXPECT_EQ(inputs->at(0).as<std::int64_t>()[0], 0);
  EXPECT_EQ(inputs->at(1).as<float>()[0], 2);
  EXPECT_EQ(inputs->at(1).as<float>()[1], -6);
  card.input.sample_shape = {3};
  problem(InputMaker::create(card, ports));
  card.input.name = "c";
  EXPECT_NE(problem(InputMaker::create(card, ports)).find("'c' is none of the model's"), std::string::npos);
  card.input.name.clear();
  EXPECT_NE(problem(InputMaker::create(card, ports)).find("name the samples' in the card"), std::string::npos);
}

TEST_F(EvaluateTest, PicturesAndTensorsAreNotMixedUp) {
  write_image("d/a.ppm", 1, 1, 1);
  write("t/a.bin", "1234");
  const pipeline::Card pictures = card_of();
  pipeline::Card tensors = card_of();
  tensors.input.kind = pipeline::InputKind::kTensor;
  const std::vector<engine::Port> ports = {{"image", {DType::kF32, {1, 3, 4, 8}}}};
  auto picture_maker = InputMaker::create(pictures, ports).value();
  auto tensor_maker = InputMaker::create(tensors, ports).value();
  EXPECT_NE(problem(model_input(*open("d", pictures), 0, tensor_maker)).find("a.ppm is a picture"), std::string::npos);
  EXPECT_NE(problem(model_input(*open("t", tensors), 0, picture_maker)).find("a.bin is a tensor"), std::string::npos);
  EXPECT_NE(problem(model_input(*open("t", tensors), 0, tensor_maker)).find("a.bin: f32[1] does not fill"),
            std::string::npos);
}

}  // namespace
}  // namespace hedge::evaluate
