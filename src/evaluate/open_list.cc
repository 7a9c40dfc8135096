// A text file that lists samples and their classes.
#include "evaluate/class_labels.h"
#include "evaluate/file_dataset.h"
#include "evaluate/readers.h"
#include "evaluate/text_lines.h"
#include "media/image_source.h"

namespace hedge::evaluate {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

base::Result<DatasetPtr> open_list(const fs::path& file, const Card& card) {
  FileDatasetParts parts{.truth = TruthKind::kClass, .input = card.input};
  TRY(for_each_line(file, [&](std::string_view line) -> base::Status {
    const std::size_t gap = line.find_last_of(" \t");  // the path itself may have blanks
    if (gap == std::string_view::npos)
      return fail(ErrorKind::kInvalid, "write `path label`, not only {}", in_quotes(line));
    const fs::path path(line.substr(0, line.find_last_not_of(" \t", gap) + 1));
    const int class_id = TRY(class_of(line.substr(gap + 1), card.output.labels));
    if (!media::is_image_name(path.string()) && !is_tensor_name(path))
      return fail(ErrorKind::kInvalid, "{} is neither an image nor a .npy, .pb or .bin tensor by its name",
                  in_quotes(path.string()));
    parts.items.push_back({.path = file.parent_path() / path, .name = path.string(), .class_id = class_id});
    return {};
  }));
  if (parts.items.empty()) return fail(ErrorKind::kInvalid, "{}: lists no sample", file.string());
  return make_file_dataset(std::move(parts));
}

}  // namespace hedge::evaluate
