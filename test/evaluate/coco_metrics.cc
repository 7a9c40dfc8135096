// coco_metrics SEED FOLDER: random boxes as COCO's JSON in FOLDER/truth.json and FOLDER/results.json, and our metrics
// of them, read back from there, on standard output. against_pycocotools.py compares.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "evaluate/coco_annotations.h"
#include "evaluate/random_boxes.h"

namespace hedge::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFirstImage = 7, kImageStep = 3;  // ids with gaps, as in COCO
constexpr int kFirstCategory = 1, kCategoryStep = 2;

json rectangle(const evaluate::Rectangle& box) { return {box.x, box.y, box.width, box.height}; }

base::Status write_files(const std::vector<RandomImage>& images, const fs::path& folder) {
  json truth = {{"images", json::array()}, {"annotations", json::array()}, {"categories", json::array()}};
  json results = json::array();
  for (int k = 0; k < 6; ++k)
    truth["categories"].push_back({{"id", kFirstCategory + k * kCategoryStep}, {"name", "class " + std::to_string(k)}});
  int id = kFirstImage, annotation = 0;
  for (const RandomImage& image : images) {
    truth["images"].push_back({{"id", id}, {"file_name", std::to_string(id) + ".jpg"}});
    for (const evaluate::TrueBox& box : image.truths)
      truth["annotations"].push_back({{"id", ++annotation},
                                      {"image_id", id},
                                      {"category_id", kFirstCategory + box.class_id * kCategoryStep},
                                      {"bbox", rectangle(box.box)},
                                      {"area", box.area},
                                      {"iscrowd", box.crowd ? 1 : 0}});
    for (const evaluate::ScoredBox& box : image.detections)
      results.push_back({{"image_id", id},
                         {"category_id", kFirstCategory + box.class_id * kCategoryStep},
                         {"bbox", rectangle(box.box)},
                         {"score", box.score}});
    id += kImageStep;
  }
  TRY(base::write_file(folder / "truth.json", std::string_view(truth.dump())));
  return base::write_file(folder / "results.json", std::string_view(results.dump()));
}

base::Result<std::string> run(std::uint32_t seed, const fs::path& folder) {
  const std::vector<RandomImage> images = random_images(seed);
  TRY(write_files(images, folder));
  const evaluate::CocoAnnotations truth = TRY(evaluate::read_coco(folder / "truth.json", {}));
  std::vector<evaluate::ImageBoxes> pairs;
  for (std::size_t k = 0; k < images.size(); ++k) pairs.push_back({truth.images[k].boxes, images[k].detections});
  const evaluate::AveragePrecision result = evaluate::average_precision(pairs);
  json report = {{"map", result.map}, {"ap50", result.ap50}, {"ap75", result.ap75}, {"ar100", result.ar100}};
  for (const evaluate::ClassPrecision& one : result.classes)
    report["classes"][std::to_string(truth.category_ids[static_cast<std::size_t>(one.class_id)])] = one.map;
  return report.dump();
}

}  // namespace
}  // namespace hedge::test

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "coco_metrics SEED FOLDER\n");
    return 2;
  }
  const auto report = hedge::test::run(static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)), argv[2]);
  fmt::print(report ? stdout : stderr, "{}\n", report ? *report : report.error().message);
  return report ? 0 : 1;
}
