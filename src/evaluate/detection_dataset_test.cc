// Datasets of boxes: COCO and YOLO.
#include "evaluate/test_folder.h"

namespace hedge::evaluate {
namespace {

using base::ErrorKind;

class YoloTest : public TestFolder {
 protected:
  std::string line(const std::string& text) const {
    write_image("y/images/a.ppm", 1, 1, 1);
    write("y/labels/a.txt", text);
    return problem(open_dataset(path("y"), card_of()));
  }
};

TEST_F(YoloTest, BoxesBecomePixelsAndImagesWithoutLabelsStay) {
  write_image("y/images/b.ppm", 1, 1, 1, 100, 50);
  write_image("y/images/a.ppm", 1, 1, 1);
  write_image("y/images/deep/c.ppm", 1, 1, 1, 10, 10);
  write("y/labels/b.txt", "2 0.5 0.4 0.2 0.4\n7 0.5 0.5 1 1\n");
  write("y/labels/deep/c.txt", "0 0.5 0.5 1 1");
  const auto dataset = open_dataset(path("y"), card_of({"a", "b", "c"}));
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  EXPECT_EQ((*dataset)->truth(), TruthKind::kBoxes);
  ASSERT_EQ((*dataset)->count(), 3);
  EXPECT_EQ((*dataset)->sample(1)->boxes_left_out, 1);
  EXPECT_TRUE((*dataset)->sample(0)->boxes.empty());
  const Sample sample = (*dataset)->sample(1).value();
  ASSERT_EQ(sample.boxes.size(), 1u);
  EXPECT_EQ(sample.boxes[0].class_id, 2);
  EXPECT_NEAR(sample.boxes[0].box.x, 40, 1e-9);
  EXPECT_NEAR(sample.boxes[0].box.y, 10, 1e-9);
  EXPECT_NEAR(sample.boxes[0].box.width, 20, 1e-9);
  EXPECT_NEAR(sample.boxes[0].box.height, 20, 1e-9);
  EXPECT_NEAR(sample.boxes[0].area, 400, 1e-9);
  EXPECT_EQ((*dataset)->sample(2)->name, "deep/c.ppm");
  EXPECT_EQ((*dataset)->sample(2)->boxes.size(), 1u);
}

TEST_F(YoloTest, PresenceMakesTwoClassesOfBoxes) {
  write_image("y/images/a.ppm", 1, 1, 1);
  write_image("y/images/b.ppm", 1, 1, 1);
  write_image("y/images/c.ppm", 1, 1, 1);
  write("y/labels/a.txt", "5 0.5 0.5 0.5 0.25");
  write("y/labels/b.txt", "5 0.5 0.5 0.1 0.1\n0 0.5 0.5 1 1");
  const auto dataset =
      open_dataset(path("y"), card_of({"absent", "present"}), {.present = Presence{.class_id = 5, .share_min = 0.1}});
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  EXPECT_EQ((*dataset)->truth(), TruthKind::kClass);
  EXPECT_EQ((*dataset)->sample(0)->class_id, 1);
  EXPECT_EQ((*dataset)->sample(1)->class_id, 0);
  EXPECT_EQ((*dataset)->sample(2)->class_id, 0);
  EXPECT_NE(problem(open_dataset(path("y/images"), card_of(), {.present = Presence{}})).find("derived from boxes"),
            std::string::npos);
}

TEST_F(YoloTest, BadLinesNameTheFileAndTheLine) {
  EXPECT_NE(line("0 .5 .5 .1 .1\n0 .5 .5 .1").find("labels/a.txt:2: a box is"), std::string::npos);
  EXPECT_NE(line("0 .5 .5 .1 .1 .9").find("has 6 words"), std::string::npos);
  EXPECT_NE(line("person .5 .5 .1 .1").find("'person' is not the number"), std::string::npos);
  EXPECT_NE(line("-1 .5 .5 .1 .1").find("'-1' is not the number"), std::string::npos);
  EXPECT_NE(line("1.5 .5 .5 .1 .1").find("'1.5' is not the number"), std::string::npos);
  EXPECT_NE(line("99999999999 .5 .5 .1 .1").find("is not the number"), std::string::npos);
  EXPECT_NE(line("0 .5 x .1 .1").find("'x' is not a number"), std::string::npos);
  EXPECT_NE(line("0 nan .5 .1 .1").find("'nan' is not a number"), std::string::npos);
  EXPECT_NE(line("0 1e999 .5 .1 .1").find("is not a number"), std::string::npos);
  EXPECT_NE(line("0 320 .5 .1 .1").find("outside the image"), std::string::npos);
  EXPECT_NE(line("0 .5 .5 -.001 .1").find("negative size"), std::string::npos);
}

class CocoTest : public TestFolder {
 protected:
  static constexpr const char* kGood = R"({
    "images": [{"id": 9, "file_name": "b.ppm", "width": 8}, {"id": 4, "file_name": "a.ppm"}],
    "categories": [{"id": 17, "name": "cat"}, {"id": 1, "name": "person"}],
    "annotations": [
      {"id": 1, "image_id": 9, "category_id": 17, "bbox": [1, 2, 3.5, 1], "segmentation": [[1, 2]], "area": 2.5},
      {"id": 2, "image_id": 9, "category_id": 1, "bbox": [0, 0, 8, 4], "iscrowd": 1}]})";

