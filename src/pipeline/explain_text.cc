// An explanation in words and as JSON.
#include <cmath>

#include <nlohmann/json.hpp>

#include "capture/event.h"
#include "guard/ladder.h"
#include "pipeline/card.h"
#include "pipeline/explain.h"
#include "pipeline/log_frame.h"

namespace hedge::pipeline {
namespace {

using nlohmann::ordered_json;

double milliseconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-6; }
double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

/// The wall clock of a moment of the capture clock. A damaged log may hold any number.
std::string utc(const format::LogRun& run, std::int64_t steady_ns) {
  const double since_start = seconds(steady_ns) - seconds(run.steady_ns);
  if (!(std::fabs(since_start) < 1e9) || run.wall_ns < 0) return "unknown";
  return capture::to_utc(
      std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(run.wall_ns) +
          std::chrono::nanoseconds(static_cast<std::int64_t>(since_start * 1e9)))));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string guard_text(const format::LogFrame& frame) {
  if (frame.rung == format::kNoRung) return "none: the run had no [safety]";
  std::string text =
      frame.overruled ? "overruled: SAFE held, what the actuators were handed did not count" : "let it pass";
  text += fmt::format("; degradation ladder: {}", guard::to_string(static_cast<guard::Rung>(frame.rung)));
  if (frame.tracker_light) text += ", tracker without unsure boxes";
  if (frame.small_engine) text += ", the smaller engine";
  return text;
}

constexpr std::size_t kFramesShown = 12;

std::string frames_text(const std::vector<SeenFrame>& frames) {
  std::string text;
  for (std::size_t k = 0; k < frames.size(); ++k) {
    if (frames.size() > kFramesShown && k == kFramesShown / 2) {
      const std::size_t skipped = frames.size() - kFramesShown;
      text += fmt::format("    ... {} frames ...\n", skipped);
      k += skipped;
    }
    const SeenFrame& seen = frames[k];
    text += fmt::format("    frame {:<6} {:>9.3f} s  {:<5}  {}\n", seen.index, seconds(seen.time_ns), seen.condition,
                        joined(seen.readings));
  }
  return text;
}

}  // namespace

std::string to_text(const ExplainedRun& of, const Explanation& why) {
  const format::LogFrame& frame = why.frame;
  std::string text =
      fmt::format("{}: {} in frame {}, captured {}\n", why.rule, why.what, frame.index, utc(of.run, frame.captured_ns));
  if (!why.description.empty()) text += fmt::format("  meaning   {}\n", why.description);
  text += fmt::format("  rule      {}\n  read as   {}\n", why.when, why.understood);
  text += fmt::format("  on after  {}, off after {}; what it saw in these frames:\n", why.hold, why.release);
  text += frames_text(why.frames);
  for (const format::LogTrack& track : why.tracks)
    text +=
        fmt::format("  track {:<4}{} {:.2f} at ({:.0f}, {:.0f}), {:.0f} x {:.0f} px; seen {} times in {:.2f} s\n",
                    track.id, label_of(of.run.labels, track.class_id), track.score, track.box.x, track.box.y,
                    track.box.width, track.box.height, track.hits, seconds(track.last_seen_ns - track.first_seen_ns));
  for (const Explanation::Sent& sent : why.sent)
    if (sent.asked || sent.changed)
      text += fmt::format("  sent      {} to {}{}{}\n", sent.state, sent.actuator, sent.changed ? ", a change" : "",
                          sent.asked ? "" : ", for another rule");
  text += "  times    ";
  for (std::size_t k = 0; k < format::kLogTimes; ++k)
    text += fmt::format("{} {} {:.3f}", k == 0 ? "" : ",", to_string(static_cast<format::LogTime>(k)),
                        milliseconds(frame.times_ns[k]));
  text += fmt::format(" ms\n  watchdog  {}\n", guard_text(frame));
  text += fmt::format("  model     {}\n            sha256 {}\n", of.run.model, of.run.model_sha256);
  if (!of.run.onnx_sha256.empty() && of.run.onnx_sha256 != of.run.model_sha256)
    text += fmt::format("            compiled from the ONNX with sha256 {}\n", of.run.onnx_sha256);
  text += fmt::format("  software  {} with {}\n  source    {}\n", of.run.software, of.run.isa, of.run.source);
  return text + fmt::format("  hashes    picture {:016x}, input {:016x}, outputs {:016x}\n", frame.picture_hash,
                            frame.input_hash, frame.output_hash);
}

ordered_json to_json(const ExplainedRun& of, const Explanation& why) {
  const format::LogFrame& frame = why.frame;
  ordered_json json = {{"rule", why.rule},
                       {"what", why.what},
                       {"frame", frame.index},
                       {"time_ns", frame.time_ns},
                       {"captured_ns", frame.captured_ns},
                       {"captured_utc", utc(of.run, frame.captured_ns)},
                       {"when", why.when},
                       {"understood", why.understood},
                       {"hold", why.hold},
                       {"release", why.release},
                       {"description", why.description}};
  auto& frames = json["frames"] = ordered_json::array();
  for (const SeenFrame& seen : why.frames)
    frames.push_back({{"frame", seen.index},
                      {"time_ns", seen.time_ns},
                      {"condition", seen.condition},
                      {"on", seen.on},
                      {"readings", seen.readings}});
  auto& tracks = json["tracks"] = ordered_json::array();
  for (const format::LogTrack& track : why.tracks)
    tracks.push_back({{"id", track.id},
                      {"label", label_of(of.run.labels, track.class_id)},
                      {"score", track.score},
                      {"box", {track.box.x, track.box.y, track.box.width, track.box.height}},
                      {"hits", track.hits},
                      {"first_seen_ns", track.first_seen_ns},
                      {"last_seen_ns", track.last_seen_ns}});
  auto& sent = json["sent"] = ordered_json::array();
  for (const Explanation::Sent& one : why.sent)
    sent.push_back({{"actuator", one.actuator}, {"state", one.state}, {"changed", one.changed}, {"asked", one.asked}});
  auto& times = json["times_ms"] = ordered_json::object();
  for (std::size_t k = 0; k < format::kLogTimes; ++k)
    times[to_string(static_cast<format::LogTime>(k))] = milliseconds(frame.times_ns[k]);
  json["overruled"] = frame.overruled;
  json["tracker_light"] = frame.tracker_light;
  json["small_engine"] = frame.small_engine;
  json["rung"] = frame.rung == format::kNoRung ? ordered_json(nullptr) : ordered_json(frame.rung);
  json["model"] = {{"path", of.run.model}, {"sha256", of.run.model_sha256}, {"onnx_sha256", of.run.onnx_sha256}};
  json["software"] = of.run.software;
  json["isa"] = of.run.isa;
  json["source"] = of.run.source;
  json["run"] = of.run.run_id;
  json["hashes"] = {{"picture", fmt::format("{:016x}", frame.picture_hash)},
                    {"input", fmt::format("{:016x}", frame.input_hash)},
                    {"outputs", fmt::format("{:016x}", frame.output_hash)}};
  return json;
}

}  // namespace hedge::pipeline
