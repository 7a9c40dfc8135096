// Folders of images: with the class in the name, or without labels.
#include <algorithm>

#include "evaluate/class_labels.h"
#include "evaluate/file_dataset.h"
#include "evaluate/readers.h"
#include "media/image_source.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;

base::Result<std::vector<fs::path>> list_images(const fs::path& folder) {
  return list_files(folder, [](const fs::path& path) { return media::is_image_name(path.string()); }, false, "images");
}

}  // namespace

base::Result<DatasetPtr> open_images(const fs::path& folder) {
  FileDatasetParts parts;
  for (const fs::path& path : TRY(list_images(folder)))
    parts.items.push_back({.path = path, .name = path.filename().string()});
  return make_file_dataset(std::move(parts));
}

base::Result<DatasetPtr> open_indexed(const fs::path& folder, const Card& card) {
  FileDatasetParts parts{.truth = TruthKind::kClass};
  for (const fs::path& path : TRY(list_images(folder))) {
    const std::string name = path.filename().string();
    const auto number = class_number(std::string_view(name).substr(0, name.find('_')));
    if (!number)
      return base::fail(base::ErrorKind::kInvalid, "{}: its name does not begin with the number of a class and '_'",
                        path.string());
    const auto class_id = class_of(std::to_string(*number), card.output.labels);
    if (!class_id) return base::in_context(class_id.error(), path.string());
    parts.items.push_back({.path = path, .name = name, .class_id = *class_id});
  }
  return make_file_dataset(std::move(parts));
}

}  // namespace hedge::evaluate
