#include "pipeline/reaction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "capture/audit.h"
#include "pipeline/disagreement.h"

namespace hedge::pipeline {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double score_mean_of(const Prediction& prediction) {
  if (prediction.detections.empty()) return kUnknown;
  double sum = 0;
  for (const Detection& detection : prediction.detections) sum += static_cast<double>(detection.score);
  return sum / static_cast<double>(prediction.detections.size());
}

}  // namespace

Reaction::Reaction(rules::Rules rules, Card card, const PipelineFile& file)
    : rules_(std::move(rules)), card_(std::move(card)) {
  for (const rules::Rule& rule : rules_.rules()) {
    rule_names_.emplace_back(rule.spec.name);
    if (!rule.spec.name.starts_with(kTriggerPrefix)) ++first_trigger_;
  }
  outputs_.resize(file.actuators.size());
  for (std::size_t k = 0; k < outputs_.size(); ++k)
    for (std::size_t rule = 0; rule < first_trigger_; ++rule)
      if (std::ranges::find(rules_.rules()[rule].spec.actuators, file.actuators[k].name) !=
          rules_.rules()[rule].spec.actuators.end())
        outputs_[k].rules.push_back(static_cast<int>(rule));
  triggers_on_ = std::make_unique<bool[]>(rules_.rules().size() - first_trigger_);
  seen_tracks_.reserve(rules::kTracksMax);
  seen_numbers_.reserve(capture::kNumbersMax);
  numbers_.assign(rules::frame_numbers().size(), kUnknown);
}

base::Result<std::unique_ptr<Reaction>> Reaction::create(const PipelineFile& file, rules::Rules rules, const Card& card,
                                                         ReactionOptions options, const act::Overruler* overruler) {
  std::unique_ptr<Reaction> reaction(new Reaction(std::move(rules), card, file));  // NOLINT: its constructor is private
  if (file.capture) {
    reaction->audit_rate_ = file.capture->audit_rate;
    reaction->audit_seed_ = file.capture->audit_seed;
  }
  if (options.inert) return reaction;
  for (const act::ActuatorConfig& config : file.actuators)
    reaction->actuators_.push_back(TRY(act::Actuator::create(config, overruler)));
  if (file.capture)
    reaction->recorder_ = TRY(capture::Recorder::create({.config = *file.capture,
                                                         .provenance = std::move(options.provenance),
                                                         .frames_per_second = options.frames_per_second,
                                                         .every_frame = options.every_frame,
                                                         .log = std::move(options.log)}));
  return reaction;
}

void Reaction::measure(const media::Frame& frame, const Prediction& prediction, const FrameFacts& facts) {
  if (last_captured_ != media::Clock::time_point{}) {
    const double seconds = std::chrono::duration<double>(frame.captured - last_captured_).count();
    if (seconds > 0)  // smoothed over some ten frames
      frames_per_second_ += (1 / seconds - frames_per_second_) * (frames_per_second_ > 0 ? 0.1 : 1);
  }
  last_captured_ = frame.captured;
  using enum rules::FrameNumber;
  const auto set = [&](rules::FrameNumber which, double value) { numbers_[static_cast<std::size_t>(which)] = value; };
  set(kLatencyMs, facts.latency.count() > 0 ? static_cast<double>(facts.latency.count()) * 1e-6 : kUnknown);
  set(kFps, frames_per_second_ > 0 ? frames_per_second_ : kUnknown);
  set(kDropped, static_cast<double>(facts.dropped));
  set(kMisses, static_cast<double>(facts.misses));
  set(kScoreMean, score_mean_of(prediction));
  set(kBrightness, facts.brightness);
  set(kThermalC, facts.thermal_c);
  set(kDisagreement, facts.disagreement);
  set(kDisagreementAgeMs, facts.disagreement_age_ms);
  set(kTrackDisagreement, track_disagreement(prediction));
  set(kAudit, capture::in_audit(audit_seed_, frame.index, audit_rate_) ? 1 : 0);
}

const rules::Verdict& Reaction::decide(const media::Frame& frame, const Prediction& prediction,
                                       const FrameFacts& facts) {
  measure(frame, prediction, facts);
  if (!facts.recorded.empty()) {
    constexpr rules::FrameNumber kComputed[] = {rules::FrameNumber::kScoreMean, rules::FrameNumber::kBrightness,
                                                rules::FrameNumber::kAudit, rules::FrameNumber::kTrackDisagreement};
    for (std::size_t k = 0; k < std::min(numbers_.size(), facts.recorded.size()); ++k)
      if (std::ranges::find(kComputed, static_cast<rules::FrameNumber>(k)) == std::end(kComputed))
        numbers_[k] = facts.recorded[k];
  }
  verdict_ = &rules_.evaluate({.time = frame.time,
                               .width = frame.width,
                               .height = frame.height,
                               .tracks = prediction.tracks,
                               .numbers = numbers_});
  return *verdict_;
}

void Reaction::settle() {
  for (Output& output : outputs_) {
    output.state = act::State::kOff;
    for (const rules::RuleVerdict& rule : verdict_->rules) {  // highest priority first
      if (!rule.on || std::ranges::find(output.rules, rule.rule) == output.rules.end()) continue;
      output.state = act::State::kOn;
      output.turned_on_by = rule.rule;
      break;
    }
  }
}

void Reaction::act(const media::Frame& frame, media::Clock::time_point decided) {
  settle();
  for (std::size_t k = 0; k < actuators_.size(); ++k) {
    const int rule = outputs_[k].turned_on_by;
    actuators_[k]->set({.state = outputs_[k].state,
                        .captured = frame.captured.time_since_epoch(),
                        .decided = decided.time_since_epoch(),
                        .rule = rule < 0 ? act::RuleName() : rule_names_[static_cast<std::size_t>(rule)]});
  }
}

void Reaction::keep(const media::Frame& frame, const Prediction& prediction) {
  if (recorder_ == nullptr) return;
  seen_tracks_.clear();
  seen_numbers_.clear();
  for (const track::Track& track : prediction.tracks)
    if (track.confirmed && seen_tracks_.size() < seen_tracks_.capacity())
      seen_tracks_.push_back(
          {.id = track.id,
           .label = track.class_id >= 0 && track.class_id < std::ssize(card_.output.labels)
                        ? std::string_view(card_.output.labels[static_cast<std::size_t>(track.class_id)])
                        : std::string_view(),
           .score = track.score,
           .x = track.box.x,
           .y = track.box.y,
           .width = track.box.width,
           .height = track.box.height});
  for (const rules::RuleVerdict& rule : verdict_->rules) {
    const auto index = static_cast<std::size_t>(rule.rule);
    if (index < first_trigger_) continue;
    triggers_on_[index - first_trigger_] = rule.condition;
    if (!rule.condition) continue;
    for (const rules::Reading& reading : rule.readings)
      if (seen_numbers_.size() < seen_numbers_.capacity())
        seen_numbers_.push_back({rules_.rules()[index].quantities[static_cast<std::size_t>(reading.quantity)].text,
                                 reading.value, reading.track});
  }
  recorder_->on_frame(frame, frame.time, {triggers_on_.get(), rules_.rules().size() - first_trigger_}, seen_tracks_,
                      seen_numbers_);
}

base::Status Reaction::finish() {
  base::Status status;
  for (const auto& actuator : actuators_)
    if (base::Status closed = actuator->close(); status && !closed) status = std::move(closed);
  if (recorder_ != nullptr)
    if (base::Status finished = recorder_->finish(); status && !finished) status = std::move(finished);
  return status;
}

}  // namespace hedge::pipeline
