#include "rules/rules.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "rules/parser.h"
#include "rules/resolve.h"

namespace hedge::rules {
namespace {

/// Positions, highest priority first; equal ones as they stand.
std::vector<std::size_t> by_priority(const std::vector<RuleSpec>& specs) {
  std::vector<std::size_t> positions(specs.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  std::ranges::sort(positions, [&](std::size_t a, std::size_t b) {
    return specs[a].priority != specs[b].priority ? specs[a].priority > specs[b].priority : a < b;
  });
  return positions;
}

}  // namespace

base::Result<Rules> Rules::create(Scene scene, std::vector<RuleSpec> specs, Vocabulary vocabulary) {
  Rules made;
  made.setting_ = std::make_unique<Setting>(Setting{std::move(scene), std::move(vocabulary), {}});
  Setting& setting = *made.setting_;
  std::size_t aggregates = 0;
  for (const std::size_t position : by_priority(specs)) {
    RuleSpec& spec = specs[position];
    Syntax syntax = TRY(parse_expression(spec.when));
    TRY(resolve_condition(syntax, spec.when, setting.scene, setting.vocabulary, setting.terms));
    Rule rule{.spec = {},
              .understood = to_text(syntax),
              .program = TRY(compile_program(syntax, spec.when, setting.terms)),
              .quantities = {}};
    for (const int term : rule.program.terms)
      rule.quantities.push_back({setting.terms[term].text, setting.terms[term].type, term});
    for (std::size_t k = 0; k < rule.program.aggregates.size(); ++k)
      rule.quantities.push_back({rule.program.aggregates[k], rule.program.aggregate_types[k], -1});
    rule.spec = std::move(spec);
    aggregates = std::max(aggregates, rule.program.aggregates.size());
    made.rules_.push_back(std::move(rule));
  }
  made.memory_ = std::make_unique<TrackMemory>(setting.scene, setting.terms);
  made.states_.resize(made.rules_.size());
  made.aggregates_.resize(aggregates);
  made.involved_.resize(kTracksMax);
  made.verdict_.rules.resize(made.rules_.size());
  for (std::size_t k = 0; k < made.rules_.size(); ++k) {
    made.verdict_.rules[k].rule = static_cast<int>(k);
    made.verdict_.rules[k].tracks.reserve(kTracksMax);
    made.verdict_.rules[k].readings.reserve(made.rules_[k].quantities.size() * (1 + kReadingTracksMax));
  }
  return made;
}

void Rules::reset() {
  started_ = false;
  std::ranges::fill(states_, RuleState{});
  memory_->clear();
}

const Verdict& Rules::evaluate(const Frame& frame) {
  if (started_ && frame.time < last_time_) reset();
  started_ = true;
  last_time_ = frame.time;
  const Table& table = memory_->observe(frame);
  verdict_.time = frame.time;
  verdict_.tracks_ignored = memory_->ignored();
  for (std::size_t k = 0; k < rules_.size(); ++k) judge(k, table, frame);
  return verdict_;
}

void Rules::judge(std::size_t position, const Table& table, const Frame& frame) {
  const Rule& rule = rules_[position];
  RuleState& state = states_[position];
  RuleVerdict& verdict = verdict_.rules[position];
  std::fill_n(involved_.begin(), table.track_count, std::uint8_t{0});
  verdict.condition = run_program(rule.program, table, {.aggregates = aggregates_, .involved = involved_}) != 0;
  const bool held = state.hold.update(rule.spec.hold, verdict.condition, frame.time);
  const bool released = state.release.update(rule.spec.release, !verdict.condition, frame.time);
  const bool was_on = state.on;
  if (!was_on && held && verdict.condition) {
    state.on = true;
    state.on_since = frame.time;
    state.release.clear();  // what was before it came on says nothing about going off
  } else if (was_on && released && !verdict.condition && frame.time - state.on_since >= rule.spec.on_time_min) {
    state.on = false;
  }
  verdict.on = state.on;
  verdict.rising = state.on && !was_on;
  verdict.falling = !state.on && was_on;
  verdict.tracks.clear();
  if (verdict.condition)
    for (std::size_t k = 0; k < table.track_count; ++k)
      if (involved_[k] != 0) verdict.tracks.push_back(memory_->ids()[k]);
  note_readings(rule, verdict, table);
}

void Rules::note_readings(const Rule& rule, RuleVerdict& verdict, const Table& table) {
  verdict.readings.clear();
  std::size_t aggregate = 0;
  for (std::size_t q = 0; q < rule.quantities.size(); ++q) {
    const int index = static_cast<int>(q);
    if (rule.quantities[q].term < 0) {
      verdict.readings.push_back({.quantity = index, .track = -1, .value = aggregates_[aggregate++]});
      continue;
    }
    const Term& term = setting_->terms[rule.quantities[q].term];
    const auto column = static_cast<std::size_t>(term.column);
    if (!term.of_track) {
      verdict.readings.push_back({.quantity = index, .track = -1, .value = table.frame[column]});
      continue;
    }
    std::size_t noted = 0;
    for (std::size_t k = 0; k < table.track_count && verdict.condition && noted < kReadingTracksMax; ++k) {
      if (involved_[k] == 0) continue;
      verdict.readings.push_back(
          {.quantity = index, .track = memory_->ids()[k], .value = table.tracks[k * table.track_columns + column]});
      ++noted;
    }
  }
}

double Rules::track_value(Quantity quantity, int id) const {
  const Table& table = memory_->table();
  const auto ids = memory_->ids();
  const auto row = std::ranges::find(ids, id) - ids.begin();
  for (const Term& term : setting_->terms.all())
    if (term.of_track && term.quantity == quantity && row < std::ssize(ids))
      return table.tracks[static_cast<std::size_t>(row) * table.track_columns + static_cast<std::size_t>(term.column)];
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace hedge::rules
