// Folders of tensors that somebody else has made: spectra of sound, features, inputs of any model.
#include <algorithm>
#include <cctype>

#include "evaluate/class_labels.h"
#include "evaluate/file_dataset.h"
#include "evaluate/readers.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;

/// "tst_000007_Stop_7" -> 7: a last part that is a number, behind one that begins with a letter. Mere counters
/// ("sample_0007") are no classes.
std::optional<int> class_in_name(const std::string& stem) {
  const std::size_t last = stem.rfind('_');
  if (last == std::string::npos || last == 0) return std::nullopt;
  const std::size_t before = stem.rfind('_', last - 1);
  if (before == std::string::npos || std::isalpha(static_cast<unsigned char>(stem[before + 1])) == 0)
    return std::nullopt;
  return class_number(std::string_view(stem).substr(last + 1));
}

}  // namespace

base::Result<DatasetPtr> open_tensors(const fs::path& folder, const Card& card) {
  FileDatasetParts parts{.input = card.input};
  bool labelled = true;
  for (const fs::path& path : TRY(list_files(folder, is_tensor_name, false, ".npy, .pb or .bin tensors"))) {
    const auto class_id = class_in_name(path.stem().string());
    if (class_id && !card.output.labels.empty() && static_cast<std::size_t>(*class_id) >= card.output.labels.size())
      return base::fail(base::ErrorKind::kInvalid, "{}: class {} does not exist: the card has {} labels", path.string(),
                        *class_id, card.output.labels.size());
    labelled = labelled && class_id.has_value();
    parts.items.push_back({.path = path, .name = path.filename().string(), .class_id = class_id.value_or(-1)});
  }
  parts.truth = labelled ? TruthKind::kClass : TruthKind::kNone;
  return make_file_dataset(std::move(parts));
}

}  // namespace hedge::evaluate
