#include "rules/track_memory.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hedge::rules {
namespace {

using std::chrono::nanoseconds;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double seconds(nanoseconds time) { return static_cast<double>(time.count()) * 1e-9; }

bool is_of(const std::vector<int>& classes, int class_id) {
  return classes.empty() || std::ranges::find(classes, class_id) != classes.end();
}

bool counts(Direction direction, Crossing crossing) {
  if (crossing == Crossing::kNone) return false;
  return direction == Direction::kBoth || (direction == Direction::kForward) == (crossing == Crossing::kForward);
}

bool is_motion(Quantity quantity) {
  switch (quantity) {
    case Quantity::kTtc:
    case Quantity::kTtcSigma:
    case Quantity::kTtcGround:
    case Quantity::kSpeed:
    case Quantity::kClosing: return true;
    default: return false;
  }
}

}  // namespace

void TrackMemory::Slot::clear() {
  used = false;
  motion.clear();
  std::ranges::fill(stays, Stay{});
  std::ranges::fill(at_lines, AtLine{});
}

TrackMemory::TrackMemory(const Scene& scene, const Terms& terms) : scene_(scene), terms_(terms) {
  for (const Term& term : terms.all()) needs_motion_ = needs_motion_ || is_motion(term.quantity);
  for (const Zone& zone : scene.zones)
    zones_.push_back({.points = std::vector<Point>(zone.points.size()), .occupancy = 0, .baseline = {}});
  lines_.resize(scene.lines.size());
  Slot slot;
  slot.stays.resize(scene.zones.size());
  slot.at_lines.resize(scene.lines.size());
  slots_.assign(kTracksMax, slot);
  ids_.resize(kTracksMax);
  track_values_.resize(kTracksMax * static_cast<std::size_t>(terms.track_columns()));
  frame_values_.resize(static_cast<std::size_t>(terms.frame_columns()));
  clear();
}

void TrackMemory::clear() {
  for (Slot& slot : slots_) slot.clear();
  for (std::size_t k = 0; k < zones_.size(); ++k)
    if (const nanoseconds window = scene_.zones[k].baseline; window.count() > 0) zones_[k].baseline.emplace(window);
  for (PlacedLine& line : lines_) line.count = {};
  width_ = height_ = 0;
}

void TrackMemory::place(int width, int height) {
  width_ = width;
  height_ = height;
  const auto pixels = [&](Point p, Units units) { return in_pixels(p, units, width, height); };
  for (std::size_t z = 0; z < zones_.size(); ++z)
    for (std::size_t k = 0; k < zones_[z].points.size(); ++k)
      zones_[z].points[k] = pixels(scene_.zones[z].points[k], scene_.zones[z].units);
  for (std::size_t k = 0; k < lines_.size(); ++k) {
    lines_[k].from = pixels(scene_.lines[k].from, scene_.lines[k].units);
    lines_[k].to = pixels(scene_.lines[k].to, scene_.lines[k].units);
  }
  const Camera& camera = scene_.camera;
  if (camera.mounting) {
    ground_ = GroundPlane::from_mounting(*camera.mounting, width, height);
  } else if (!camera.image_points.empty()) {
    std::array<Point, kCalibrationPointsMax> image;
    for (std::size_t k = 0; k < camera.image_points.size(); ++k)
      image[k] = pixels(camera.image_points[k], camera.units);
    // Reading the file tried it already; scaling both axes changes nothing about whether it can be done.
    if (auto plane = GroundPlane::from_points(std::span(image).first(camera.image_points.size()), camera.ground_points))
      ground_ = *plane;
  }
}

TrackMemory::Slot* TrackMemory::slot_of(int id, nanoseconds now) {
  Slot* free = nullptr;
  Slot* oldest = nullptr;
  for (Slot& slot : slots_) {
    if (slot.used && slot.id == id && now - slot.present <= kForgetAfter) return &slot;
    if (!slot.used || now - slot.present > kForgetAfter) {
      if (free == nullptr) free = &slot;
    } else if (slot.present < now && (oldest == nullptr || slot.present < oldest->present)) {
      oldest = &slot;
    }
  }
  Slot* slot = free != nullptr ? free : oldest;
  if (slot == nullptr) return nullptr;
  slot->clear();
  slot->used = true;
  slot->id = id;
  return slot;
}

void TrackMemory::follow(Slot& slot, const track::Track& track, const Frame& frame) {
  slot.present = frame.time;
  slot.ground = {kNan, kNan};
  if (ground_) {
    slot.ground = ground_->to_ground(anchor_of(track.box, Anchor::kFoot));
    const double dx = slot.ground.x - scene_.camera.origin.x, dy = slot.ground.y - scene_.camera.origin.y;
    if (!(std::sqrt(dx * dx + dy * dy) <= scene_.camera.distance_max_m)) slot.ground = {kNan, kNan};
  }
  if (needs_motion_ && track.visible)
    slot.motion.add(frame.time, track.box, slot.ground, frame.width, frame.height, scene_.camera);
  for (std::size_t k = 0; k < zones_.size(); ++k) {
    Stay& stay = slot.stays[k];
    stay.inside = contains(zones_[k].points, anchor_of(track.box, scene_.zones[k].anchor));
    if (stay.inside) {
      if (!stay.staying) stay.since = frame.time;
      stay.staying = true;
      stay.last = frame.time;
      if (is_of(scene_.zones[k].classes, track.class_id)) ++zones_[k].occupancy;
    } else if (stay.staying && frame.time - stay.last > scene_.zones[k].grace) {
      stay.staying = false;
    }
  }
  for (std::size_t k = 0; k < lines_.size(); ++k) {
    const Line& line = scene_.lines[k];
    Crossing crossing =
        slot.at_lines[k].state.update(lines_[k].from, lines_[k].to, line.band_px, anchor_of(track.box, line.anchor));
    if (!counts(line.direction, crossing) || !is_of(line.classes, track.class_id)) crossing = Crossing::kNone;
    slot.at_lines[k].crossing = crossing;
    if (crossing != Crossing::kNone) lines_[k].count.add(frame.time, crossing == Crossing::kForward);
  }
}

