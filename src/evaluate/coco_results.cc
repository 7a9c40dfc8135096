#include "evaluate/coco_results.h"

#include <charconv>

#include <nlohmann/json.hpp>

namespace hedge::evaluate {
namespace {

nlohmann::ordered_json image_id(const Answer& answer) {
  if (answer.image_id) return *answer.image_id;
  const std::string stem = std::filesystem::path(answer.sample).stem().string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (error == std::errc() && end == stem.data() + stem.size()) return number;
  return stem;
}

}  // namespace

std::string to_coco_results(const Evaluation& evaluation, const Dataset& dataset) {
  auto results = nlohmann::ordered_json::array();
  for (const Answer& answer : evaluation.answers) {
    const auto id = image_id(answer);
    for (const ScoredBox& found : answer.detections)
      results.push_back({{"image_id", id},
                         {"category_id", dataset.category_id(found.class_id)},
                         {"bbox", {found.box.x, found.box.y, found.box.width, found.box.height}},
                         {"score", found.score}});
  }
  return results.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hedge::evaluate
