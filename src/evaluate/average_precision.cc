#include "evaluate/average_precision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "evaluate/by_score.h"

namespace hedge::evaluate {
namespace {

constexpr std::size_t kDetectionsMax = 100;  // a class and image
constexpr int kOverlaps = 10;
constexpr int kRecalls = 101;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// 0.50 to 0.95, with the roundings of NumPy's linspace: an overlap on the threshold must fall on the same side.
std::array<double, kOverlaps> overlap_thresholds() {
  std::array<double, kOverlaps> thresholds{};
  const double step = (0.95 - 0.5) / (kOverlaps - 1);
  for (int k = 0; k < kOverlaps; ++k) thresholds[static_cast<std::size_t>(k)] = k * step + 0.5;
  thresholds.back() = 0.95;
  return thresholds;
}

/// The boxes of one class in one image, the detections best first and at most kDetectionsMax.
struct ClassInImage {
  std::vector<TrueBox> truths;
  std::vector<ScoredBox> detections;
};

std::map<int, ClassInImage> by_class(const ImageBoxes& image) {
  std::map<int, ClassInImage> classes;
  for (const TrueBox& truth : image.truths) classes[truth.class_id].truths.push_back(truth);
  for (const ScoredBox& detection : image.detections) classes[detection.class_id].detections.push_back(detection);
  for (auto& [id, boxes] : classes) {
    sort_by_score(boxes.detections);
    if (boxes.detections.size() > kDetectionsMax) boxes.detections.resize(kDetectionsMax);
  }
  return classes;
}

/// All detections of a class at one overlap, image after image.
struct Ranked {
  double score;
  Outcome outcome;
};
struct ClassTotals {
  std::int64_t truths = 0;
  std::array<std::vector<Ranked>, kOverlaps> ranked;
};

struct Curve {
  double precision;  ///< mean of the precision at 101 recalls
  double recall;     ///< of all detections
};

Curve curve_of(std::vector<Ranked>& ranked, std::int64_t truths) {
  sort_by_score(ranked);
  std::vector<double> precisions, recalls;
  std::int64_t right = 0, wrong = 0;
  for (const Ranked& detection : ranked) {
    right += detection.outcome == Outcome::kRight ? 1 : 0;
    wrong += detection.outcome == Outcome::kWrong ? 1 : 0;
    const auto judged = static_cast<double>(right + wrong);
    precisions.push_back(static_cast<double>(right) / (judged + std::numeric_limits<double>::epsilon()));
    recalls.push_back(static_cast<double>(right) / static_cast<double>(truths));
  }
  // The precision at a recall is the best at that recall or beyond.
  for (std::size_t k = precisions.size(); k-- > 1;) precisions[k - 1] = std::max(precisions[k - 1], precisions[k]);
  double sum = 0;
  for (int k = 0; k < kRecalls; ++k) {
    const auto reached = std::ranges::lower_bound(recalls, k == kRecalls - 1 ? 1.0 : k * 0.01);
    if (reached == recalls.end()) break;
    sum += precisions[static_cast<std::size_t>(reached - recalls.begin())];
  }
  return {sum / kRecalls, recalls.empty() ? 0 : recalls.back()};
}

ClassPrecision class_precision(int class_id, ClassTotals& totals) {
  ClassPrecision result{.class_id = class_id, .truths = totals.truths};
  for (std::size_t k = 0; k < kOverlaps; ++k) {
    const Curve curve = curve_of(totals.ranked[k], totals.truths);
    result.map += curve.precision / kOverlaps;
    result.ar100 += curve.recall / kOverlaps;
    if (k == 0) result.ap50 = curve.precision;
    if (k == 5) result.ap75 = curve.precision;
  }
  return result;
}

}  // namespace

AveragePrecision average_precision(std::span<const ImageBoxes> images) {
  const auto thresholds = overlap_thresholds();
  std::map<int, ClassTotals> totals;
  for (const ImageBoxes& image : images) {
    for (const auto& [class_id, boxes] : by_class(image)) {
      ClassTotals& total = totals[class_id];
      const Matcher matcher(boxes.detections, boxes.truths);
      total.truths += matcher.truths_counted();
      for (std::size_t k = 0; k < kOverlaps; ++k) {
        const std::vector<Outcome> outcomes = matcher.outcomes(thresholds[k]);
        for (std::size_t d = 0; d < outcomes.size(); ++d)
          total.ranked[k].push_back({boxes.detections[d].score, outcomes[d]});
      }
    }
  }
  AveragePrecision result;
  for (auto& [class_id, total] : totals)
    if (total.truths > 0) result.classes.push_back(class_precision(class_id, total));
  const auto mean = [&](double ClassPrecision::* value) {
    double sum = 0;
    for (const ClassPrecision& one : result.classes) sum += one.*value;
    return result.classes.empty() ? kNone : sum / static_cast<double>(result.classes.size());
  };
  result.map = mean(&ClassPrecision::map);
  result.ap50 = mean(&ClassPrecision::ap50);
  result.ap75 = mean(&ClassPrecision::ap75);
  result.ar100 = mean(&ClassPrecision::ar100);
  return result;
}

OperatingPoint operating_point(std::span<const ImageBoxes> images, double score_min) {
  std::int64_t right = 0, wrong = 0, truths = 0;
  for (const ImageBoxes& image : images) {
    for (auto& [class_id, boxes] : by_class(image)) {
      const auto low = std::ranges::find_if(boxes.detections, [&](const ScoredBox& d) { return d.score < score_min; });
      const Matcher matcher(std::span(boxes.detections.begin(), low), boxes.truths);
      truths += matcher.truths_counted();
      for (const Outcome outcome : matcher.outcomes(0.5)) {
        right += outcome == Outcome::kRight ? 1 : 0;
        wrong += outcome == Outcome::kWrong ? 1 : 0;
      }
    }
  }
  return {.precision = right + wrong > 0 ? static_cast<double>(right) / static_cast<double>(right + wrong) : kNone,
          .recall = truths > 0 ? static_cast<double>(right) / static_cast<double>(truths) : kNone};
}

}  // namespace hedge::evaluate
