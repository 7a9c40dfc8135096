// A street for tests: two zones, a line, a calibrated camera, and tracks that go where the test says.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rules/pipeline_file.h"

namespace hedge::rules {

inline const std::string kStreet = R"([camera]
height_m = 1.5
pitch_deg = 5
fov_vertical_deg = 45
[[zone]]
name = "corridor"
points = [[0.25, 0.5], [0.75, 0.5], [1, 1], [0, 1]]
units = "fraction"
[[zone]]
name = "dock"
points = [[0, 0], [200, 0], [200, 200], [0, 200]]
grace = "500 ms"
baseline = "60 s"
classes = ["person"]
[[line]]
name = "gate"
points = [[640, 0], [640, 720]]
)";

inline Vocabulary street_words() { return {{"person", "car", "traffic light"}, frame_numbers()}; }

/// Street and more sections, such as rules; the test fails where they cannot be read.
inline Rules street_with(const std::string& more) {
  auto rules = load_rules(kStreet + more, "street.toml", street_words());
  if (!rules) ADD_FAILURE() << rules.error().message;
  return rules ? std::move(*rules) : *load_rules(kStreet, "street.toml", street_words());
}
inline std::string rule(const std::string& when, const std::string& more = "") {
  return "[[rule]]\nname = \"r\"\nwhen = '''" + when + "'''\n" + more;
}

inline std::chrono::nanoseconds at(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9 + 0.5));
}

/// A confirmed, visible track whose foot is at x, y.
inline track::Track person(int id, double x, double y, double height = 100, double seconds = 0) {
  track::Track track;
  track.id = id;
  track.box = {.x = static_cast<float>(x - height / 6),
               .y = static_cast<float>(y - height),
               .width = static_cast<float>(height / 3),
               .height = static_cast<float>(height)};
  track.score = 0.9f;
  track.last_seen = at(seconds);
  track.confirmed = track.visible = true;
  return track;
}

inline const Verdict& see(Rules& rules, double seconds, const std::vector<track::Track>& tracks,
                          const std::vector<double>& numbers = {}) {
  return rules.evaluate({.time = at(seconds), .width = 1280, .height = 720, .tracks = tracks, .numbers = numbers});
}

}  // namespace hedge::rules
