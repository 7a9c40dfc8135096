// The YOLO layout: images/ and, for each image of the same place and name, a text file in labels/ with a line
// `class cx cy width height` a box, normalised to the image. An image without one is a negative.
#include <charconv>
#include <cmath>

#include "evaluate/class_labels.h"
#include "evaluate/file_dataset.h"
#include "evaluate/readers.h"
#include "evaluate/text_lines.h"
#include "media/image_source.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

constexpr double kOvershoot = 0.01;  // how far beyond the image labels may reach: rounding of labelling tools

base::Result<double> coordinate(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value))
    return fail(ErrorKind::kInvalid, "{} is not a number", in_quotes(word));
  if (value < -kOvershoot || value > 1 + kOvershoot)
    return fail(ErrorKind::kInvalid, "{} is outside the image: coordinates are 0 to 1", in_quotes(word));
  return value;
}

base::Result<TrueBox> parse_box(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() != 5)
    return fail(ErrorKind::kInvalid, "a box is `class cx cy width height`; this line has {} words", words.size());
  const auto class_id = class_number(words[0]);
  if (!class_id) return fail(ErrorKind::kInvalid, "{} is not the number of a class", in_quotes(words[0]));
  double numbers[4];
  for (std::size_t k = 0; k < 4; ++k) numbers[k] = TRY(coordinate(words[k + 1]));
  const auto [center_x, center_y, width, height] = numbers;
  if (width < 0 || height < 0) return fail(ErrorKind::kInvalid, "a box cannot have a negative size");
  return TrueBox{.class_id = *class_id, .box = {center_x - width / 2, center_y - height / 2, width, height}};
}

}  // namespace

base::Result<DatasetPtr> open_yolo(const fs::path& folder, const Card& card) {
  const fs::path images = folder / "images", labels = folder / "labels";
  FileDatasetParts parts{.truth = TruthKind::kBoxes, .boxes_normalised = true};
  std::error_code ignored;
  if (!fs::is_directory(labels, ignored))
    return fail(ErrorKind::kNotFound, "{}: no such folder; a YOLO dataset has images/ and labels/", labels.string());
  const std::size_t known = card.output.labels.empty() ? kClassesMax : card.output.labels.size();
  const auto is_image = [](const fs::path& path) { return media::is_image_name(path.string()); };
  for (const fs::path& path : TRY(list_files(images, is_image, true, "images"))) {
    const fs::path name = path.lexically_relative(images);
    FileItem item{.path = path, .name = name.string()};
    const fs::path boxes = (labels / name).replace_extension(".txt");
    if (fs::exists(boxes, ignored)) {
      TRY(for_each_line(boxes, [&](std::string_view line) -> base::Status {
        TrueBox box = TRY(parse_box(line));
        if (static_cast<std::size_t>(box.class_id) < known)
          item.boxes.push_back(box);
        else
          ++item.boxes_left_out;
        return {};
      }));
    }
    parts.items.push_back(std::move(item));
  }
  return make_file_dataset(std::move(parts));
}

}  // namespace hedge::evaluate