const Table& TrackMemory::observe(const Frame& frame) {
  if (frame.width != width_ || frame.height != height_) place(frame.width, frame.height);
  for (PlacedZone& zone : zones_) zone.occupancy = 0;
  const auto columns = static_cast<std::size_t>(terms_.track_columns());
  std::size_t count = 0;
  ignored_ = 0;
  for (const track::Track& track : frame.tracks) {
    if (!track.confirmed) continue;
    Slot* slot = count < kTracksMax ? slot_of(track.id, frame.time) : nullptr;
    if (slot == nullptr) {
      ++ignored_;
      continue;
    }
    follow(*slot, track, frame);
    fill_row(std::span(track_values_).subspan(count * columns, columns), *slot, track, frame);
    ids_[count++] = track.id;
  }
  table_.track_count = count;
  fill_frame(frame);
  table_.tracks = track_values_;
  table_.track_columns = columns;
  table_.frame = frame_values_;
  return table_;
}

void TrackMemory::fill_row(std::span<double> row, const Slot& slot, const track::Track& track,
                           const Frame& frame) const {
  std::optional<TimeToCollision> growth;
  std::optional<GroundMotion> motion;
  const auto ttc = [&]() -> const TimeToCollision& {
    if (!growth) growth = slot.motion.time_to_collision(frame.time, scene_.camera);
    return *growth;
  };
  const auto ground = [&]() -> const GroundMotion& {
    if (!motion) motion = slot.motion.ground_motion(frame.time, slot.ground, scene_.camera);
    return *motion;
  };
  const auto value = [&](const Term& term) -> double {
    const auto index = static_cast<std::size_t>(term.index);
    switch (term.quantity) {
      case Quantity::kClass: return track.class_id;
      case Quantity::kScore: return double{track.score};
      case Quantity::kAge: return seconds(frame.time - track.first_seen);
      case Quantity::kUnseen: return seconds(frame.time - track.last_seen);
      case Quantity::kVisible: return track.visible ? 1 : 0;
      case Quantity::kX: return anchor_of(track.box, Anchor::kFoot).x;
      case Quantity::kY: return anchor_of(track.box, Anchor::kFoot).y;
      case Quantity::kWidth: return double{track.box.width};
      case Quantity::kHeight: return double{track.box.height};
      case Quantity::kSpeedPx:
        return std::sqrt(double{track.velocity.x} * double{track.velocity.x} +
                         double{track.velocity.y} * double{track.velocity.y});
      case Quantity::kTtc: return ttc().seconds;
      case Quantity::kTtcSigma: return ttc().sigma;
      case Quantity::kTtcGround: return ground().ttc_s;
      case Quantity::kSpeed: return ground().speed_mps;
      case Quantity::kClosing: return ground().closing_mps;
      case Quantity::kDistance: return ground().distance_m;
      case Quantity::kIn: return slot.stays[index].inside ? 1 : 0;
      case Quantity::kDwell: return slot.stays[index].staying ? seconds(frame.time - slot.stays[index].since) : 0;
      case Quantity::kCrossed: return slot.at_lines[index].crossing != Crossing::kNone ? 1 : 0;
      default: return kNan;
    }
  };
  for (const Term& term : terms_.all())
    if (term.of_track) row[static_cast<std::size_t>(term.column)] = value(term);
}

double TrackMemory::frame_value(const Term& term, const Frame& frame) const {
  const auto index = static_cast<std::size_t>(term.index);
  switch (term.quantity) {
    case Quantity::kNumber: return index < frame.numbers.size() ? frame.numbers[index] : kNan;
    case Quantity::kTracks: return static_cast<double>(table_.track_count);
    case Quantity::kTracksIgnored: return ignored_;
    case Quantity::kFrameWidth: return frame.width;
    case Quantity::kFrameHeight: return frame.height;
    case Quantity::kOccupancy: return zones_[index].occupancy;
    case Quantity::kUnusual: return zones_[index].baseline->deviations(zones_[index].occupancy);
    case Quantity::kCrossings:
      if (term.window.count() > 0) return static_cast<double>(lines_[index].count.since(frame.time - term.window));
      return static_cast<double>(lines_[index].count.forward() + lines_[index].count.backward());
    case Quantity::kForward: return static_cast<double>(lines_[index].count.forward());
    case Quantity::kBackward: return static_cast<double>(lines_[index].count.backward());
    default: return kNan;
  }
}

void TrackMemory::fill_frame(const Frame& frame) {
  for (const Term& term : terms_.all())
    if (!term.of_track) frame_values_[static_cast<std::size_t>(term.column)] = frame_value(term, frame);
  // After the question: what is unusual now must not be part of what is usual.
  for (PlacedZone& zone : zones_)
    if (zone.baseline) zone.baseline->add(frame.time, zone.occupancy);
}

}  // namespace hedge::rules
