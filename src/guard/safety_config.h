// The [safety] section of a pipeline file (TOML), read and checked: docs/formats/safety.md describes every key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/toml_section.h"
#include "guard/deadline_monitor.h"
#include "guard/frame_monitor.h"
#include "guard/ladder.h"
#include "guard/realtime_setup.h"
#include "guard/watchdog.h"

namespace hedge::guard {

struct SafetyConfig {
  bool isolate = true;               ///< a watchdog process
  std::vector<std::string> outputs;  ///< actuators that are put into SAFE; empty: all
  WatchdogRules watchdog;
  nanoseconds unwatched = milliseconds(250);  ///< the worker sends SAFE itself when the watchdog is silent for so long
  FrameLimits frames;
  bool check_finite = true;
  Budget budget;  ///< its deadline is not read here: [pipeline] deadline_ms
  LadderRules ladder;
  int rate_divisor = 2;      ///< kLowRate: one frame of so many
  std::string small_engine;  ///< kSmallEngine: the engine file, as it is written
  RealtimeRequest realtime;  ///< of the worker; the watchdog's priority is one above
};

/// The section of a parsed file; one that is not there gives the defaults. `file` stands in errors. Other sections are
/// not looked at.
base::Result<SafetyConfig> read_safety(const toml::table& root, const std::string& file);

/// The same of a file's text.
base::Result<SafetyConfig> parse_safety(std::string_view text, const std::string& file);

}  // namespace hedge::guard
