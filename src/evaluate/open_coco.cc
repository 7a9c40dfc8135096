// COCO annotations with their folder of images.
#include <algorithm>

#include "evaluate/coco_annotations.h"
#include "evaluate/file_dataset.h"
#include "evaluate/readers.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

/// The JSON: `path` itself, instances.json in it, or the only instances_*.json in its annotations/.
base::Result<fs::path> find_annotations(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  if (fs::exists(path / "instances.json", ignored)) return path / "instances.json";
  const auto wanted = [](const fs::path& file) {
    return file.extension() == ".json" && file.filename().string().starts_with("instances_");
  };
  const auto files = list_files(path / "annotations", wanted, false, "instances_*.json");
  if (!files)
    return fail(ErrorKind::kNotFound, "{}: neither instances.json nor annotations/instances_*.json in it",
                path.string());
  if (files->size() > 1)
    return fail(ErrorKind::kUsage, "{}: {} files of instances in annotations/: give one of them as the dataset",
                path.string(), files->size());
  return files->front();
}

/// The folder that holds the first image: beside the JSON or one above, as images/, as the part behind instances_
/// (val2017/), or the folder itself.
base::Result<fs::path> find_images(const fs::path& json, const std::string& first) {
  const std::string stem = json.stem().string();
  const std::string part = stem.starts_with("instances_") ? stem.substr(10) : "";
  const fs::path beside = json.parent_path(), above = beside / "..";
  std::vector<fs::path> folders = {beside / "images", above / "images", beside};
  if (!part.empty())
    for (const fs::path& base : {above, beside}) {
      folders.push_back(base / part);
      folders.push_back(base / "images" / part);
    }
  std::error_code ignored;
  for (const fs::path& folder : folders)
    if (fs::exists(folder / first, ignored)) return folder;
  return fail(ErrorKind::kNotFound, "{}: its first image {} is not in images/{}: give the folder by --images",
              json.string(), first, part.empty() ? "" : " or " + part + "/");
}

}  // namespace

base::Result<DatasetPtr> open_coco(const fs::path& path, const Card& card, const fs::path& images) {
  const fs::path json = TRY(find_annotations(path));
  CocoAnnotations annotations = TRY(read_coco(json, card.output.labels));
  const fs::path folder = images.empty() ? TRY(find_images(json, annotations.images.front().file)) : images;
  FileDatasetParts parts{.truth = TruthKind::kBoxes, .category_ids = std::move(annotations.category_ids)};
  for (CocoImage& image : annotations.images)
    parts.items.push_back({.path = folder / image.file,
                           .name = image.file,
                           .image_id = image.id,
                           .boxes = std::move(image.boxes),
                           .boxes_left_out = image.boxes_left_out});
  return make_file_dataset(std::move(parts));
}

}  // namespace hedge::evaluate
