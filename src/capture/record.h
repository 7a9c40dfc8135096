// What the frame's thread writes down about an accepted trigger, in place that was allocated before.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "capture/event.h"
#include "media/frame.h"

namespace hedge::capture {

struct Record {
  /// At most 39 bytes of a name or label.
  struct Text {
    std::array<char, 40> bytes{};
    void operator=(std::string_view text) { bytes[text.copy(bytes.data(), bytes.size() - 1)] = '\0'; }
    std::string to_string() const { return bytes.data(); }
  };
  struct Track {
    int id;
    Text label;
    float score, x, y, width, height;
  };
  struct Number {
    Text name;
    double value;
    int track;
  };

  /// The ring must keep the video from here until the writing thread has taken the record over; any thread reads it.
  std::atomic<std::int64_t> needed_from_ns{std::numeric_limits<std::int64_t>::max()};
  std::size_t trigger = 0;
  media::Frame frame;
  nanoseconds time{0};
  std::int64_t video = 0;  ///< number of the video that its frame belongs to
  std::chrono::system_clock::time_point wall;
  std::array<Track, kTracksMax> tracks;
  std::array<Number, kNumbersMax> numbers;
  std::size_t track_count = 0, number_count = 0, left_out = 0;

  void fill(std::size_t number_of_trigger, const media::Frame& of, nanoseconds at, std::span<const SeenTrack> seen,
            std::span<const SeenNumber> values) {
    trigger = number_of_trigger;
    frame = {.pixels = of.pixels,
             .width = of.width,
             .height = of.height,
             .stride = of.stride,
             .index = of.index,
             .captured = of.captured,
             .stream_time = of.stream_time,
             .owner = of.owner};
    time = at;
    wall = std::chrono::system_clock::now();
    track_count = std::min(seen.size(), tracks.size());
    for (std::size_t k = 0; k < track_count; ++k) {
      const SeenTrack& one = seen[k];
      tracks[k] = {one.id, {}, one.score, one.x, one.y, one.width, one.height};
      tracks[k].label = one.label;
    }
    number_count = std::min(values.size(), numbers.size());
    for (std::size_t k = 0; k < number_count; ++k) {
      numbers[k] = {{}, values[k].value, values[k].track};
      numbers[k].name = values[k].name;
    }
    left_out = seen.size() - track_count + values.size() - number_count;
  }

  EventTrigger to_trigger(std::span<const TriggerConfig> configs) const {
    EventTrigger event{.config = configs[trigger],
                       .frame_index = frame.index,
                       .time = time,
                       .wall = wall,
                       .left_out = static_cast<int>(left_out)};
    for (const Track& one : std::span(tracks).first(track_count))
      event.tracks.push_back({one.id, one.label.to_string(), one.score, one.x, one.y, one.width, one.height});
    for (const Number& one : std::span(numbers).first(number_count))
      event.numbers.push_back({one.name.to_string(), one.value, one.track});
    return event;
  }
};

}  // namespace hedge::capture
