// COCO's JSON of images, categories and boxes: https://cocodataset.org/#format-data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluate/sample.h"

namespace hedge::evaluate {

struct CocoImage {
  std::int64_t id = 0;
  std::string file;  ///< relative to the folder of images
  std::vector<TrueBox> boxes;
  int boxes_left_out = 0;  ///< of categories that are none of the labels
};

struct CocoAnnotations {
  std::vector<CocoImage> images;           ///< by id
  std::vector<std::int64_t> category_ids;  ///< by class
};

/// A category gets the number of the label of its name; without labels, its place in the order of the ids. kInvalid
/// names the file and what in it is wrong.
base::Result<CocoAnnotations> read_coco(const std::filesystem::path& file, const std::vector<std::string>& labels);

}  // namespace hedge::evaluate
