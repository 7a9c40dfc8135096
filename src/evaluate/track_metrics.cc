#include "evaluate/track_metrics.h"

#include <algorithm>
#include <map>
#include <optional>

#include "evaluate/identities.h"
#include "track/assignment.h"

namespace hedge::evaluate {
namespace {

using base::ErrorKind;
using base::fail;

constexpr std::size_t kFrameBoxesMax = 2000;  // bounds the cubic time of an assignment
constexpr int kDistractors[] = {2, 7, 8, 12};

using Boxes = std::vector<const TrackBox*>;

struct FrameBoxes {
  Boxes truths, outputs;
};

/// 1 - IoU, or track::kForbidden where that is more than `most`; rounded as motmetrics rounds, which counts pixels from
/// 0.
double distance(const TrackBox& a, const TrackBox& b, double most) {
  const double ax = a.box.x - 1, ay = a.box.y - 1, bx = b.box.x - 1, by = b.box.y - 1;
  const double width = std::min(ax + a.box.width, bx + b.box.width) - std::max(ax, bx);
  const double height = std::min(ay + a.box.height, by + b.box.height) - std::max(ay, by);
  const double shared = std::max(width, 0.0) * std::max(height, 0.0);
  if (shared == 0) return most >= 1 ? 1 : track::kForbidden;
  // Sizes as differences of corners, as there.
  const double area_a = (ax + a.box.width - ax) * (ay + a.box.height - ay);
  const double area_b = (bx + b.box.width - bx) * (by + b.box.height - by);
  const double apart = 1 - shared / (area_a + area_b - shared);
  return apart > most ? track::kForbidden : apart;
}

class Accumulator {
 public:
  explicit Accumulator(double distance_max) : distance_max_(distance_max) {}

  base::Status add(FrameBoxes& frame) {
    if (frame.truths.size() > kFrameBoxesMax || frame.outputs.size() > kFrameBoxesMax)
      return fail(ErrorKind::kResourceLimit,
                  "a frame has {} boxes of truth and {} of output; at most {} can be assigned", frame.truths.size(),
                  frame.outputs.size(), kFrameBoxesMax);
    ++counts.frames;
    leave_out_distractors(frame);
    measure(frame);
    count_overlaps(frame);
    match_as_before(frame);
    match_the_rest(frame);
    close(frame);
    return {};
  }

  TrackCounts counts;
  OverlapCounts overlaps;
  double distance_sum = 0;
  std::int64_t matches = 0;

 private:
  /// What is known of one thing of the truth.
  struct Thing {
    std::optional<std::int64_t> output;  ///< that it was matched with last
    bool matched = false;                ///< in the last frame before this one that had it
  };

  void measure(const FrameBoxes& frame) {
    costs_.clear();
    for (const TrackBox* truth : frame.truths)
      for (const TrackBox* output : frame.outputs) costs_.push_back(distance(*truth, *output, distance_max_));
    truth_taken_.assign(frame.truths.size(), 0);
    output_taken_.assign(frame.outputs.size(), 0);
  }

  std::span<const int> assign(const FrameBoxes& frame) {
    const int rows = static_cast<int>(frame.truths.size()), columns = static_cast<int>(frame.outputs.size());
    // Distances are at most 1: as many as possible are matched, and of those ways the nearest is taken.
    return assignment_.solve(costs_, rows, columns, rows + columns + 2.0);
  }

  void leave_out_distractors(FrameBoxes& frame) {
    measure(frame);
    const std::span<const int> found = assign(frame);
    for (std::size_t k = 0; k < frame.truths.size(); ++k) {
      const TrackBox& truth = *frame.truths[k];
      if (found[k] >= 0 && truth.confidence == 0 &&
          std::ranges::find(kDistractors, truth.class_id) != std::end(kDistractors))
        output_taken_[found[k]] = 1;
    }
    std::size_t kept = 0;
    for (std::size_t k = 0; k < frame.outputs.size(); ++k)
      if (!output_taken_[k]) frame.outputs[kept++] = frame.outputs[k];
    counts.outputs_left_out += static_cast<std::int64_t>(frame.outputs.size() - kept);
    frame.outputs.resize(kept);
    std::erase_if(frame.truths, [](const TrackBox* truth) { return truth->confidence == 0; });
  }

