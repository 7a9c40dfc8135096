// The layouts on disk, one file each. Every reader checks its labels when it opens; images are opened sample by sample.
#pragma once

#include "evaluate/dataset.h"

namespace hedge::evaluate {

using DatasetPtr = std::unique_ptr<Dataset>;
using pipeline::Card;

/// A folder for each class. Its name is a label of the card, or a number; else the order of the names counts.
base::Result<DatasetPtr> open_folders(const std::filesystem::path& folder, const Card& card);
/// A folder of images named III_*.jpg, III the number of the class.
base::Result<DatasetPtr> open_indexed(const std::filesystem::path& folder, const Card& card);
/// CIFAR-10's binary records: a label byte, then 32 x 32 pixels as planes of red, green, blue.
base::Result<DatasetPtr> open_cifar10(const std::filesystem::path& file);
/// Lines `path label`, the path relative to the list; a label is a number or one of the card's. # comments.
base::Result<DatasetPtr> open_list(const std::filesystem::path& file, const Card& card);
/// COCO annotations: the JSON, or a folder with instances.json or annotations/instances_*.json in it.
base::Result<DatasetPtr> open_coco(const std::filesystem::path& path, const Card& card,
                                   const std::filesystem::path& images);
/// images/ and labels/ with lines `class cx cy w h`, normalised to the image.
base::Result<DatasetPtr> open_yolo(const std::filesystem::path& folder, const Card& card);
/// Tensors as .npy, .pb or raw .bin; with classes where the names end in _Name_INDEX.
base::Result<DatasetPtr> open_tensors(const std::filesystem::path& folder, const Card& card);
/// A folder of images without labels.
base::Result<DatasetPtr> open_images(const std::filesystem::path& folder);

/// Frames [skip, skip + limit) of a video file (limit 0: to its end), thinned out evenly to at most 256.
base::Result<DatasetPtr> open_video(const std::filesystem::path& file, std::int64_t skip, std::int64_t limit);

}  // namespace hedge::evaluate
