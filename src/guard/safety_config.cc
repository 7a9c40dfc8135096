#include "guard/safety_config.h"

#include <algorithm>
#include <optional>

#include "base/toml_document.h"

namespace hedge::guard {
namespace {

using base::ErrorKind;
using base::fail;
using base::Section;

/// A key whose name ends in _ms.
void read_ms(Section& section, const char* key, nanoseconds& value, int least, int most) {
  auto ms = static_cast<int>(std::chrono::duration_cast<milliseconds>(value).count());
  section.read(key, ms, least, most);
  value = milliseconds(ms);
}

void read_number(Section& section, const char* key, double& value, float least, float most) {
  auto number = static_cast<float>(value);
  section.read(key, number, least, most);
  value = static_cast<double>(number);
}

class Reader {
 public:
  Reader(const toml::table& root, const std::string& file) : root_(root), file_(file) {}

  base::Result<SafetyConfig> read() {
    const toml::node* node = root_.get("safety");
    if (node == nullptr) return config_;
    table_ = node->as_table();
    if (table_ == nullptr)
      return fail(ErrorKind::kInvalid, "{}:{}: safety must be a table: [safety]", file_, node->source().begin.line);
    Section section(table_, "safety", file_, problem_);
    section.read("isolate", config_.isolate);
    section.read_list<std::string>("outputs", config_.outputs, "names of actuators");
    watchdog(section);
    camera(section);
    section.read("check_finite", config_.check_finite);
    section.read("misses_max", config_.budget.misses_max, 1, 64);
    section.read("misses_of", config_.budget.misses_of, 1, 64);
    budget(section.read_table("budget"));
    ladder(section.read_table("ladder"));
    realtime(section.read_table("realtime"));
    section.finish();
    agree();
    if (problem_) return std::unexpected(*problem_);
    return config_;
  }

 private:
  void watchdog(Section& section) {
    WatchdogRules& rules = config_.watchdog;
    read_ms(section, "poll_ms", rules.poll, 1, 50);
    read_ms(section, "stall_ms", rules.safe.stall, 10, 60000);
    read_ms(section, "start_ms", rules.safe.start, 100, 600000);
    read_ms(section, "repeat_ms", rules.repeat, 5, 10000);
    read_ms(section, "stop_ms", rules.stop, 100, 60000);
    read_ms(section, "hang_ms", rules.hang, 0, 600000);
    section.read("return", rules.safe.back, {{"auto", ReturnRule::kAuto}, {"manual", ReturnRule::kManual}});
    read_ms(section, "healthy_ms", rules.safe.healthy, 0, 600000);
    section.read("healthy_frames", rules.safe.healthy_frames, 1, 100000);
    section.read("at_end", rules.safe.at_end, {{"safe", EndRule::kSafe}, {"leave", EndRule::kLeave}});
    section.read("after_fault", rules.after_fault,
                 {{"restart", AfterFault::kRestart}, {"hold", AfterFault::kHold}, {"end", AfterFault::kEnd}});
    read_ms(section, "restart_ms", rules.restart, 10, 600000);
    read_ms(section, "restart_max_ms", rules.restart_max, 10, 3600000);
    section.read("restarts_max", rules.restarts_max, 0, 1000000);
    read_ms(section, "settled_ms", rules.settled, 0, 3600000);
    read_ms(section, "unwatched_ms", config_.unwatched, 20, 60000);
  }

  void camera(Section& section) {
    FrameLimits& limits = config_.frames;
    read_ms(section, "frozen_ms", limits.frozen, 0, 600000);
    read_ms(section, "black_ms", limits.black, 0, 600000);
    read_ms(section, "no_frames_ms", limits.no_frames, 10, 600000);
    section.read("black_level", limits.black_level, 0, 254);
    // The watchdog looks for itself whether frames are decided on.
    config_.watchdog.safe.no_frames = limits.no_frames;
  }

  void budget(const toml::table* table) {
    if (table == nullptr) return;
    Section section(table, "safety.budget", file_, problem_);
    for (std::size_t k = 0; k < kStageCount; ++k) {
      float ms = 0;
      section.read(kStageNames[k], ms, 0, 60000);
      config_.budget.stages[k] = nanoseconds(static_cast<std::int64_t>(static_cast<double>(ms) * 1e6));
    }
    section.finish();
  }