  void count_overlaps(const FrameBoxes& frame) {
    std::size_t at = 0;
    for (const TrackBox* truth : frame.truths)
      for (const TrackBox* output : frame.outputs)
        if (costs_[at++] != track::kForbidden) ++overlaps[{truth->id, output->id}];
    counts.truths += static_cast<std::int64_t>(frame.truths.size());
    counts.outputs += static_cast<std::int64_t>(frame.outputs.size());
  }

  /// A pair of before stays one, even where another would be nearer.
  void match_as_before(const FrameBoxes& frame) {
    for (std::size_t t = 0; t < frame.truths.size(); ++t) {
      const auto& before = things_[frame.truths[t]->id].output;
      for (std::size_t o = 0; before && o < frame.outputs.size(); ++o)
        if (frame.outputs[o]->id == *before && !output_taken_[o] && cost(frame, t, o) != track::kForbidden)
          match(frame, t, o, cost(frame, t, o));
    }
  }

  void match_the_rest(const FrameBoxes& frame) {
    for (std::size_t t = 0; t < frame.truths.size(); ++t)
      for (std::size_t o = 0; o < frame.outputs.size(); ++o)
        if (truth_taken_[t] || output_taken_[o]) cost(frame, t, o) = track::kForbidden;
    const std::span<const int> found = assign(frame);
    for (std::size_t t = 0; t < frame.truths.size(); ++t) {
      if (found[t] < 0) continue;
      const auto o = static_cast<std::size_t>(found[t]);
      if (things_[frame.truths[t]->id].output) ++counts.switches;  // of another number: the same would be matched
      match(frame, t, o, cost(frame, t, o));
    }
  }

  void match(const FrameBoxes& frame, std::size_t t, std::size_t o, double apart) {
    truth_taken_[t] = 1;
    output_taken_[o] = 1;
    Thing& thing = things_[frame.truths[t]->id];
    if (thing.output && !thing.matched) ++counts.fragmentations;  // found again after a gap
    thing.output = frame.outputs[o]->id;
    distance_sum += apart;
    ++matches;
  }

  void close(const FrameBoxes& frame) {
    for (std::size_t t = 0; t < frame.truths.size(); ++t) {
      things_[frame.truths[t]->id].matched = truth_taken_[t] != 0;
      if (!truth_taken_[t]) ++counts.misses;
    }
    counts.false_positives += std::ranges::count(output_taken_, 0);
    counts.things = static_cast<std::int64_t>(things_.size());
  }

  double& cost(const FrameBoxes& frame, std::size_t truth, std::size_t output) {
    return costs_[truth * frame.outputs.size() + output];
  }

  const double distance_max_;
  std::map<std::int64_t, Thing> things_;
  std::vector<double> costs_;  ///< truths x outputs of the frame
  std::vector<char> truth_taken_, output_taken_;
  track::Assignment assignment_;
};

}  // namespace

base::Result<TrackMetrics> track_metrics(std::span<const TrackBox> truth, std::span<const TrackBox> output,
                                         double iou_min) {
  std::map<std::int64_t, FrameBoxes> frames;
  for (const TrackBox& box : truth) frames[box.frame].truths.push_back(&box);
  Accumulator sum(1 - iou_min);
  for (const TrackBox& box : output) {
    const auto frame = frames.find(box.frame);
    if (frame == frames.end())
      ++sum.counts.outputs_left_out;
    else
      frame->second.outputs.push_back(&box);
  }
  for (auto& [number, frame] : frames)
    if (const base::Status added = sum.add(frame); !added)
      return base::in_context(added.error(), fmt::format("frame {}", number));
  if (sum.counts.truths == 0) return fail(ErrorKind::kInvalid, "the ground truth has no box that counts");
  TrackMetrics metrics{.counts = sum.counts};
  metrics.counts.id_true_positives = TRY(identity_true_positives(sum.overlaps));
  const auto truths = static_cast<double>(sum.counts.truths), outputs = static_cast<double>(sum.counts.outputs);
  const auto matches = static_cast<double>(sum.matches), kept = static_cast<double>(metrics.counts.id_true_positives);
  metrics.mota = 1 - static_cast<double>(sum.counts.misses + sum.counts.switches + sum.counts.false_positives) / truths;
  metrics.motp = sum.distance_sum / matches;
  metrics.idf1 = 2 * kept / (truths + outputs);
  metrics.idp = kept / outputs;
  metrics.idr = kept / truths;
  metrics.precision = matches / (matches + static_cast<double>(sum.counts.false_positives));
  metrics.recall = matches / truths;
  return metrics;
}

}  // namespace hedge::evaluate
