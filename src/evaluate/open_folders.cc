// A folder for each class.
#include <algorithm>

#include "evaluate/class_labels.h"
#include "evaluate/file_dataset.h"
#include "evaluate/readers.h"
#include "media/image_source.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

base::Result<std::vector<fs::path>> list_folders(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error, ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->is_directory(ignored)) folders.push_back(entry->path());
  if (error) return fail(ErrorKind::kIo, "{}: cannot list: {}", folder.string(), error.message());
  if (folders.empty()) return fail(ErrorKind::kNotFound, "{}: no folders of classes in it", folder.string());
  std::ranges::sort(folders);
  return folders;
}

/// The class of each folder. Once one name is a label of the card, all have to be: a typo must not shift the classes.
base::Result<std::vector<int>> classes_of(const std::vector<fs::path>& folders, const Card& card) {
  const auto name = [](const fs::path& folder) { return folder.filename().string(); };
  const auto is_label = [&](const fs::path& folder) {
    return find_label(name(folder), card.output.labels).has_value();
  };
  const bool by_label = std::ranges::any_of(folders, is_label);
  const bool by_number =
      !by_label && std::ranges::all_of(folders, [&](const fs::path& f) { return class_number(name(f)).has_value(); });
  std::vector<int> classes;
  for (const fs::path& folder : folders) {
    if (by_label && !is_label(folder))
      return fail(ErrorKind::kInvalid, "{}: not a label of the card, though other folders beside it are",
                  folder.string());
    if (!by_label && !by_number) {
      classes.push_back(static_cast<int>(classes.size()));
      continue;
    }
    const auto class_id = class_of(name(folder), card.output.labels);
    if (!class_id) return base::in_context(class_id.error(), folder.string());
    classes.push_back(*class_id);
  }
  return classes;
}

}  // namespace

base::Result<DatasetPtr> open_folders(const fs::path& folder, const Card& card) {
  const std::vector<fs::path> folders = TRY(list_folders(folder));
  const std::vector<int> classes = TRY(classes_of(folders, card));
  const bool tensors = card.input.kind == pipeline::InputKind::kTensor;
  FileDatasetParts parts{.truth = TruthKind::kClass, .input = card.input};
  const auto wanted = [&](const fs::path& path) {
    return tensors ? is_tensor_name(path) : media::is_image_name(path.string());
  };
  for (std::size_t k = 0; k < folders.size(); ++k)
    for (const fs::path& path : TRY(list_files(folders[k], wanted, true, tensors ? "tensors" : "images")))
      parts.items.push_back({.path = path, .name = path.lexically_relative(folder).string(), .class_id = classes[k]});
  return make_file_dataset(std::move(parts));
}

}  // namespace hedge::evaluate
