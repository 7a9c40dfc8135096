// A dataset of one file a sample, with the truth already read: what all layouts but CIFAR's become.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "evaluate/dataset.h"

namespace hedge::evaluate {

struct FileItem {
  std::filesystem::path path;
  std::string name;
  std::optional<std::int64_t> image_id = {};
  int class_id = -1;
  std::vector<TrueBox> boxes = {};
  int boxes_left_out = 0;
};

struct FileDatasetParts {
  TruthKind truth = TruthKind::kNone;
  std::vector<FileItem> items;
  pipeline::InputCard input = {};               ///< types raw tensors
  bool boxes_normalised = false;                ///< to the image's size; made pixels when the image is known
  std::vector<std::int64_t> category_ids = {};  ///< by class; empty: the class itself
};

std::unique_ptr<Dataset> make_file_dataset(FileDatasetParts parts);

/// By extension: an image, or a tensor (.npy, .pb, .bin).
bool is_tensor_name(const std::filesystem::path& path);
/// An image becomes a frame, .npy and .pb a tensor as they say, .bin one as the card says.
base::Result<std::variant<media::Frame, tensor::Tensor>> load_file(const std::filesystem::path& path,
                                                                   const pipeline::InputCard& input);

/// The files of a folder that `wanted` accepts, in the order of their names; `deep`: of its folders too. kNotFound
/// where there are none: "PATH: no WHAT in this folder".
base::Result<std::vector<std::filesystem::path>> list_files(
    const std::filesystem::path& folder, const std::function<bool(const std::filesystem::path&)>& wanted, bool deep,
    const char* what);

}  // namespace hedge::evaluate
