#include "evaluate/dataset.h"

#include <algorithm>
#include <cctype>

#include <fmt/ranges.h>

#include "evaluate/file_dataset.h"
#include "evaluate/presence.h"
#include "evaluate/readers.h"
#include "evaluate/subset.h"
#include "media/image_source.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

/// "042_cat.jpg": digits, then '_'.
bool begins_with_number(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string::npos && name[digits] == '_';
}

/// What a folder looks like, from what lies in it; nothing where that is not clear.
std::string kind_of_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder / "images", error) && fs::is_directory(folder / "labels", error)) return "yolo";
  if (fs::exists(folder / "instances.json", error) || fs::is_directory(folder / "annotations", error)) return "coco";
  bool images = false, tensors = false, folders = false, indexed = true;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      folders = true;
    } else if (media::is_image_name(entry->path().string())) {
      images = true;
      indexed = indexed && begins_with_number(entry->path());
    } else {
      tensors = tensors || is_tensor_name(entry->path());
    }
  }
  if ((images || tensors) && folders) return "";  // classes and a stray file, or samples and a stray folder?
  if (images) return indexed ? "indexed" : "images";
  if (tensors) return "tensors";
  return folders ? "folders" : "";
}

std::string kind_of_file(const fs::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  if (extension == ".json") return "coco";
  if (extension == ".bin") return "cifar10";
  for (const std::string_view video : {".avi", ".mp4", ".mkv", ".mov", ".webm"})
    if (extension == video) return "video";
  return extension.empty() || extension == ".txt" || extension == ".lst" ? "list" : "";
}

base::Result<DatasetPtr> open_kind(const std::string& kind, const fs::path& path, const Card& card,
                                   const fs::path& images) {
  if (kind == "folders") return open_folders(path, card);
  if (kind == "indexed") return open_indexed(path, card);
  if (kind == "cifar10") return open_cifar10(path);
  if (kind == "list") return open_list(path, card);
  if (kind == "coco") return open_coco(path, card, images);
  if (kind == "yolo") return open_yolo(path, card);
  if (kind == "tensors") return open_tensors(path, card);
  if (kind == "images") return open_images(path);
  return fail(ErrorKind::kUsage, "--dataset-kind {}: there are {}", kind, fmt::join(kDatasetKinds, ", "));
}

}  // namespace

base::Result<DatasetPtr> open_dataset(const fs::path& path, const pipeline::Card& card, const DatasetOptions& options) {
  std::error_code error;
  if (!fs::exists(path, error)) return fail(ErrorKind::kNotFound, "{}: no such file or folder", path.string());
  std::string kind = options.kind;
  if (kind.empty()) kind = fs::is_directory(path, error) ? kind_of_folder(path) : kind_of_file(path);
  if (kind.empty())
    return fail(ErrorKind::kInvalid, "{}: not a dataset that is known by its looks; --dataset-kind says what it is: {}",
                path.string(), fmt::join(kDatasetKinds, ", "));
  if (kind == "video") return open_video(path, options.skip, options.limit);
  pipeline::Card named = card;
  if (options.present) named.output.labels.clear();  // they are not those of the boxes
  auto dataset = TRY(open_kind(kind, path, named, options.images));
  if (options.present) dataset = TRY(make_presence(std::move(dataset), *options.present));
  return make_subset(std::move(dataset), options.skip, options.limit);
}

}  // namespace hedge::evaluate