  void ladder(const toml::table* table) {
    if (table == nullptr) return;
    Section section(table, "safety.ladder", file_, problem_);
    std::vector<std::string> words;
    section.read_list<std::string>("rungs", words, "strings");
    for (const std::string& word : words) add_rung(*table, word);
    LadderRules& rules = config_.ladder;
    read_number(section, "high", rules.high, 0.1F, 10);
    read_number(section, "low", rules.low, 0.05F, 10);
    read_ms(section, "down_ms", rules.down, 10, 600000);
    read_ms(section, "up_ms", rules.up, 100, 3600000);
    read_ms(section, "up_max_ms", rules.up_max, 100, 86400000);
    read_number(section, "thermal_high_c", rules.thermal_high_c, 20, 150);
    read_number(section, "thermal_low_c", rules.thermal_low_c, 0, 150);
    section.read("rate_divisor", config_.rate_divisor, 2, 16);
    section.read("engine", config_.small_engine);
    section.finish();
    const auto has = [&](Rung rung) { return std::ranges::find(rules.rungs, rung) != rules.rungs.end(); };
    if (rules.rungs.empty()) report(*table, "[safety.ladder] lacks the key 'rungs'");
    if (rules.low >= rules.high) report(*table, "low must be less than high");
    if (rules.thermal_low_c >= rules.thermal_high_c) report(*table, "thermal_low_c must be less than thermal_high_c");
    if (rules.up_max < rules.up) report(*table, "up_max_ms must be at least up_ms");
    if (has(Rung::kSmallEngine) == config_.small_engine.empty())
      report(*table, "the rung \"engine\" and the key 'engine' (a .hedge file) need each other");
  }

  void add_rung(const toml::table& table, const std::string& word) {
    std::vector<Rung>& rungs = config_.ladder.rungs;
    for (const Rung rung : {Rung::kTrackerLight, Rung::kLowRate, Rung::kSmallEngine, Rung::kSafe}) {
      if (word != to_string(rung)) continue;
      if (!rungs.empty() && rungs.back() >= rung)
        report(*table.get("rungs"), "rungs go down in this order, each at most once: tracker, rate, engine, safe");
      rungs.push_back(rung);
      return;
    }
    report(*table.get("rungs"), fmt::format("no rung '{}'; known are: tracker, rate, engine, safe", word));
  }

  void realtime(const toml::table* table) {
    if (table == nullptr) return;
    Section section(table, "safety.realtime", file_, problem_);
    section.read("fifo_priority", config_.realtime.fifo_priority, 0, 98);
    section.read("lock_memory", config_.realtime.lock_memory);
    section.read_list<std::int64_t>("cpus", config_.realtime.cpus, "whole numbers");
    section.finish();
    if (std::ranges::any_of(config_.realtime.cpus, [](int cpu) { return cpu < 0 || cpu >= 1024; }))
      report(*table->get("cpus"), "cpus must hold numbers from 0 to 1023");
    if (config_.realtime.fifo_priority > 0)
      config_.watchdog.realtime.fifo_priority = config_.realtime.fifo_priority + 1;
  }

  /// What only two keys together can get wrong.
  void agree() {
    const WatchdogRules& rules = config_.watchdog;
    if (config_.budget.misses_max > config_.budget.misses_of)
      report(at("misses_max"), "misses_max must be at most misses_of");
    if (rules.safe.stall < 2 * rules.poll) report(at("stall_ms"), "stall_ms must be at least twice poll_ms");
    if (config_.unwatched < 4 * rules.poll) report(at("unwatched_ms"), "unwatched_ms must be at least 4 times poll_ms");
    if (rules.restart_max < rules.restart) report(at("restart_ms"), "restart_ms must be at most restart_max_ms");
    for (std::size_t k = 0; k < config_.outputs.size(); ++k)
      if (std::ranges::count(config_.outputs, config_.outputs[k]) > 1)
        report(at("outputs"), fmt::format("outputs names '{}' twice", config_.outputs[k]));
  }

  const toml::node& at(const char* key) const {
    const toml::node* node = table_->get(key);
    return node != nullptr ? *node : *table_;
  }
  void report(const toml::node& node, const std::string& text) { base::report(problem_, file_, node, text); }

  const toml::table& root_;
  const std::string& file_;
  const toml::table* table_ = nullptr;
  std::optional<base::Error> problem_;
  SafetyConfig config_;
};

}  // namespace

base::Result<SafetyConfig> read_safety(const toml::table& root, const std::string& file) {
  return Reader(root, file).read();
}

base::Result<SafetyConfig> parse_safety(std::string_view text, const std::string& file) {
  return read_safety(TRY(base::parse_toml(text, file)), file);
}

}  // namespace hedge::guard
