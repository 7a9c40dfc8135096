#include "track/tracker.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace hedge::track {
namespace {

std::chrono::nanoseconds from_seconds(float seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(seconds) * 1e9));
}

double to_seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-9; }

constexpr float kFalseBoxIou = 0.6f;
// Of two that meet, the one in front goes on with a high score, and the one behind with a low one (Yang et al. 2024,
// "Hybrid-SORT: weak cues matter"). More than this, and blinking scores swap numbers.
constexpr double kScoreChange = 0.1;
constexpr std::size_t kObservationsUsual = 1000;  // what a decoder's NMS gives at most; more makes a vector grow
constexpr double kLookSeconds = 1;                // in which a track's look becomes what is seen
constexpr float kCrowdedIou = 0.15f;              // such a box shows another's clothes too: nothing is learnt from it
constexpr float kPixelsMax = 1e6f;                // beyond any picture, and safe to square

bool is_box(const Observation& observation) {
  const Box& box = observation.box;
  const bool bounded = std::abs(box.x) < kPixelsMax && std::abs(box.y) < kPixelsMax && box.width < kPixelsMax &&
                       box.height < kPixelsMax;  // NaN is not
  return bounded && box.width > 0 && box.height > 0 && std::isfinite(observation.score);
}

}  // namespace

Tracker::Tracker(const TrackerOptions& options, float detection_score)
    : options_(options), detection_score_(detection_score) {
  tracks_.reserve(static_cast<std::size_t>(options.tracks_max));
  filters_.reserve(static_cast<std::size_t>(options.tracks_max));
  looks_.reserve(static_cast<std::size_t>(options.tracks_max));
  // All of it now: else the frame with the most people is also the one that allocates.
  const auto most = static_cast<std::size_t>(options.tracks_max);
  chosen_.reserve(std::max(most, kObservationsUsual));
  crowded_.reserve(std::max(most, kObservationsUsual));
  rows_.reserve(most);
  columns_.reserve(most);
  costs_.reserve(most * most);
  assignment_.reserve(options.tracks_max, options.tracks_max);
}

void Tracker::update(std::chrono::nanoseconds time, std::span<const Observation> observations, std::span<int> ids) {
  HEDGE_CHECK(observations.size() == ids.size());
  std::ranges::fill(ids, -1);
  if (time_ && time < *time_) {
    tracks_.clear();
    filters_.clear();
    looks_.clear();
    time_.reset();
  }
  forget(time);
  expect(time);
  time_ = time;
  choose_observations(observations);
  for (const Stage stage : {Stage::kSure, Stage::kUnsure, Stage::kTentative}) associate(stage, observations, ids);
  begin(observations, ids);
}

/// Ends tracks that have been out of sight for too long.
void Tracker::forget(std::chrono::nanoseconds time) {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < tracks_.size(); ++k) {
    // What was seen in the last frame has missed none yet, however slow the frames come.
    const bool tentative = !tracks_[k].confirmed && !tracks_[k].visible;
    const auto limit = from_seconds(tentative ? options_.tentative_lost_s : options_.lost_s);
    if (time - tracks_[k].last_seen > limit) continue;
    tracks_[kept] = tracks_[k];
    looks_[kept] = looks_[k];
    filters_[kept++] = filters_[k];
  }
  tracks_.erase(tracks_.begin() + static_cast<std::ptrdiff_t>(kept), tracks_.end());
  filters_.erase(filters_.begin() + static_cast<std::ptrdiff_t>(kept), filters_.end());
  looks_.erase(looks_.begin() + static_cast<std::ptrdiff_t>(kept), looks_.end());
}

/// Moves all tracks to where they are expected now.
void Tracker::expect(std::chrono::nanoseconds time) {
  const std::chrono::nanoseconds before = time_.value_or(time);
  for (std::size_t k = 0; k < tracks_.size(); ++k) {
    Track& track = tracks_[k];
    BoxFilter& filter = filters_[k];
    const auto stops = std::max(track.last_seen + from_seconds(options_.coast_s), before);
    if (stops < time) {
      filter.predict(to_seconds(stops - before), options_.noise, track.visible);
      filter.stop();
      filter.predict(to_seconds(time - stops), options_.noise, false);
    } else {
      filter.predict(to_seconds(time - before), options_.noise, track.visible);
    }
    track.box = filter.box();
    track.velocity = filter.velocity();
    track.visible = false;
  }
}

bool Tracker::counts(const Observation& observation) const {
  if (!is_box(observation) || observation.score < std::min(options_.low_score, detection_score_)) return false;
  return std::ranges::none_of(options_.false_boxes,
                              [&](const Box& box) { return iou(box, observation.box) >= kFalseBoxIou; });
}

