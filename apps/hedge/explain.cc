// hedge explain: why a rule fired, from the decision log: the numbers, the things, the model, the times, what was sent.
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "capture/spool_names.h"
#include "format/log_directory.h"
#include "hedge/recorded_run.h"
#include "pipeline/explain.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using nlohmann::json;

struct Options {
  std::string path, rule, log;
  std::int64_t frame = -1;
  bool as_json = false;
};

/// A log, or an event that points at one: which run, and which frames and rules of it.
struct Wanted {
  format::LogParts parts;
  std::vector<std::pair<std::int64_t, std::string>> triggers;  ///< of an event: frame and rule
};

base::Result<Wanted> of_event(const fs::path& event, const std::string& log) {
  const std::string text = TRY(base::read_text_file(event / capture::kEventFile));
  const json read = json::parse(text, nullptr, false);
  const auto broken = [&] {
    return fail(ErrorKind::kInvalid, "{}/{}: breaks its format", event.string(), capture::kEventFile);
  };
  if (!read.is_object() || !read.contains("triggers") || !read["triggers"].is_array()) return broken();
  const json known = read.contains("log") ? read["log"] : json();
  const auto text_of = [&](const char* key) {
    return known.is_object() && known.contains(key) && known[key].is_string() ? known[key].get<std::string>() : "";
  };
  const std::string directory = log.empty() ? text_of("directory") : log;
  if (directory.empty())
    return fail(ErrorKind::kNotFound,
                "{}: was recorded without a decision log: `hedge events show` tells what it holds; [log] in the "
                "pipeline file keeps the chain from now on",
                event.string());
  Wanted wanted{.parts = TRY(format::find_run(directory, text_of("run"))), .triggers = {}};
  for (const json& trigger : read["triggers"]) {
    if (!trigger.is_object() || !trigger.contains("name") || !trigger["name"].is_string() ||
        !trigger.contains("frame") || !trigger["frame"].is_number_integer())
      return broken();
    wanted.triggers.emplace_back(trigger["frame"].get<std::int64_t>(),
                                 std::string(pipeline::kTriggerPrefix) + trigger["name"].get<std::string>());
  }
  return wanted;
}

base::Result<Wanted> find(const Options& options) {
  std::error_code error;
  const fs::path event = options.path;
  if (fs::exists(event / capture::kEventFile, error)) return of_event(event, options.log);
  return Wanted{.parts = TRY(format::find_run(options.path)), .triggers = {}};
}

/// Gathers what was asked for while the log is read once.
class Search {
 public:
  Search(const Options& options, const Wanted& wanted, pipeline::ExplainedRun run)
      : options_(options), wanted_(wanted), explainer_(std::move(run)) {}

  void take(format::LogFrame frame) {
    const std::int64_t index = frame.index;
    explainer_.take(std::move(frame));
    for (const auto& [trigger_frame, rule] : wanted_.triggers)
      if (trigger_frame == index) add_event(rule);
    if (!wanted_.triggers.empty()) return;
    if (options_.frame >= 0) {
      if (index == options_.frame)
        add(options_.rule.empty() ? explainer_.explain_all() : explainer_.explain(options_.rule));
      return;
    }
    if (options_.rule.empty()) {
      for (std::string& line : explainer_.changes()) changes_.push_back(std::move(line));
      return;
    }
    for (const pipeline::Explanation& one : explainer_.explain(options_.rule))
      if (one.what == "on") add({one});
  }

  const std::vector<pipeline::Explanation>& found() const { return found_; }
  const std::vector<std::string>& changes() const { return changes_; }
  const pipeline::ExplainedRun& run() const { return explainer_.run(); }

 private:
  void add(const std::vector<pipeline::Explanation>& more) { found_.insert(found_.end(), more.begin(), more.end()); }
  /// The trigger itself, and the rules that were on with it: what the machine was doing then.
  void add_event(const std::string& trigger) {
    add(explainer_.explain(trigger));
    for (const pipeline::Explanation& one : explainer_.explain_all())
      if (!one.rule.starts_with(pipeline::kTriggerPrefix) && !one.frames.empty() && one.frames.back().on) add({one});
  }

