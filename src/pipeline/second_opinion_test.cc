#include "pipeline/second_opinion.h"

#include <cmath>
#include <thread>

#include <gtest/gtest.h>

#include "engine/sample_program.h"
#include "pipeline/sample_card.h"
#include "pipeline/test_frame.h"

namespace hedge::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr int kSize = 32, kClasses = 16;

Network sample_network() {
  auto engine = engine::Engine::create(engine::sample_program({.size = kSize, .channels = kClasses})).value();
  Card card = sample_card(engine, kSize);
  for (int k = 0; k < kClasses; ++k) card.output.labels.push_back("class " + std::to_string(k));
  return Network::create(std::move(engine), std::move(card), {}).value();
}

/// What the network itself says of a frame.
Prediction answer_of(Network& network, const media::Frame& frame) {
  Prediction prediction;
  EXPECT_TRUE(network.answer(frame, prediction).has_value());
  return prediction;
}

/// Of a picture: the same model's answer, or another class.
struct Answers {
  Network network = sample_network();
  media::Frame frame = random_frame(40, 30);
  Prediction same = answer_of(network, frame), other = same;
  Answers() { other.classes[0].class_id = (same.classes[0].class_id + 1) % kClasses; }
};

std::unique_ptr<SecondOpinion> ask(const Card& first, SecondOpinionOptions options) {
  return SecondOpinion::create(sample_network(), first, std::move(options)).value();
}

TEST(SecondOpinion, AtOnceEachTurnIsAnswered) {
  Answers answers;
  const auto second = ask(answers.network.card, {.interval = 100ms, .at_once = true});
  EXPECT_TRUE(std::isnan(second->newest().disagreement));
  const auto see = [&](std::chrono::milliseconds time, const Prediction& prediction) {
    answers.frame.time = time;
    second->consider(answers.frame, prediction);
    return second->newest().disagreement;
  };
  EXPECT_EQ(see(0ms, answers.same), 0);
  EXPECT_EQ(see(99ms, answers.other), 0) << "before its turn";
  EXPECT_EQ(see(100ms, answers.other), 1);
  EXPECT_EQ(second->newest().time, 100ms);
  EXPECT_EQ(second->stats().asked, 2);
}

TEST(SecondOpinion, InTheBackgroundTheAnswerComesLater) {
  Answers answers;
  const auto second = ask(answers.network.card, {.interval = 0ms});
  second->consider(answers.frame, answers.other);
  const auto until = media::Clock::now() + 60s;
  while (std::isnan(second->newest().disagreement) && media::Clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(second->newest().disagreement, 1);
  EXPECT_EQ(second->newest().time, answers.frame.time);
}

TEST(SecondOpinion, FramesAreSkippedWhileTheModelIsBusy) {
  Answers answers;
  const auto second = ask(answers.network.card, {.interval = 0ms});
  for (int k = 0; k < 1000; ++k) second->consider(answers.frame, answers.same);
  const SecondOpinionStats stats = second->stats();
  EXPECT_EQ(stats.asked + stats.skipped, 1000);
  EXPECT_GT(stats.asked, 0);
  EXPECT_GT(stats.skipped, 0);
}

TEST(SecondOpinion, AModelWithNothingInCommonIsRefused) {
  Card first = sample_network().card;
  first.output.labels = {"lorry"};
  EXPECT_FALSE(SecondOpinion::create(sample_network(), first, {}).has_value());
  first = sample_network().card;
  first.task = Task::kDetection;
  EXPECT_FALSE(SecondOpinion::create(sample_network(), first, {}).has_value());
}

}  // namespace
}  // namespace hedge::pipeline
