// Datasets of classes and of tensors: what is on disk becomes samples in a fixed order, and damage names the file.
#include "evaluate/dataset.h"

#include "evaluate/test_folder.h"
#include "format/npy.h"

namespace hedge::evaluate {
namespace {

using base::ErrorKind;

class DatasetTest : public TestFolder {
 protected:
  std::unique_ptr<Dataset> open(const std::filesystem::path& path, const pipeline::Card& card = card_of(),
                                const DatasetOptions& options = {}) const {
    auto dataset = open_dataset(path, card, options);
    EXPECT_TRUE(dataset.has_value()) << dataset.error().message;
    return dataset ? std::move(*dataset) : nullptr;
  }
  /// "name:class name:class ..."
  std::string listing(const Dataset& dataset) const {
    std::string text;
    for (std::int64_t k = 0; k < dataset.count(); ++k) {
      const auto sample = dataset.sample(k);
      EXPECT_TRUE(sample.has_value()) << sample.error().message;
      if (sample) text += fmt::format("{}{}:{}", text.empty() ? "" : " ", sample->name, sample->class_id);
    }
    return text;
  }
  pipeline::Card tensor_card(tensor::DType dtype, std::vector<std::int64_t> shape,
                             std::vector<std::string> labels = {}) const {
    pipeline::Card card = card_of(std::move(labels));
    card.input.kind = pipeline::InputKind::kTensor;
    card.input.sample_dtype = dtype;
    card.input.sample_shape = std::move(shape);
    return card;
  }
};

TEST_F(DatasetTest, FoldersAreClassesInTheOrderOfTheirNames) {
  write_image("d/dog/2.ppm", 1, 1, 1);
  write_image("d/cat/1.ppm", 1, 1, 1);
  write("d/cat/readme.txt", "no image");
  const auto dataset = open(path("d"));
  EXPECT_EQ(dataset->truth(), TruthKind::kClass);
  EXPECT_EQ(listing(*dataset), "cat/1.ppm:0 dog/2.ppm:1");
}

TEST_F(DatasetTest, FoldersFollowTheCardsLabelsOrTheirNumbers) {
  write_image("d/dog/2.ppm", 1, 1, 1);
  write_image("d/cat/1.ppm", 1, 1, 1);
  EXPECT_EQ(listing(*open(path("d"), card_of({"dog", "cow", "cat"}))), "cat/1.ppm:2 dog/2.ppm:0");
  EXPECT_NE(problem(open_dataset(path("d"), card_of({"dog", "cats"}))).find("cat: not a label"), std::string::npos);
  write_image("n/10/2.ppm", 1, 1, 1);
  write_image("n/9/1.ppm", 1, 1, 1);
  EXPECT_EQ(listing(*open(path("n"))), "10/2.ppm:10 9/1.ppm:9");
  EXPECT_NE(problem(open_dataset(path("n"), card_of({"a", "b"}))).find("class 10 does not exist"), std::string::npos);
}

TEST_F(DatasetTest, NumbersInFrontOfNamesAreClasses) {
  write_image("d/012_wren.ppm", 1, 1, 1);
  write_image("d/002_shark.ppm", 1, 1, 1);
  EXPECT_EQ(listing(*open(path("d"))), "002_shark.ppm:2 012_wren.ppm:12");
  EXPECT_EQ(open(path("d"), card_of(), {.kind = "images"})->truth(), TruthKind::kNone);
  write_image("d/owl.ppm", 1, 1, 1);
  EXPECT_EQ(open(path("d"))->truth(), TruthKind::kNone);
  EXPECT_NE(problem(open_dataset(path("d"), card_of(), {.kind = "indexed"})).find("owl.ppm"), std::string::npos);
}

TEST_F(DatasetTest, ListsNamePathsAndLabels) {
  write_image("d/a.ppm", 1, 1, 1);
  write_image("d/with blank.ppm", 1, 1, 1);
  write("d/list.txt", "# comment\n\n with blank.ppm\t3 # why\na.ppm cat\r\n");
  EXPECT_EQ(listing(*open(path("d/list.txt"), card_of({"x", "cat", "y", "z"}))), "with blank.ppm:3 a.ppm:1");
  const auto line = [&](const std::string& text) {
    return problem(open_dataset(write("bad.txt", text), card_of({"x", "cat"})));
  };
  EXPECT_NE(line("\na.ppm\n").find("bad.txt:2: write `path label`"), std::string::npos);
  EXPECT_NE(line("a.ppm 2").find("class 2 does not exist"), std::string::npos);
  EXPECT_NE(line("a.ppm dog").find("'dog' is neither"), std::string::npos);
  EXPECT_NE(line("a.ppm -1").find("'-1' is neither"), std::string::npos);
  EXPECT_NE(line("a.ppm 99999999999999999999").find("is neither"), std::string::npos);
  EXPECT_NE(line("a.exe 1").find("'a.exe' is neither an image"), std::string::npos);
  EXPECT_NE(line("").find("lists no sample"), std::string::npos);
  EXPECT_LT(line(std::string(1 << 20, '\x01')).size(), 300u);
}

TEST_F(DatasetTest, AMissingOrBrokenImageIsNamedWhenItsTurnComes) {
  write("list.txt", "nowhere.png 0\nbroken.png 1\n");
  write("broken.png", "not a picture");
  const auto dataset = open(path("list.txt"));
  EXPECT_NE(problem(dataset->sample(0)).find("nowhere.png"), std::string::npos);
  EXPECT_EQ(dataset->sample(0).error().kind, ErrorKind::kNotFound);
  EXPECT_NE(problem(dataset->sample(1)).find("broken.png: not an image"), std::string::npos);
}

TEST_F(DatasetTest, CifarRecordsBecomePictures) {
  std::string record(3073, '\0');
  record[0] = 7;
  record[1 + 33] = 10;         // red of the second row's second pixel
  record[1 + 1024 + 33] = 20;  // green
  record[1 + 2048 + 33] = 30;  // blue
  const auto dataset = open(write("c.bin", std::string(3073, '\0') + record));
  ASSERT_EQ(dataset->count(), 2);
  const Sample sample = dataset->sample(1).value();
  EXPECT_EQ(sample.class_id, 7);
  EXPECT_EQ(sample.name, "c.bin[1]");
  const auto& frame = std::get<media::Frame>(sample.data);
  const std::uint8_t* pixel = frame.pixels + frame.stride + 3;
  EXPECT_EQ(std::vector(pixel, pixel + 3), (std::vector<std::uint8_t>{30, 20, 10}));
}

TEST_F(DatasetTest, CifarFilesAreChecked) {
  EXPECT_NE(problem(open_dataset(write("a.bin", std::string(3072, '\0')), card_of())).find("no whole number"),
            std::string::npos);
  EXPECT_NE(problem(open_dataset(write("b.bin", ""), card_of())).find("b.bin: 0 bytes"), std::string::npos);
  EXPECT_NE(problem(open_dataset(write("c.bin", std::string(3073, '\x0A')), card_of())).find("record 0 has class 10"),
            std::string::npos);
}

TEST_F(DatasetTest, TensorsAreReadAsTheCardSaysAndClassesFromTheirNames) {
  write("t/tst_01_Go_1.bin", "\x01\x02\x03\xFF");
  write("t/tst_00_Up_0.bin", "\x05\x06\x07\x08");
  const auto dataset = open(path("t"), tensor_card(tensor::DType::kI8, {1, 2, 2}));
  EXPECT_EQ(listing(*dataset), "tst_00_Up_0.bin:0 tst_01_Go_1.bin:1");
  const Sample sample = dataset->sample(1).value();
  const auto& tensor = std::get<tensor::Tensor>(sample.data);
  EXPECT_EQ(tensor.shape(), (tensor::Shape{1, 2, 2}));
  EXPECT_EQ(tensor.as<std::int8_t>()[3], -1);
  EXPECT_NE(problem(open_dataset(path("t"), tensor_card(tensor::DType::kI8, {4}, {"up"}))).find("class 1 does not"),
            std::string::npos);
  EXPECT_NE(problem(open(path("t"), tensor_card(tensor::DType::kI8, {5}))->sample(0)).find("4 elements"),
            std::string::npos);
  write("odd/a.bin", "123");
  EXPECT_NE(problem(open(path("odd"), tensor_card(tensor::DType::kF32, {}))->sample(0)).find("odd/a.bin: 3 bytes"),
            std::string::npos);
}

TEST_F(DatasetTest, CountersInNamesAreNoClasses) {
  const auto bytes = format::encode_npy(tensor::Tensor::of<float>({2}, {1.5f, 2}));
  write("t/sample_0001.npy", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  write("t/sample_0002.npy", "junk");
  write("t/x_a_1.pb", "junk");
  const auto dataset = open(path("t"), tensor_card(tensor::DType::kF32, {}));
  EXPECT_EQ(dataset->truth(), TruthKind::kNone);
  EXPECT_EQ(std::get<tensor::Tensor>(dataset->sample(0)->data).as<float>()[0], 1.5f);
  EXPECT_NE(problem(dataset->sample(1)).find("sample_0002.npy"), std::string::npos);
  EXPECT_NE(problem(dataset->sample(2)).find("x_a_1.pb"), std::string::npos);
}

TEST_F(DatasetTest, SkipAndLimitTakeARange) {
  for (const char* name : {"d/c.ppm", "d/a.ppm", "d/b.ppm"}) write_image(name, 1, 1, 1);
  EXPECT_EQ(listing(*open(path("d"), card_of(), {.skip = 1, .limit = 1})), "b.ppm:-1");
  EXPECT_EQ(listing(*open(path("d"), card_of(), {.skip = 1})), "b.ppm:-1 c.ppm:-1");
  EXPECT_EQ(listing(*open(path("d"), card_of(), {.limit = 99})), "a.ppm:-1 b.ppm:-1 c.ppm:-1");
  EXPECT_NE(problem(open_dataset(path("d"), card_of(), {.skip = 3})).find("only 3 samples"), std::string::npos);
  problem(open_dataset(path("d"), card_of(), {.skip = -1}));
  problem(open_dataset(path("d"), card_of(), {.limit = -1}));
}

TEST_F(DatasetTest, WhatIsNoDatasetIsSaidSo) {
  EXPECT_EQ(open_dataset(path("nowhere"), card_of()).error().kind, ErrorKind::kNotFound);
  std::filesystem::create_directories(path("empty"));
  EXPECT_NE(problem(open_dataset(path("empty"), card_of())).find("empty: not a dataset"), std::string::npos);
  EXPECT_NE(problem(open_dataset(write("film.mp4", "x"), card_of())).find("not a dataset"), std::string::npos);
  EXPECT_NE(problem(open_dataset(path("empty"), card_of(), {.kind = "voc"})).find("folders, indexed"),
            std::string::npos);
  write_image("mixed/a/1.ppm", 1, 1, 1);
  write_image("mixed/cover.ppm", 1, 1, 1);
  EXPECT_NE(problem(open_dataset(path("mixed"), card_of())).find("--dataset-kind"), std::string::npos);
  EXPECT_EQ(open(path("mixed"), card_of(), {.kind = "folders"})->count(), 1);
  for (const char* kind : kDatasetKinds) problem(open_dataset(path("empty"), card_of(), {.kind = kind}));
}

}  // namespace
}  // namespace hedge::evaluate
