// Tracks in, verdicts out. Pure and replayable: the same frames give the same verdicts, byte for byte, on any machine;
// no clock, no chance, no library function that depends on the CPU. A frame allocates nothing.
//
//   Rules rules = TRY(Rules::create(scene, specs, vocabulary));
//   const Verdict& verdict = rules.evaluate(frame);      // valid until the next call
#pragma once

#include <memory>
#include <span>

#include "rules/frame.h"
#include "rules/hold.h"
#include "rules/program.h"
#include "rules/track_memory.h"

namespace hedge::rules {

/// One [[rule]] as written.
struct RuleSpec {
  std::string name;
  SourceText when;
  Hold hold;                                ///< condition -> on
  Hold release;                             ///< no condition -> off
  std::chrono::nanoseconds on_time_min{0};  ///< on for at least this, whatever the condition does
  int priority = 0;                         ///< verdicts come highest first; equal ones in the order of the file
  std::vector<std::string> actuators;       ///< `do`: who acts when it goes on and off
  std::string description;
};

/// A number that a rule saw: `quantity` is an index into Rules::quantities of the rule.
struct Reading {
  int quantity = 0;
  int track = -1;    ///< id; -1: of the frame
  double value = 0;  ///< NaN: not known
};

struct RuleVerdict {
  int rule = 0;            ///< index into Rules::rules()
  bool condition = false;  ///< of this frame alone
  bool on = false;
  bool rising = false, falling = false;  ///< `on` changed with this frame
  std::vector<int> tracks;               ///< ids that made the condition true, in the order of the frame
  /// Every quantity of the frame and every aggregate; where the condition is true, also what the first
  /// kReadingTracksMax of `tracks` had.
  std::vector<Reading> readings;
};

struct Verdict {
  std::chrono::nanoseconds time{0};
  std::vector<RuleVerdict> rules;  ///< highest priority first
  int tracks_ignored = 0;          ///< confirmed tracks beyond kTracksMax
};

inline constexpr std::size_t kReadingTracksMax = 16;

/// A quantity that a rule reads, by name.
struct QuantityName {
  std::string text;
  Type type;
  int term = -1;  ///< -1: an aggregate
};

struct Rule {
  RuleSpec spec;
  std::string understood;  ///< the condition with all parentheses and units
  Program program;
  std::vector<QuantityName> quantities;  ///< the program's terms, then its aggregates
};

class Rules {
 public:
  /// An error names file, line and column of the rule.
  static base::Result<Rules> create(Scene scene, std::vector<RuleSpec> specs, Vocabulary vocabulary);

  const Verdict& evaluate(const Frame& frame);
  /// What a quantity was for a track in the last frame; NaN: not known, or no rule reads it.
  double track_value(Quantity quantity, int id) const;
  /// Forgets all tracks, counts and states.
  void reset();

  const Scene& scene() const { return setting_->scene; }
  const Vocabulary& vocabulary() const { return setting_->vocabulary; }
  const std::vector<Rule>& rules() const { return rules_; }
  const Terms& terms() const { return setting_->terms; }

 private:
  struct RuleState {
    HoldState hold, release;
    bool on = false;
    std::chrono::nanoseconds on_since{0};
  };

  struct Setting {
    Scene scene;
    Vocabulary vocabulary;
    Terms terms;
  };

  Rules() = default;
  void judge(std::size_t position, const Table& table, const Frame& frame);
  void note_readings(const Rule& rule, RuleVerdict& verdict, const Table& table);

  std::unique_ptr<Setting> setting_;  // where it stays when Rules is moved: memory_ borrows from it
  std::vector<Rule> rules_;
  std::vector<RuleState> states_;
  std::vector<double> aggregates_;
  std::vector<std::uint8_t> involved_;
  std::unique_ptr<TrackMemory> memory_;
  Verdict verdict_;
  std::chrono::nanoseconds last_time_{0};
  bool started_ = false;
};

}  // namespace hedge::rules
