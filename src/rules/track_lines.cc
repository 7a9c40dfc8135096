#include "rules/track_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

namespace hedge::rules {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using nlohmann::json;
using std::chrono::nanoseconds;

constexpr double kMicrosecondsMax = 9e15;  // fits nanoseconds of 64 bits
constexpr int kClassMax = 1 << 16;
constexpr std::size_t kTracksPerLineMax = 4096;

/// A number of `object`, or what stands for a missing one; an error where it is something else or out of range.
Result<double> number(const json& object, const char* key, double missing, double least, double most) {
  const auto found = object.find(key);
  if (found == object.end()) return missing;
  const double value = found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
  if (!(value >= least && value <= most))
    return fail(ErrorKind::kInvalid, "{} must be a number from {} to {}", key, least, most);
  return value;
}

Result<bool> truth(const json& object, const char* key, bool missing) {
  const auto found = object.find(key);
  if (found == object.end()) return missing;
  if (!found->is_boolean()) return fail(ErrorKind::kInvalid, "{} must be true or false", key);
  return found->get<bool>();
}

nanoseconds microseconds(double value) { return nanoseconds(static_cast<std::int64_t>(std::nearbyint(value * 1000))); }

Result<track::Box> box(const json& object, const char* key, bool required) {
  track::Box box;
  const auto found = object.find(key);
  if (found == object.end() && !required) return box;
  if (found == object.end() || !found->is_array() || found->size() != 4)
    return fail(ErrorKind::kInvalid, "a track lacks {}: [x, y, width, height]", key);
  float* const fields[] = {&box.x, &box.y, &box.width, &box.height};
  for (std::size_t k = 0; k < 4; ++k) {
    if (!(*found)[k].is_number() || !(std::fabs((*found)[k].get<double>()) <= 1e6))
      return fail(ErrorKind::kInvalid, "{} must hold numbers of pixels", key);
    *fields[k] = static_cast<float>((*found)[k].get<double>());
  }
  return box;
}

class LineReader {
 public:
  LineReader(const Vocabulary& vocabulary, const TrackLinesOptions& options, bool stream_clock)
      : vocabulary_(vocabulary), options_(options), stream_clock_(stream_clock) {}

  Result<RecordedFrame> read(const json& line) {
    if (!line.is_object()) return fail(ErrorKind::kInvalid, "not a JSON object");
    RecordedFrame frame;
    frame.index = static_cast<std::int64_t>(TRY(number(line, "frame", static_cast<double>(frames_), 0, 1e15)));
    ++frames_;
    // The first frame of a file is at 0, which the writer leaves out.
    const char* clock = stream_clock_ ? "t_stream_us" : "t_capture_us";
    if (!stream_clock_ && !line.contains(clock))
      return fail(ErrorKind::kInvalid, "there is neither t_stream_us nor t_capture_us");
    frame.time = microseconds(TRY(number(line, clock, 0, 0, kMicrosecondsMax)));
    if (frame.time < last_) return fail(ErrorKind::kInvalid, "{} goes back", clock);
    last_ = frame.time;
    frame.width = static_cast<int>(TRY(number(line, "width", options_.width, 1, 1 << 20)));
    frame.height = static_cast<int>(TRY(number(line, "height", options_.height, 1, 1 << 20)));
    if (frame.width < 1 || frame.height < 1)
      return fail(ErrorKind::kUsage, "the size of the frame is not known: give --size, such as 1280x720");
    TRY(read_numbers(line, frame));
    TRY(read_tracks(line, frame));
    return frame;
  }

 private:
  base::Status read_numbers(const json& line, RecordedFrame& frame) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kMost = 1e300;
    const auto given = line.find("numbers");
    if (given != line.end() && !given->is_object()) return fail(ErrorKind::kInvalid, "numbers must be an object");
    for (const std::string& name : vocabulary_.numbers) {
      double value = kNan;
      if (given != line.end() && given->contains(name) && !given->at(name).is_null())
        value = TRY(number(*given, name.c_str(), kNan, -kMost, kMost));
      else if (name == "latency_ms")
        value = TRY(number(line, "latency_us", kNan, -kMost, kMost)) / 1000;
      frame.numbers.push_back(value);
    }
    return {};
  }

