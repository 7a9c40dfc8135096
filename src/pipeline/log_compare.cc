#include "pipeline/log_compare.h"

#include <bit>

#include <fmt/format.h>

#include "rules/terms.h"

namespace hedge::pipeline {
namespace {

using format::LogFrame;
using Found = std::optional<Divergence>;

/// The bits decide: NaN equals itself, and 0 is not -0.
bool same(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }
bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }
template <std::integral T>
bool same(T a, T b) {
  return a == b;
}

std::string text(float value) { return fmt::format("{} ({:08x})", value, std::bit_cast<std::uint32_t>(value)); }
std::string text(double value) { return fmt::format("{} ({:016x})", value, std::bit_cast<std::uint64_t>(value)); }
template <std::integral T>
std::string text(T value) {
  return fmt::format("{}", value);
}

/// Collects the first difference of one stage.
class Stage {
 public:
  explicit Stage(const char* name) : name_(name) {}
  template <class T>
  Stage& value(const std::string& what, T recorded, T now) {
    if (!found_ && !same(recorded, now))
      found_ = Divergence{name_, fmt::format("{}: recorded {}, now {}", what, text(recorded), text(now))};
    return *this;
  }
  Stage& box(const std::string& what, const format::LogBox& recorded, const format::LogBox& now) {
    return value(what + " x", recorded.x, now.x)
        .value(what + " y", recorded.y, now.y)
        .value(what + " width", recorded.width, now.width)
        .value(what + " height", recorded.height, now.height);
  }
  const Found& found() const { return found_; }

 private:
  const char* name_;
  Found found_;
};

Found compare_hash(const char* stage, std::uint64_t recorded, std::uint64_t now) {
  if (recorded == now) return std::nullopt;
  return Divergence{stage, fmt::format("hash: recorded {:016x}, now {:016x}", recorded, now)};
}

Found compare_detections(const LogFrame& recorded, const LogFrame& now) {
  Stage stage("detections");
  stage.value("count", recorded.detections.size(), now.detections.size())
      .value("count of classes", recorded.classes.size(), now.classes.size());
  for (std::size_t k = 0; k < recorded.detections.size() && !stage.found(); ++k) {
    const format::LogDetection &a = recorded.detections[k], &b = now.detections[k];
    const std::string which = fmt::format("detection {}", k);
    stage.value(which + " class", a.class_id, b.class_id)
        .value(which + " score", a.score, b.score)
        .box(which, a.box, b.box);
  }
  for (std::size_t k = 0; k < recorded.classes.size() && !stage.found(); ++k)
    stage.value(fmt::format("class at place {}", k + 1), recorded.classes[k].class_id, now.classes[k].class_id)
        .value(fmt::format("score at place {}", k + 1), recorded.classes[k].score, now.classes[k].score);
  return stage.found();
}

Found compare_tracks(const LogFrame& recorded, const LogFrame& now) {
  Stage stage("tracks");
  for (std::size_t k = 0; k < recorded.detections.size(); ++k)
    stage.value(fmt::format("number of detection {}", k), recorded.detections[k].track, now.detections[k].track);
  stage.value("count", recorded.tracks.size(), now.tracks.size());
  for (std::size_t k = 0; k < recorded.tracks.size() && !stage.found(); ++k) {
    const format::LogTrack &a = recorded.tracks[k], &b = now.tracks[k];
    const std::string which = fmt::format("track {}", a.id);
    stage.value(which + " number", a.id, b.id)
        .value(which + " class", a.class_id, b.class_id)
        .box(which, a.box, b.box)
        .value(which + " score", a.score, b.score)
        .box(which + " velocity", a.velocity, b.velocity)
        .value(which + " first seen", a.first_seen_ns, b.first_seen_ns)
        .value(which + " last seen", a.last_seen_ns, b.last_seen_ns)
        .value(which + " hits", a.hits, b.hits)
        .value(which + " confirmed", a.confirmed, b.confirmed)
        .value(which + " visible", a.visible, b.visible);
  }
  return stage.found();
}

Found compare_numbers(const LogFrame& recorded, const LogFrame& now) {
  Stage stage("numbers");
  if (recorded.numbers.size() > now.numbers.size())  // an older Hedge measured fewer
    stage.value("count", recorded.numbers.size(), now.numbers.size());
  const auto& names = rules::frame_numbers();
  for (std::size_t k = 0; k < recorded.numbers.size() && !stage.found(); ++k)
    stage.value(k < names.size() ? names[k] : fmt::format("number {}", k), recorded.numbers[k], now.numbers[k]);
  return stage.found();
}

Found compare_verdict(const LogFrame& recorded, const LogFrame& now) {
  Stage stage("verdict");
  stage.value("count of rules", recorded.rules.size(), now.rules.size());
  for (std::size_t k = 0; k < recorded.rules.size() && !stage.found(); ++k) {
    const format::LogRule &a = recorded.rules[k], &b = now.rules[k];
    const std::string which = fmt::format("rule {}", a.rule);
    stage.value(which + " number", a.rule, b.rule).value(which + " condition", a.condition, b.condition);
    stage.value(which + " on", a.on, b.on)
        .value(which + " rising", a.rising, b.rising)
        .value(which + " falling", a.falling, b.falling)
        .value(which + " count of tracks", a.tracks.size(), b.tracks.size())
        .value(which + " count of readings", a.readings.size(), b.readings.size());
    for (std::size_t t = 0; t < a.tracks.size() && !stage.found(); ++t)
      stage.value(which + " track", a.tracks[t], b.tracks[t]);
    for (std::size_t r = 0; r < a.readings.size() && !stage.found(); ++r)
      stage.value(which + " quantity", a.readings[r].quantity, b.readings[r].quantity)
          .value(which + " track of a reading", a.readings[r].track, b.readings[r].track)
          .value(fmt::format("{} quantity {} of track {}", which, a.readings[r].quantity, a.readings[r].track),
                 a.readings[r].value, b.readings[r].value);
  }
  return stage.found();
}

Found compare_actuators(const LogFrame& recorded, const LogFrame& now) {
  Stage stage("actuators");
  stage.value("count", recorded.actuators.size(), now.actuators.size());
  for (std::size_t k = 0; k < recorded.actuators.size() && !stage.found(); ++k)
    stage.value(fmt::format("actuator {} state", k), recorded.actuators[k].state, now.actuators[k].state)
        .value(fmt::format("actuator {} rule", k), recorded.actuators[k].rule, now.actuators[k].rule);
  return stage.found();
}

}  // namespace

std::optional<Divergence> compare(const LogFrame& recorded, const LogFrame& now, const CompareOptions& options) {
  if (auto found = compare_hash("picture", recorded.picture_hash, now.picture_hash)) return found;
  if (auto found = compare_hash("input tensor", recorded.input_hash, now.input_hash)) return found;
  if (auto found = compare_hash("output tensors", recorded.output_hash, now.output_hash)) return found;
  if (auto found = compare_detections(recorded, now)) return found;
  if (options.with_memory)
    if (auto found = compare_tracks(recorded, now)) return found;
  if (auto found = compare_numbers(recorded, now)) return found;
  if (!options.with_memory) return std::nullopt;
  if (auto found = compare_verdict(recorded, now)) return found;
  return compare_actuators(recorded, now);
}

}  // namespace hedge::pipeline
