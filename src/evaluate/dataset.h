// Labelled or unlabelled samples in a fixed order, loaded one at a time. docs/accuracy.md lists the layouts on disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "evaluate/sample.h"
#include "pipeline/card.h"

namespace hedge::evaluate {

enum class TruthKind { kNone, kClass, kBoxes };

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::int64_t count() const = 0;
  /// Sample `index` of [0, count). Errors name the file. May be called from several threads.
  virtual base::Result<Sample> sample(std::int64_t index) const = 0;
  virtual TruthKind truth() const = 0;
  /// The dataset's own number of a class, for files of results.
  virtual std::int64_t category_id(int class_id) const { return class_id; }
};

/// Which boxes make an image one of class 1 instead of 0.
struct Presence {
  int class_id = 0;      ///< of the dataset, by number: the card's labels are 0 and 1
  double share_min = 0;  ///< of the image's area
};

struct DatasetOptions {
  std::string kind;                      ///< one of kDatasetKinds; empty: chosen by what the path is
  std::filesystem::path images;          ///< coco: the folder of images; empty: looked for beside the annotations
  std::optional<Presence> present = {};  ///< boxes become two classes
  std::int64_t skip = 0;                 ///< samples left out at the beginning
  std::int64_t limit = 0;                ///< at most so many samples; 0: all
};

inline constexpr const char* kDatasetKinds[] = {"folders", "indexed", "cifar10", "list", "coco",
                                                "yolo",    "tensors", "images",  "video"};

/// The card gives the names of classes and the type of raw tensors. An empty dataset is an error.
base::Result<std::unique_ptr<Dataset>> open_dataset(const std::filesystem::path& path, const pipeline::Card& card,
                                                    const DatasetOptions& options = {});

}  // namespace hedge::evaluate