  base::Status read_tracks(const json& line, RecordedFrame& frame) {
    const char* key = line.contains("tracks") ? "tracks" : "detections";
    const auto list = line.find(key);
    if (list == line.end()) return {};
    if (!list->is_array() || list->size() > kTracksPerLineMax)
      return fail(ErrorKind::kInvalid, "{} must be a list of at most {}", key, kTracksPerLineMax);
    for (const json& entry : *list) {
      if (!entry.is_object()) return fail(ErrorKind::kInvalid, "{} must hold objects", key);
      // A detection that the tracker did not take up.
      if (!entry.contains("track")) continue;
      frame.tracks.push_back(TRY(read_track(entry, frame.time)));
    }
    return {};
  }

  Result<track::Track> read_track(const json& entry, nanoseconds time) {
    track::Track track;
    track.id = static_cast<int>(TRY(number(entry, "track", 0, 0, 2147483647)));
    track.class_id = static_cast<int>(TRY(number(entry, "class", 0, 0, kClassMax)));
    track.box = TRY(box(entry, "box", true));
    track.score = static_cast<float>(TRY(number(entry, "score", 1, 0, 1)));
    track.velocity = TRY(box(entry, "velocity", false));
    track.visible = TRY(truth(entry, "visible", true));
    track.confirmed = TRY(truth(entry, "confirmed", true));
    track.hits = static_cast<int>(TRY(number(entry, "hits", 1, 0, 2147483647)));
    Seen& seen = seen_.try_emplace(track.id, Seen{time, time}).first->second;
    if (track.visible) seen.last = time;
    const auto micro = [](nanoseconds value) { return static_cast<double>(value.count()) / 1000; };
    track.first_seen = microseconds(TRY(number(entry, "first_seen_us", micro(seen.first), 0, kMicrosecondsMax)));
    track.last_seen = microseconds(TRY(number(entry, "last_seen_us", micro(seen.last), 0, kMicrosecondsMax)));
    return track;
  }

  struct Seen {
    nanoseconds first, last;
  };
  const Vocabulary& vocabulary_;
  const TrackLinesOptions& options_;
  bool stream_clock_;
  std::map<int, Seen> seen_;
  nanoseconds last_{0};
  std::int64_t frames_ = 0;
};

/// Calls `use(line, number)` for every line that is not empty; stops where it returns an error.
template <class Use>
base::Status for_each_line(std::string_view text, Use use) {
  for (std::size_t begin = 0, number = 1; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) TRY(use(line, number));
  }
  return {};
}

}  // namespace

Result<std::vector<RecordedFrame>> parse_track_lines(std::string_view text, const std::string& name,
                                                     const Vocabulary& vocabulary, const TrackLinesOptions& options) {
  std::vector<RecordedFrame> frames;
  LineReader reader(vocabulary, options, text.find("\"t_stream_us\"") != std::string_view::npos);
  TRY(for_each_line(text, [&](std::string_view line, std::size_t number) -> base::Status {
    const json parsed = json::parse(line, nullptr, false);
    if (parsed.is_discarded()) return fail(ErrorKind::kInvalid, "{}:{}: not JSON", name, number);
    auto frame = reader.read(parsed);
    if (!frame) return base::in_context(std::move(frame).error(), fmt::format("{}:{}", name, number));
    frames.push_back(std::move(*frame));
    return {};
  }));
  if (frames.empty()) return fail(ErrorKind::kInvalid, "{}: there is no frame in it", name);
  return frames;
}

std::vector<std::string> labels_of_track_lines(std::string_view text) {
  std::map<int, std::string> labels;
  (void)for_each_line(text, [&](std::string_view line, std::size_t) -> base::Status {
    const json parsed = json::parse(line, nullptr, false);
    for (const char* key : {"tracks", "detections"}) {
      if (!parsed.is_object() || !parsed.contains(key) || !parsed[key].is_array()) continue;
      for (const json& entry : parsed[key]) {
        if (!entry.is_object() || !entry.contains("class") || !entry.contains("label")) continue;
        const json &id = entry["class"], &label = entry["label"];
        if (id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() <= kClassMax &&
            label.is_string())
          labels.emplace(id.get<int>(), label.get<std::string>());
      }
    }
    return {};
  });
  std::vector<std::string> names;
  for (const auto& [id, label] : labels) {
    while (names.size() < static_cast<std::size_t>(id)) names.push_back(fmt::format("class {}", names.size()));
    names.push_back(label);
  }
  return names;
}

}  // namespace hedge::rules