  const Options& options_;
  const Wanted& wanted_;
  pipeline::Explainer explainer_;
  std::vector<pipeline::Explanation> found_;
  std::vector<std::string> changes_;
};

void print(const Options& options, const Search& search, const std::vector<std::string>& remarks) {
  if (options.as_json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const pipeline::Explanation& one : search.found()) all.push_back(to_json(search.run(), one));
    const nlohmann::ordered_json whole = {{"explanations", all}, {"changes", search.changes()}, {"remarks", remarks}};
    fmt::print("{}\n", whole.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const std::string& remark : remarks) fmt::print("{}\n", remark);
  for (const std::string& line : search.changes()) fmt::print("{}\n", line);
  for (std::size_t k = 0; k < search.found().size(); ++k)
    fmt::print("{}{}", k == 0 ? "" : "\n", to_text(search.run(), search.found()[k]));
}

base::Result<int> explain(const Options& options) {
  const Wanted wanted = TRY(find(options));
  format::RunReader log = TRY(format::RunReader::open(wanted.parts));
  const auto file = TRY(recorded_file(log.run()));
  if (!file)
    return fail(ErrorKind::kUsage, "{}: ran without a pipeline file: there are no rules to explain", options.path);
  const rules::Rules rules = TRY(recorded_rules(log.run(), *file));
  if (!options.rule.empty() &&
      std::ranges::none_of(rules.rules(), [&](const rules::Rule& rule) { return rule.spec.name == options.rule; })) {
    std::string known;
    for (const rules::Rule& rule : rules.rules()) known += (known.empty() ? "" : ", ") + rule.spec.name;
    return fail(ErrorKind::kNotFound, "no rule '{}'; the run had: {}", options.rule, known);
  }
  std::vector<std::string> actuators;
  for (const act::ActuatorConfig& actuator : file->actuators) actuators.push_back(actuator.name);
  Search search(options, wanted, {.run = log.run(), .rules = rules, .actuators = std::move(actuators)});
  std::vector<std::string> remarks;
  while (auto record = TRY(log.next())) {
    if (auto* frame = std::get_if<format::LogFrame>(&*record))
      search.take(std::move(*frame));
    else if (const auto* gap = std::get_if<format::LogGap>(&*record))
      remarks.push_back(gap->frames < 0 ? std::string("a part of the log is gone")
                                        : fmt::format("{} frames between {} and {} are not in the log", gap->frames,
                                                      gap->first_index, gap->last_index));
    else if (auto* note = std::get_if<format::LogNote>(&*record))
      remarks.push_back(std::move(note->text));
  }
  remarks.insert(remarks.end(), log.damages().begin(), log.damages().end());
  print(options, search, remarks);
  if (search.found().empty() && (options.frame >= 0 || !wanted.triggers.empty()))
    return fail(ErrorKind::kNotFound, "{}: the frame is not in the log", options.path);
  return kOk;
}

}  // namespace

void add_explain(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_subcommand(root, "explain", "print why a rule fired: numbers, things, model, times, what was sent",
                     "hedge explain log --rule brake\n"
                     "  hedge explain spool/0000000001-20261125T001221Z-p8-near_miss");
  command
      ->add_option(
          "path", options->path,
          "a decision log (directory or .hlog file), or the directory of an event; alone, a log's rules as they "
          "went on and off")
      ->required();
  command->add_option("--frame", options->frame, "what was decided on the frame with this index");
  command->add_option("--rule", options->rule,
                      "each time that this rule came on, or with --frame, the rule in that frame");
  command->add_option("--log", options->log, "of an event: where its decision log lies now");
  command->add_flag("--json", options->as_json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return explain(*options); }; });
}

}  // namespace hedge::app
