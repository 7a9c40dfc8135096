#include "pipeline/log_frame.h"

#include <algorithm>
#include <array>

#include "base/hash64.h"

namespace hedge::pipeline {
namespace {

using format::LogTime;

format::LogBox to_log(const Box& box) { return {box.x, box.y, box.width, box.height}; }

/// In the order of LogTime.
constexpr std::array kLoggedStages = {Stage::kWait,  Stage::kPreprocess, Stage::kInfer, Stage::kDecode,   Stage::kTrack,
                                      Stage::kRules, Stage::kDecision,   Stage::kAct,   Stage::kActuation};
static_assert(kLoggedStages.size() == format::kLogTimes);

}  // namespace

std::uint64_t hash_of_picture(const media::Frame& frame) {
  return base::hash64_of_rows(reinterpret_cast<const std::byte*>(frame.pixels),
                              3 * static_cast<std::size_t>(frame.width), static_cast<std::size_t>(frame.height),
                              static_cast<std::size_t>(frame.stride));
}

std::uint64_t hash_of_tensor(const tensor::ConstTensorView& tensor) {
  return base::hash64({tensor.data, tensor.type.size_bytes()});
}

std::uint64_t hash_of_outputs(std::span<const tensor::ConstTensorView> outputs) {
  constexpr std::size_t kAtOnce = 32;
  std::array<std::uint64_t, kAtOnce + 1> hashes{};  // what came before, then the next few
  std::uint64_t sum = 0;
  for (std::size_t begin = 0; begin < outputs.size(); begin += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, outputs.size() - begin);
    hashes[0] = sum;
    for (std::size_t k = 0; k < count; ++k) hashes[k + 1] = hash_of_tensor(outputs[begin + k]);
    sum = base::hash64(std::as_bytes(std::span(hashes).first(count + 1)));
  }
  return sum;
}

void log_identity(const media::Frame& frame, format::LogFrame& log) {
  log.index = frame.index;
  log.captured_ns = std::chrono::nanoseconds(frame.captured.time_since_epoch()).count();
  log.stream_ns = frame.stream_time.count();
  log.time_ns = frame.time.count();
  log.width = frame.width;
  log.height = frame.height;
  log.name = frame.name;
}

void log_prediction(const Prediction& prediction, format::LogFrame& log) {
  log.detections.clear();
  for (const Detection& one : prediction.detections)
    log.detections.push_back({one.class_id, one.score, to_log(one.box), one.track});
  log.classes.clear();
  for (const ClassScore& one : prediction.classes) log.classes.push_back({one.class_id, one.score});
  log.tracks.clear();
  for (const track::Track& one : prediction.tracks)
    log.tracks.push_back({.id = one.id,
                          .class_id = one.class_id,
                          .box = to_log(one.box),
                          .score = one.score,
                          .velocity = to_log(one.velocity),
                          .first_seen_ns = one.first_seen.count(),
                          .last_seen_ns = one.last_seen.count(),
                          .hits = one.hits,
                          .confirmed = one.confirmed,
                          .visible = one.visible});
}

void log_reaction(const Reaction& reaction, format::LogFrame& log) {
  log.numbers.assign(reaction.numbers().begin(), reaction.numbers().end());
  const std::vector<rules::RuleVerdict>& verdict = reaction.verdict().rules;
  log.rules.resize(verdict.size());
  for (std::size_t k = 0; k < verdict.size(); ++k) {
    const rules::RuleVerdict& from = verdict[k];
    format::LogRule& to = log.rules[k];
    to.rule = static_cast<std::uint16_t>(from.rule);
    to.condition = from.condition;
    to.on = from.on;
    to.rising = from.rising;
    to.falling = from.falling;
    to.tracks.reserve(from.tracks.capacity());  // now, not in the frame in which much happens
    to.readings.reserve(from.readings.capacity());
    to.tracks.assign(from.tracks.begin(), from.tracks.end());
    to.readings.clear();
    for (const rules::Reading& reading : from.readings)
      to.readings.push_back({static_cast<std::uint16_t>(reading.quantity), reading.track, reading.value});
  }
  log.actuators.clear();
  for (const Reaction::Output& output : reaction.outputs())
    log.actuators.push_back({static_cast<std::uint8_t>(output.state), static_cast<std::int16_t>(output.turned_on_by)});
}

void log_times(const StageTimes& times, format::LogFrame& log) {
  for (std::size_t k = 0; k < kLoggedStages.size(); ++k)
    log.times_ns[k] = times[static_cast<std::size_t>(kLoggedStages[k])].count();
}

const char* to_string(LogTime time) { return to_string(kLoggedStages[static_cast<std::size_t>(time)]); }

}  // namespace hedge::pipeline
