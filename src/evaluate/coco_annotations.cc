#include "evaluate/coco_annotations.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "evaluate/class_labels.h"
#include "evaluate/text_lines.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using nlohmann::json;

constexpr std::uint64_t kJsonBytesMax = std::uint64_t{1} << 30;  // twice COCO's largest

/// Outlines are nine tenths of the file, and only boxes are needed.
bool keep(int, json::parse_event_t event, json& parsed) {
  return event != json::parse_event_t::key || parsed != "segmentation";
}

base::Result<const json*> list(const json& root, const char* key) {
  const auto found = root.find(key);
  if (found == root.end() || !found->is_array())
    return fail(ErrorKind::kInvalid, "there is no list '{}' in it: not COCO annotations", key);
  return &*found;
}

base::Result<std::int64_t> whole(const json& object, const char* key, const char* what) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_number_integer())
    return fail(ErrorKind::kInvalid, "{} lacks a whole number '{}'", what, key);
  return found->get<std::int64_t>();
}

base::Result<std::string> text(const json& object, const char* key, const char* what) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_string())
    return fail(ErrorKind::kInvalid, "{} lacks a text '{}'", what, key);
  return found->get<std::string>();
}

/// Category id -> class; -1 where the card has labels, and not this one.
base::Result<std::map<std::int64_t, int>> read_categories(const json& root, const std::vector<std::string>& labels) {
  std::map<std::int64_t, int> classes;
  bool any = labels.empty();
  for (const json& category : *TRY(list(root, "categories"))) {
    const std::int64_t id = TRY(whole(category, "id", "a category"));
    const auto label = labels.empty() ? std::nullopt : find_label(TRY(text(category, "name", "a category")), labels);
    if (!classes.emplace(id, label.value_or(-1)).second)
      return fail(ErrorKind::kInvalid, "category {} is there twice", id);
    any = any || label.has_value();
  }
  if (!any) return fail(ErrorKind::kInvalid, "none of its categories is a label of the card");
  int next = 0;
  for (auto& [id, class_id] : classes)
    if (labels.empty()) class_id = next++;
  return classes;
}

base::Result<std::vector<CocoImage>> read_images(const json& root) {
  std::vector<CocoImage> images;
  for (const json& image : *TRY(list(root, "images"))) {
    const std::int64_t id = TRY(whole(image, "id", "an image"));
    const std::string file = TRY(text(image, "file_name", "an image"));
    const fs::path path = fs::path(file).lexically_normal();
    const bool control = std::ranges::any_of(file, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (file.empty() || control || path.is_absolute() || *path.begin() == "..")
      return fail(ErrorKind::kInvalid, "image {}: file_name {} is outside the folder of images", id, in_quotes(file));
    images.push_back({.id = id, .file = file, .boxes = {}});
  }
  if (images.empty()) return fail(ErrorKind::kInvalid, "it lists no image");
  std::ranges::sort(images, {}, &CocoImage::id);
  const auto twice = std::ranges::adjacent_find(images, {}, &CocoImage::id);
  if (twice != images.end()) return fail(ErrorKind::kInvalid, "image {} is there twice", twice->id);
  return images;
}

base::Result<TrueBox> read_box(const json& annotation, int class_id) {
  const auto box = annotation.find("bbox");
  const bool four = box != annotation.end() && box->is_array() && box->size() == 4 &&
                    std::ranges::all_of(*box, [](const json& number) { return number.is_number(); });
  if (!four) return fail(ErrorKind::kInvalid, "bbox is not [x, y, width, height]");
  TrueBox truth{
      .class_id = class_id,
      .box = {(*box)[0].get<double>(), (*box)[1].get<double>(), (*box)[2].get<double>(), (*box)[3].get<double>()}};
  if (!std::isfinite(truth.box.x + truth.box.y) || !(truth.box.width >= 0 && truth.box.width < 1e9) ||
      !(truth.box.height >= 0 && truth.box.height < 1e9))
    return fail(ErrorKind::kInvalid, "bbox has an impossible size or place");
  const auto area = annotation.find("area");
  truth.area = area != annotation.end() && area->is_number() ? area->get<double>() : truth.box.width * truth.box.height;
  const auto crowd = annotation.find("iscrowd");
  if (crowd != annotation.end() && !crowd->is_number_integer() && !crowd->is_boolean())
    return fail(ErrorKind::kInvalid, "iscrowd is neither 0 nor 1");
  truth.crowd = crowd != annotation.end() && (crowd->is_boolean() ? crowd->get<bool>() : crowd->get<int>() != 0);
  return truth;
}

base::Status read_boxes(const json& root, const std::map<std::int64_t, int>& classes, CocoAnnotations& result) {
  std::unordered_map<std::int64_t, std::size_t> index_of;
  for (std::size_t k = 0; k < result.images.size(); ++k) index_of[result.images[k].id] = k;
  std::int64_t number = 0;
  for (const json& annotation : *TRY(list(root, "annotations"))) {
    const std::string what = fmt::format("annotation {} of the list", number++);
    const std::int64_t image = TRY(whole(annotation, "image_id", what.c_str()));
    const std::int64_t category = TRY(whole(annotation, "category_id", what.c_str()));
    const auto at = index_of.find(image);
    if (at == index_of.end()) return fail(ErrorKind::kInvalid, "{}: there is no image {}", what, image);
    const auto class_id = classes.find(category);
    if (class_id == classes.end()) return fail(ErrorKind::kInvalid, "{}: there is no category {}", what, category);
    const auto box = read_box(annotation, class_id->second);
    if (!box) return base::in_context(box.error(), what);
    if (box->class_id < 0)
      ++result.images[at->second].boxes_left_out;
    else
      result.images[at->second].boxes.push_back(*box);
  }
  return {};
}

base::Result<CocoAnnotations> read_root(const json& root, const std::vector<std::string>& labels) {
  if (root.is_discarded() || !root.is_object()) return fail(ErrorKind::kInvalid, "not a JSON object");
  const auto classes = TRY(read_categories(root, labels));
  CocoAnnotations result{.images = TRY(read_images(root))};
  result.category_ids.resize(labels.empty() ? classes.size() : labels.size());
  for (const auto& [id, class_id] : classes)
    if (class_id >= 0) result.category_ids[static_cast<std::size_t>(class_id)] = id;
  TRY(read_boxes(root, classes, result));
  return result;
}

}  // namespace

base::Result<CocoAnnotations> read_coco(const fs::path& file, const std::vector<std::string>& labels) {
  json root;
  {
    const base::MappedFile map = TRY(base::MappedFile::open(file));
    if (map.bytes().size() > kJsonBytesMax)
      return fail(ErrorKind::kResourceLimit, "{}: {} bytes, more than the limit of {}", file.string(),
                  map.bytes().size(), kJsonBytesMax);
    const auto* begin = reinterpret_cast<const char*>(map.bytes().data());
    root = json::parse(begin, begin + map.bytes().size(), keep, false);
  }
  auto result = read_root(root, labels);
  if (!result) return base::in_context(result.error(), file.string());
  return result;
}

}  // namespace hedge::evaluate
