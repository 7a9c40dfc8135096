// Verdicts in words and as JSON lines: what was decided, by whom it came and which numbers were seen.
#pragma once

#include <string>

#include "rules/rules.h"

namespace hedge::rules {

/// One line without its newline; numbers as shortest decimals that read back the same, null where not known, "inf".
/// docs/formats/track_lines.md is the schema.
std::string to_json_line(const Rules& rules, const Verdict& verdict, std::int64_t frame_index);

/// "ttc of 7 = 1.32 s", "count(person) = 3", "class of 7 = person".
std::string to_text(const Rules& rules, const RuleVerdict& verdict, const Reading& reading);

}  // namespace hedge::rules
