// Why something happened, from a decision log: which rule, what it read over the frames that it had to hold for, which
// things made it true, by which model, how long each step took and what was sent.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "format/decision_log.h"
#include "rules/rules.h"

namespace hedge::pipeline {

/// What a rule saw in one frame.
struct SeenFrame {
  std::int64_t index = 0, time_ns = 0;
  bool condition = false, on = false;
  std::vector<std::string> readings;  ///< "ttc of 7 = 1.4 s"
};

struct Explanation {
  std::string rule;
  std::string what;  ///< "on", "off", "condition true", "condition false"
  std::string when, understood, hold, release, description;
  std::vector<SeenFrame> frames;  ///< over which it had to hold, the last one is the frame itself
  format::LogFrame frame;
  std::vector<format::LogTrack> tracks;  ///< that made it true
  struct Sent {
    std::string actuator, state;
    bool changed = false;  ///< it was another one in the frame before
    bool asked = false;    ///< the rule names it in `do`
  };
  std::vector<Sent> sent;
};

/// What does not depend on the frame.
struct ExplainedRun {
  const format::LogRun& run;
  const rules::Rules& rules;
  std::vector<std::string> actuators;  ///< their names, in the file's order
};

class Explainer {
 public:
  explicit Explainer(ExplainedRun run) : run_(std::move(run)) {}

  /// The next frame of the log.
  void take(format::LogFrame frame);
  /// About a rule of the frame that was taken last; nothing where the frame has no such rule.
  std::vector<Explanation> explain(const std::string& rule) const;
  /// About all rules that are on, whose condition is true or that changed; about all, where there is none.
  std::vector<Explanation> explain_all() const;
  /// One line for each rule that went on or off with the last frame.
  std::vector<std::string> changes() const;

  const ExplainedRun& run() const { return run_; }

 private:
  Explanation explain(const format::LogRule& rule) const;
  const rules::Rule* rule_of(const format::LogRule& rule) const;
  SeenFrame seen(const format::LogFrame& frame, std::size_t rule) const;

  ExplainedRun run_;
  std::deque<format::LogFrame> recent_;  ///< the last is the newest
};

/// For people, several lines.
std::string to_text(const ExplainedRun& run, const Explanation& explanation);
nlohmann::ordered_json to_json(const ExplainedRun& run, const Explanation& explanation);

}  // namespace hedge::pipeline
