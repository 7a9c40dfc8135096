#include "pipeline/explain.h"

#include <algorithm>

#include "act/command.h"
#include "rules/verdict_lines.h"

namespace hedge::pipeline {
namespace {

constexpr std::size_t kRecentMax = 1024;

const format::LogRule* find(const format::LogFrame& frame, std::size_t rule) {
  const auto found = std::ranges::find(frame.rules, rule, &format::LogRule::rule);
  return found == frame.rules.end() ? nullptr : &*found;
}

std::string state_name(std::uint8_t state) {
  return state <= static_cast<std::uint8_t>(act::State::kSafe) ? act::to_string(static_cast<act::State>(state))
                                                               : fmt::format("state {}", state);
}

const char* what_of(const format::LogRule& rule) {
  if (rule.rising) return "on";
  if (rule.falling) return "off";
  return rule.condition ? "condition true" : "condition false";
}

/// Whether `frame` belongs to what the hold looks back on from `last`.
bool in_hold(const rules::Hold& hold, std::size_t frames_back, const format::LogFrame& frame,
             const format::LogFrame& last) {
  if (hold.duration.count() == 0) return frames_back < static_cast<std::size_t>(hold.window);
  return last.time_ns - frame.time_ns <= hold.duration.count();
}

}  // namespace

const rules::Rule* Explainer::rule_of(const format::LogRule& rule) const {
  const auto& all = run_.rules.rules();
  return rule.rule < all.size() ? &all[rule.rule] : nullptr;
}

void Explainer::take(format::LogFrame frame) {
  recent_.push_back(std::move(frame));
  if (recent_.size() > kRecentMax) recent_.pop_front();
}

SeenFrame Explainer::seen(const format::LogFrame& frame, std::size_t index) const {
  SeenFrame seen{.index = frame.index, .time_ns = frame.time_ns};
  const format::LogRule* logged = find(frame, index);
  if (logged == nullptr) return seen;
  seen.condition = logged->condition;
  seen.on = logged->on;
  const rules::RuleVerdict verdict{.rule = static_cast<int>(index)};
  for (const format::LogReading& reading : logged->readings)
    if (const auto& quantities = run_.rules.rules()[index].quantities;
        reading.quantity < quantities.size() &&
        quantities[reading.quantity].text !=
            run_.rules.rules()[index].understood)  // the condition as a whole is told already
      seen.readings.push_back(rules::to_text(
          run_.rules, verdict, {.quantity = reading.quantity, .track = reading.track, .value = reading.value}));
  return seen;
}

Explanation Explainer::explain(const format::LogRule& logged) const {
  const rules::Rule& rule = *rule_of(logged);
  const format::LogFrame& last = recent_.back();
  Explanation result{.rule = rule.spec.name,
                     .what = what_of(logged),
                     .when = rule.spec.when.text,
                     .understood = rule.understood,
                     .hold = to_string(rule.spec.hold),
                     .release = to_string(rule.spec.release),
                     .description = rule.spec.description,
                     .frame = last};
  const rules::Hold& hold = logged.falling ? rule.spec.release : rule.spec.hold;
  for (std::size_t back = 0; back < recent_.size(); ++back) {
    const format::LogFrame& frame = recent_[recent_.size() - 1 - back];
    if (!in_hold(hold, back, frame, last)) break;
    result.frames.insert(result.frames.begin(), seen(frame, logged.rule));
  }
  for (const format::LogTrack& track : last.tracks)
    if (std::ranges::find(logged.tracks, track.id) != logged.tracks.end()) result.tracks.push_back(track);
  for (std::size_t k = 0; k < std::min(run_.actuators.size(), last.actuators.size()); ++k) {
    const format::LogFrame* before = recent_.size() > 1 ? &recent_[recent_.size() - 2] : nullptr;
    const bool known = before != nullptr && k < before->actuators.size();
    result.sent.push_back(
        {.actuator = run_.actuators[k],
         .state = state_name(last.actuators[k].state),
         .changed = !known || before->actuators[k].state != last.actuators[k].state,
         .asked = std::ranges::find(rule.spec.actuators, run_.actuators[k]) != rule.spec.actuators.end()});
  }
  return result;
}

std::vector<Explanation> Explainer::explain(const std::string& name) const {
  std::vector<Explanation> all;
  for (const format::LogRule& rule : recent_.back().rules)
    if (const rules::Rule* known = rule_of(rule); known != nullptr && known->spec.name == name)
      all.push_back(explain(rule));
  return all;
}

std::vector<Explanation> Explainer::explain_all() const {
  std::vector<Explanation> active, all;
  for (const format::LogRule& rule : recent_.back().rules) {
    if (rule_of(rule) == nullptr) continue;
    all.push_back(explain(rule));
    if (rule.on || rule.condition || rule.rising || rule.falling) active.push_back(all.back());
  }
  return active.empty() ? all : active;
}

std::vector<std::string> Explainer::changes() const {
  std::vector<std::string> lines;
  const format::LogFrame& last = recent_.back();
  for (const format::LogRule& rule : last.rules) {
    const rules::Rule* known = rule_of(rule);
    if (known == nullptr || (!rule.rising && !rule.falling)) continue;
    std::string numbers;
    for (const std::string& reading : seen(last, rule.rule).readings)
      numbers += (numbers.empty() ? "" : ", ") + reading;
    lines.push_back(fmt::format("{:>9.3f} s  frame {:<6} {:<16} {:<3}  {}", static_cast<double>(last.time_ns) * 1e-9,
                                last.index, known->spec.name, rule.rising ? "ON" : "off", numbers));
  }
  return lines;
}

}  // namespace hedge::pipeline
