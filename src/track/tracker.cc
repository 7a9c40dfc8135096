#include "track/tracker.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace hedge::track {
namespace {

std::chrono::nanoseconds from_seconds(float seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(seconds) * 1e9));
}

bool is_box(const Observation& observation) {
  const Box& box = observation.box;
  return std::isfinite(observation.score) && std::isfinite(box.x + box.y + box.width + box.height) && box.width > 0 &&
         box.height > 0;
}

}  // namespace

Tracker::Tracker(const TrackerOptions& options, float detection_score)
    : options_(options), detection_score_(detection_score) {
  const auto count = static_cast<std::size_t>(options.tracks_max);
  tracks_.reserve(count);
  filters_.reserve(count);
  seen_before_.reserve(count);
}

void Tracker::update(std::chrono::nanoseconds time, std::span<const Observation> observations, std::span<int> ids) {
  HEDGE_CHECK(observations.size() == ids.size());
  std::ranges::fill(ids, -1);
  if (time_ && time < *time_) {
    tracks_.clear();
    filters_.clear();
    time_.reset();
  }
  forget(time);
  expect(time_ ? static_cast<double>((time - *time_).count()) * 1e-9 : 0);
  time_ = time;
  choose_observations(observations);
  for (const Stage stage : {Stage::kSure, Stage::kUnsure, Stage::kTentative}) associate(stage, observations, ids);
  begin(observations, ids);
}

/// Ends tracks that have been out of sight for too long.
void Tracker::forget(std::chrono::nanoseconds time) {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < tracks_.size(); ++k) {
    const auto limit = from_seconds(tracks_[k].confirmed ? options_.lost_s : options_.tentative_lost_s);
    if (time - tracks_[k].last_seen > limit) continue;
    tracks_[kept] = tracks_[k];
    filters_[kept++] = filters_[k];
  }
  tracks_.erase(tracks_.begin() + static_cast<std::ptrdiff_t>(kept), tracks_.end());
  filters_.erase(filters_.begin() + static_cast<std::ptrdiff_t>(kept), filters_.end());
}

/// Moves all tracks to where they are expected now.
void Tracker::expect(double seconds) {
  seen_before_.clear();
  for (std::size_t k = 0; k < tracks_.size(); ++k) {
    Track& track = tracks_[k];
    filters_[k].predict(seconds, options_.noise, track.visible);
    track.box = filters_[k].box();
    seen_before_.push_back(track.visible ? 1 : 0);
    track.visible = false;
  }
}

void Tracker::choose_observations(std::span<const Observation> observations) {
  chosen_.clear();
  for (std::size_t k = 0; k < observations.size(); ++k)
    if (is_box(observations[k]) && observations[k].score >= std::min(options_.low_score, detection_score_))
      chosen_.push_back(static_cast<int>(k));
  const auto better = [&](int a, int b) {
    const float left = observations[a].score, right = observations[b].score;
    return left != right ? left > right : a < b;
  };
  std::ranges::sort(chosen_, better);
  if (chosen_.size() > static_cast<std::size_t>(options_.tracks_max)) chosen_.resize(options_.tracks_max);
}

bool Tracker::takes_part(Stage stage, const Track& track) const {
  const auto index = static_cast<std::size_t>(&track - tracks_.data());
  if (track.visible) return false;  // it has been found
  switch (stage) {
    case Stage::kSure: return track.confirmed;
    case Stage::kUnsure: return track.confirmed && seen_before_[index];  // what was lost comes back by a sure one only
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
  return 1 - static_cast<double>(overlap) * (stage == Stage::kUnsure ? 1 : static_cast<double>(observation.score));
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
  // Costs are below 1: no track is left alone for another's better fit.
  constexpr double kAloneCost = 1e4;
  const std::span<const int> found =
      assignment_.solve(costs_, static_cast<int>(rows_.size()), static_cast<int>(columns_.size()), kAloneCost);
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    if (found[k] < 0) continue;
    const int observation = columns_[found[k]];
    see(static_cast<std::size_t>(rows_[k]), observations[observation]);
    ids[observation] = tracks_[rows_[k]].id;
  }
}

void Tracker::see(std::size_t index, const Observation& observation) {
  Track& track = tracks_[index];
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
    see(tracks_.size() - 1, observation);
    ids[k] = tracks_.back().id;
  }
}

}  // namespace hedge::track