  base::Result<std::unique_ptr<Dataset>> open(const std::string& json, const pipeline::Card& card = card_of()) const {
    write_image("c/images/a.ppm", 1, 1, 1);
    write_image("c/images/b.ppm", 1, 1, 1);
    write("c/instances.json", json);
    return open_dataset(path("c"), card);
  }
  std::string with(const std::string& from, const std::string& to) const {
    std::string json = kGood;
    const auto place = json.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return problem(open(json.replace(place, from.size(), to)));
  }
};

TEST_F(CocoTest, ImagesAreOrderedByIdAndCategoriesMadeContiguous) {
  const auto dataset = open(kGood);
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  ASSERT_EQ((*dataset)->count(), 2);
  const Sample first = (*dataset)->sample(0).value(), second = (*dataset)->sample(1).value();
  EXPECT_EQ(first.name, "a.ppm");
  EXPECT_TRUE(first.boxes.empty());
  EXPECT_EQ(second.image_id, 9);
  ASSERT_EQ(second.boxes.size(), 2u);
  EXPECT_EQ(second.boxes[0].class_id, 1);
  EXPECT_EQ(second.boxes[0].box.width, 3.5);
  EXPECT_EQ(second.boxes[0].area, 2.5);
  EXPECT_FALSE(second.boxes[0].crowd);
  EXPECT_EQ(second.boxes[1].class_id, 0);
  EXPECT_EQ(second.boxes[1].area, 32);
  EXPECT_TRUE(second.boxes[1].crowd);
  EXPECT_EQ((*dataset)->category_id(1), 17);
}

TEST_F(CocoTest, LabelsOfTheCardNumberTheCategories) {
  const auto dataset = open(kGood, card_of({"dog", "cat"}));
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  EXPECT_EQ((*dataset)->sample(1)->boxes_left_out, 1);
  ASSERT_EQ((*dataset)->sample(1)->boxes.size(), 1u);
  EXPECT_EQ((*dataset)->sample(1)->boxes[0].class_id, 1);
  EXPECT_EQ((*dataset)->category_id(1), 17);
  EXPECT_NE(problem(open(kGood, card_of({"dog"}))).find("none of its categories"), std::string::npos);
}

TEST_F(CocoTest, FindsTheLayoutThatCocoIsPublishedIn) {
  write("coco/annotations/instances_val2017.json", kGood);
  write_image("coco/val2017/a.ppm", 1, 1, 1);
  const auto dataset = open_dataset(path("coco"), card_of());
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  EXPECT_TRUE((*dataset)->sample(0).has_value());
  EXPECT_NE(problem((*dataset)->sample(1)).find("b.ppm"), std::string::npos);
  write("coco/annotations/instances_train2017.json", kGood);
  EXPECT_NE(problem(open_dataset(path("coco"), card_of())).find("2 files of instances"), std::string::npos);
  const auto json = path("coco/annotations/instances_train2017.json");
  EXPECT_NE(problem(open_dataset(json, card_of())).find("train2017/: give the folder by --images"), std::string::npos);
  EXPECT_TRUE(open_dataset(json, card_of(), {.images = path("coco/val2017")}).has_value());
}

TEST_F(CocoTest, HostileAnnotationsAreRefused) {
  EXPECT_NE(problem(open("{")).find("instances.json: not a JSON object"), std::string::npos);
  problem(open(""));
  problem(open("[]"));
  problem(open(std::string(100000, '[')));
  problem(open("{\"images\": \"\xff\"}"));
  EXPECT_NE(problem(open("{}")).find("there is no list 'categories'"), std::string::npos);
  EXPECT_NE(with("\"id\": 4", "\"id\": 9").find("image 9 is there twice"), std::string::npos);
  EXPECT_NE(with("\"id\": 4", "\"id\": \"4\"").find("an image lacks a whole number 'id'"), std::string::npos);
  EXPECT_NE(with("\"id\": 17", "\"id\": 1").find("category 1 is there twice"), std::string::npos);
  EXPECT_NE(with("\"a.ppm\"", "\"../a.ppm\"").find("outside the folder"), std::string::npos);
  EXPECT_NE(with("\"a.ppm\"", "\"/etc/passwd\"").find("outside the folder"), std::string::npos);
  EXPECT_NE(with("\"a.ppm\"", "\"a\\n.ppm\"").find("outside the folder"), std::string::npos);
  EXPECT_NE(with("\"image_id\": 9", "\"image_id\": 5").find("annotation 0 of the list: there is no image 5"),
            std::string::npos);
  EXPECT_NE(with("\"category_id\": 17", "\"category_id\": 2").find("there is no category 2"), std::string::npos);
  EXPECT_NE(with("[1, 2, 3.5, 1]", "[1, 2, 3.5]").find("bbox is not"), std::string::npos);
  EXPECT_NE(with("[1, 2, 3.5, 1]", "[1, 2, -3.5, 1]").find("impossible size"), std::string::npos);
  EXPECT_NE(with("[1, 2, 3.5, 1]", "[1, 2, 1e300, 1]").find("impossible size"), std::string::npos);
  EXPECT_NE(with("[1, 2, 3.5, 1]", "[1, 2, 1e999, 1]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(with("\"iscrowd\": 1", "\"iscrowd\": \"yes\"").find("iscrowd is neither"), std::string::npos);
  EXPECT_NE(with("{\"id\": 9, \"file_name\": \"b.ppm\", \"width\": 8}", "7").find("an image lacks"), std::string::npos);
}

}  // namespace
}  // namespace hedge::evaluate