void Tracker::choose_observations(std::span<const Observation> observations) {
  chosen_.clear();
  for (std::size_t k = 0; k < observations.size(); ++k)
    if (counts(observations[k])) chosen_.push_back(static_cast<int>(k));
  const auto better = [&](int a, int b) {
    const float left = observations[a].score, right = observations[b].score;
    return left != right ? left > right : a < b;
  };
  std::ranges::sort(chosen_, better);
  if (chosen_.size() > static_cast<std::size_t>(options_.tracks_max)) chosen_.resize(options_.tracks_max);
  crowded_.assign(observations.size(), 0);
  if (options_.appearance <= 0) return;
  for (const int a : chosen_)
    for (const int b : chosen_)
      if (a != b && iou(observations[a].box, observations[b].box) > kCrowdedIou) crowded_[a] = 1;
}

bool Tracker::takes_part(Stage stage, const Track& track) const {
  if (track.visible) return false;  // it has been found
  switch (stage) {
    case Stage::kSure: return track.confirmed;
    case Stage::kUnsure:  // what is lost, and only guessed to stand somewhere, comes back by a sure one
      return track.confirmed && *time_ - track.last_seen <= from_seconds(options_.coast_s);
    case Stage::kTentative: return !track.confirmed;
  }
  return false;
}

double Tracker::cost(Stage stage, std::size_t track, const Observation& observation) const {
  if (tracks_[track].class_id != observation.class_id) return kForbidden;
  const float overlap = iou(tracks_[track].box, observation.box);
  if (!(overlap > (stage == Stage::kSure ? options_.iou_min : options_.iou_min_low))) return kForbidden;
  const double gate = options_.gate;
  if (filters_[track].distance2(observation.box, options_.noise) > gate * gate) return kForbidden;
  const double score = observation.score;
  const double misfit = 1 - static_cast<double>(overlap) * (stage == Stage::kUnsure ? 1 : score);
  const Appearance& look = looks_[track];
  // What is half hidden shows mostly what hides it.
  const bool seen = stage != Stage::kUnsure && look.known() && observation.appearance.known();
  const double other = seen ? 1 - static_cast<double>(look.similarity(observation.appearance)) : 0;
  return misfit + kScoreChange * std::abs(score - static_cast<double>(tracks_[track].score)) +
         static_cast<double>(options_.appearance) * other;
}

void Tracker::associate(Stage stage, std::span<const Observation> observations, std::span<int> ids) {
  rows_.clear();
  columns_.clear();
  costs_.clear();
  for (std::size_t k = 0; k < tracks_.size(); ++k)
    if (takes_part(stage, tracks_[k])) rows_.push_back(static_cast<int>(k));
  for (const int k : chosen_)
    if (ids[k] < 0 && (observations[k].score >= detection_score_) == (stage != Stage::kUnsure)) columns_.push_back(k);
  for (const int row : rows_)
    for (const int column : columns_)
      costs_.push_back(cost(stage, static_cast<std::size_t>(row), observations[column]));
  // Costs are below 12: no track is left alone for another's better fit.
  constexpr double kAloneCost = 1e4;
  const std::span<const int> found =
      assignment_.solve(costs_, static_cast<int>(rows_.size()), static_cast<int>(columns_.size()), kAloneCost);
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    if (found[k] < 0) continue;
    const int observation = columns_[found[k]];
    see(static_cast<std::size_t>(rows_[k]), observations[observation], crowded_[observation] != 0);
    ids[observation] = tracks_[rows_[k]].id;
  }
}

void Tracker::see(std::size_t index, const Observation& observation, bool crowded) {
  Track& track = tracks_[index];
  if (!crowded && observation.score >= detection_score_) {
    const double gone = to_seconds(*time_ - track.last_seen) / kLookSeconds;
    looks_[index].blend(observation.appearance, static_cast<float>(std::min(1.0, gone)));
  }
  filters_[index].update(observation.box, options_.noise);
  track.box = filters_[index].box();
  track.velocity = filters_[index].velocity();
  track.score = observation.score;
  track.last_seen = *time_;
  track.visible = true;
  ++track.hits;
  if (track.confirmed || track.last_seen - track.first_seen < from_seconds(options_.confirm_s)) return;
  track.confirmed = true;
  ++confirmed_;
}

/// Sure detections that belong to nothing begin something.
void Tracker::begin(std::span<const Observation> observations, std::span<int> ids) {
  for (const int k : chosen_) {
    const Observation& observation = observations[k];
    if (ids[k] >= 0 || observation.score < std::max(options_.new_score, detection_score_)) continue;
    if (tracks_.size() == static_cast<std::size_t>(options_.tracks_max)) return;
    tracks_.push_back({.id = next_id_++, .class_id = observation.class_id, .first_seen = *time_});
    filters_.emplace_back(observation.box, options_.noise);
    looks_.emplace_back();
    see(tracks_.size() - 1, observation, crowded_[k] != 0);
    ids[k] = tracks_.back().id;
  }
}

}  // namespace hedge::track
