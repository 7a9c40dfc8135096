// What an event says besides its video: which trigger, when, what was seen, which model. docs/formats/event.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/config.h"

namespace hedge::capture {

using std::chrono::nanoseconds;

inline constexpr std::size_t kTracksMax = 64;   ///< of one trigger's frame; what is beyond is counted in `left_out`
inline constexpr std::size_t kNumbersMax = 64;  ///< the same

/// A thing in the frame of the trigger, in source pixels. Its words are borrowed.
struct SeenTrack {
  int id = -1;
  std::string_view label;
  float score = 0;
  float x = 0, y = 0, width = 0, height = 0;
};

/// A number of the frame, or of one track of it, such as its time to collision.
struct SeenNumber {
  std::string_view name;  ///< borrowed
  double value = 0;
  int track = -1;  ///< -1: of the frame
};

/// The same, owned: what an event keeps.
struct EventTrack {
  int id;
  std::string label;
  float score, x, y, width, height;
};
struct EventNumber {
  std::string name;
  double value;
  int track;
};

struct EventTrigger {
  TriggerConfig config;
  std::int64_t frame_index = 0;
  nanoseconds time{0};  ///< capture clock
  std::chrono::system_clock::time_point wall;
  std::vector<EventTrack> tracks;
  std::vector<EventNumber> numbers;
  int left_out = 0;     ///< tracks and numbers beyond the limits of a record
  std::string picture;  ///< file name
};

struct Provenance {
  std::string model;         ///< path or name
  std::string model_sha256;  ///< hex
  std::string software;      ///< name and version
  std::string source;        ///< the camera or file
  std::string log;           ///< directory of the decision log; empty: none is written
  std::string log_run;       ///< its run
};

struct EventClip {
  std::string encoder;
  int width = 0, height = 0;       ///< pixels of the frames
  std::vector<nanoseconds> times;  ///< capture clock, of each picture in the video
  std::string cut_short;           ///< why the video ends before it should; empty if it does not
};

struct Event {
  std::string id;
  std::string uuid;
  std::vector<EventTrigger> triggers;  ///< in the order of time; the first opened the clip
  EventClip clip;
  Provenance provenance;

  int priority() const;  ///< the highest of its triggers
};

/// event.json, with a final newline.
std::string to_json(const Event& event);

/// 128 random bits as RFC 9562's version 4.
std::string random_uuid();

/// "2026-11-25T00:12:21.123Z"
std::string to_utc(std::chrono::system_clock::time_point time);

}  // namespace hedge::capture
