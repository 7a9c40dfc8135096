#include "capture/event.h"

#include <sys/random.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include <nlohmann/json.hpp>

namespace hedge::capture {
namespace {

using Json = nlohmann::ordered_json;

/// Scores to 4 decimals, pixels to 2, as in docs/formats/detections.md.
double rounded(float value, double steps) { return std::round(static_cast<double>(value) * steps) / steps; }

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }  // JSON has no infinity

Json to_json_value(const EventTrigger& trigger, nanoseconds clip_begin) {
  Json tracks = Json::array();
  for (const EventTrack& track : trigger.tracks)
    tracks.push_back(
        {{"id", track.id},
         {"label", track.label},
         {"score", rounded(track.score, 1e4)},
         {"box",
          {rounded(track.x, 1e2), rounded(track.y, 1e2), rounded(track.width, 1e2), rounded(track.height, 1e2)}}});
  Json numbers = Json::array();
  for (const EventNumber& number : trigger.numbers) {
    Json entry = {{"name", number.name}, {"value", finite(number.value)}};
    if (number.track >= 0) entry["track"] = number.track;
    numbers.push_back(std::move(entry));
  }
  return {{"name", trigger.config.name},
          {"when", trigger.config.when},
          {"priority", trigger.config.priority},
          {"frame", trigger.frame_index},
          {"time_ns", trigger.time.count()},
          {"time_utc", to_utc(trigger.wall)},
          {"clip_offset_ns", (trigger.time - clip_begin).count()},
          {"pre_ns_wanted", trigger.config.pre.count()},
          {"post_ns_wanted", trigger.config.post.count()},
          {"picture", trigger.picture},
          {"tracks", std::move(tracks)},
          {"numbers", std::move(numbers)},
          {"left_out", trigger.left_out}};
}

}  // namespace

int Event::priority() const {
  int highest = 0;
  for (const EventTrigger& trigger : triggers) highest = std::max(highest, trigger.config.priority);
  return highest;
}

std::string to_json(const Event& event) {
  const std::vector<nanoseconds>& times = event.clip.times;
  const nanoseconds begin = times.empty() ? nanoseconds(0) : times.front();
  Json triggers = Json::array();
  for (const EventTrigger& trigger : event.triggers) triggers.push_back(to_json_value(trigger, begin));
  Json frame_times = Json::array();
  for (const nanoseconds time : times) frame_times.push_back(time.count());
  Json json = {{"format", "hedge-event"},
               {"version", 1},
               {"id", event.id},
               {"uuid", event.uuid},
               {"priority", event.priority()},
               {"triggers", std::move(triggers)},
               {"clip",
                {{"file", "clip.mp4"},
                 {"codec", "h264"},
                 {"encoder", event.clip.encoder},
                 {"width", event.clip.width},
                 {"height", event.clip.height},
                 {"frames", times.size()},
                 {"cut_short", event.clip.cut_short},
                 {"times_ns", std::move(frame_times)}}},
               {"provenance",
                {{"model", event.provenance.model},
                 {"model_sha256", event.provenance.model_sha256},
                 {"software", event.provenance.software},
                 {"source", event.provenance.source}}}};
  if (!event.provenance.log.empty()) {
    const auto time = [&](auto pick) { return pick(event.triggers, {}, &EventTrigger::time)->time.count(); };
    const std::int64_t first = time(std::ranges::min_element), last = time(std::ranges::max_element);
    json["log"] = {{"directory", event.provenance.log},
                   {"run", event.provenance.log_run},
                   {"from_ns", times.empty() ? first : std::min(first, times.front().count())},
                   {"to_ns", times.empty() ? last : std::max(last, times.back().count())}};
  }
  // Labels come from files: bytes that are no UTF-8 are replaced, never thrown about.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  // 16 bytes are given whole or not at all; without them the number would not be unique.
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t k = 0; k < bytes.size(); ++k)
    text += fmt::format("{}{:02x}", k == 4 || k == 6 || k == 8 || k == 10 ? "-" : "", bytes[k]);
  return text;
}

std::string to_utc(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = since / 1000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, since % 1000);
}

}  // namespace hedge::capture
