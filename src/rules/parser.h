// Recursive descent over the grammar of docs/formats/pipeline.md. What it finds wrong is one line with file, line,
// column and what was expected there.
#pragma once

#include <chrono>

#include "rules/source_text.h"
#include "rules/syntax.h"

namespace hedge::rules {

/// The tree as written; names are not looked up yet. At most kNodesMax nodes, kDepthMax deep.
base::Result<Syntax> parse_expression(const SourceText& source);

/// "1.5 s", "200 ms": not negative, at most a day.
base::Result<std::chrono::nanoseconds> parse_duration(const SourceText& source);

}  // namespace hedge::rules
