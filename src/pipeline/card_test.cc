#include "pipeline/card.h"

#include <gtest/gtest.h>

namespace hedge::pipeline {
namespace {

constexpr const char* kGood = R"([model]
name = "m"
task = "detection"
[input]
width = 416
height = 320
color = "RGB"
resize = "letterbox"
mean = [1, 2.5, 3]
[output]
decoder = "yolox"
strides = [8, 16]
labels = ["person"]
)";

std::string with(std::string card, const std::string& from, const std::string& to) {
  const auto place = card.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return card.replace(place, from.size(), to);
}

std::string problem(const std::string& card) {
  const auto parsed = parse_card(card, "c.toml", ".");
  if (parsed) {
    ADD_FAILURE() << "accepted:\n" << card;
    return "";
  }
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos) << parsed.error().message;
  EXPECT_EQ(parsed.error().message.rfind("c.toml", 0), 0u) << parsed.error().message;
  return parsed.error().message;
}

TEST(Card, ReadsWhatItSays) {
  const auto card = parse_card(kGood, "c.toml", ".");
  ASSERT_TRUE(card.has_value()) << card.error().message;
  EXPECT_EQ(card->input.height, 320);
  EXPECT_EQ(card->input.color, ColorOrder::kRgb);
  EXPECT_EQ(card->input.resize, ResizeMode::kLetterbox);
  EXPECT_EQ(card->input.mean, (std::vector<float>{1, 2.5f, 3}));
  EXPECT_EQ(card->input.scale, (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(card->output.strides, (std::vector<int>{8, 16}));
  EXPECT_EQ(card->label(0), "person");
  EXPECT_EQ(card->label(7), "class 7");
  EXPECT_EQ(card->label(-1), "class -1");
}

TEST(Card, ProblemsNameTheLine) {
  EXPECT_NE(problem(with(kGood, "width = 416", "width = \"416\"")).find("c.toml:5: width"), std::string::npos);
  EXPECT_NE(problem(with(kGood, "\"RGB\"", "\"rgb\"")).find("BGR, GRAY, RGB"), std::string::npos);
  EXPECT_NE(problem(with(kGood, "strides", "stride")).find("unknown key 'stride'"), std::string::npos);
  EXPECT_NE(problem(with(kGood, "width = 416\n", "")).find("lacks the key 'width'"), std::string::npos);
  EXPECT_NE(problem(with(kGood, "[input]", "[inputs]")).find("unknown section 'inputs'"), std::string::npos);
  problem(with(kGood, "width = 416", "width = 0"));
  problem(with(kGood, "width = 416", "width = 99999999999"));
  problem(with(kGood, "[1, 2.5, 3]", "[1, 2]"));
  problem(with(kGood, "[1, 2.5, 3]", "\"grey\""));
  problem(with(kGood, "[8, 16]", "[]"));
  problem(with(kGood, "[8, 16]", "[8, 0]"));
  problem(with(kGood, "\"yolox\"", "\"classification\""));
  problem(with(kGood, "height = 320", "height = "));
  problem("not toml at all");
  problem("");
}

TEST(Card, OneNumberStandsForAllChannels) {
  const auto card = parse_card(with(kGood, "[1, 2.5, 3]", "127.5\nscale = [0.5]\nantialias = true"), "c.toml", ".");
  ASSERT_TRUE(card.has_value()) << card.error().message;
  EXPECT_EQ(card->input.mean, (std::vector<float>{127.5f, 127.5f, 127.5f}));
  EXPECT_EQ(card->input.scale, (std::vector<float>{0.5f, 0.5f, 0.5f}));
  EXPECT_TRUE(card->input.antialias);
}

constexpr const char* kTensor = R"([model]
name = "m"
task = "classification"
[input]
kind = "tensor"
dtype = "i8"
shape = [1, 49, 10]
mean = 83
scale = 0.5
[output]
decoder = "classification"
)";

TEST(Card, DescribesTensors) {
  const auto card = parse_card(kTensor, "c.toml", ".");
  ASSERT_TRUE(card.has_value()) << card.error().message;
  EXPECT_EQ(card->input.kind, InputKind::kTensor);
  EXPECT_EQ(card->input.sample_dtype, tensor::DType::kI8);
  EXPECT_EQ(card->input.sample_shape, (std::vector<std::int64_t>{1, 49, 10}));
  EXPECT_EQ(card->input.mean, (std::vector<float>{83}));
  EXPECT_EQ(card->input.scale, (std::vector<float>{0.5f}));
}

TEST(Card, KeysOfTheOtherKindOfInputAreUnknown) {
  EXPECT_NE(problem(with(kTensor, "mean = 83", "width = 83")).find("c.toml:8: unknown key 'width'"), std::string::npos);
  EXPECT_NE(problem(with(kGood, "height = 320", "height = 320\ndtype = \"i8\"")).find("c.toml:7: unknown key 'dtype'"),
            std::string::npos);
  EXPECT_NE(problem(with(kTensor, "\"i8\"", "\"i4\"")).find("c.toml:6: dtype must be one of"), std::string::npos);
  EXPECT_NE(problem(with(kTensor, "\"tensor\"", "\"sound\"")).find("c.toml:5: kind must be one of"), std::string::npos);
  EXPECT_NE(problem(with(kTensor, "mean = 83", "mean = [1, 2]")).find("must have one number"), std::string::npos);
  problem(with(kTensor, "[1, 49, 10]", "[1, -49, 10]"));
  problem(with(kTensor, "[1, 49, 10]", "[1, 999999999999, 10]"));
  problem(with(kTensor, "[1, 49, 10]", "\"1x49x10\""));
  problem(with(kTensor, "mean = 83", "mean = \"83\""));
}

TEST(Card, AMissingLabelsFileIsAnError) {
  const auto card = parse_card(with(kGood, "labels = [\"person\"]", "labels_file = \"nowhere.txt\""), "c.toml", ".");
  ASSERT_FALSE(card.has_value());
  EXPECT_EQ(card.error().kind, base::ErrorKind::kNotFound);
}

TEST(Card, EveryCardOfTheProjectLoads) {
  for (const std::filesystem::path directory : {"test/cards", "models"})
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (entry.path().extension() == ".toml") {
        const auto card = load_card(entry.path());
        EXPECT_TRUE(card.has_value()) << card.error().message;
      }
}

}  // namespace
}  // namespace hedge::pipeline
