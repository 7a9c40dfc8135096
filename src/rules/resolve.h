// Names, types and units of an expression: after this every name is a term, a class or a function, and no condition is
// used as a number or seconds as metres.
#pragma once

#include "rules/source_text.h"
#include "rules/terms.h"

namespace hedge::rules {

/// What a rule must be: a condition of the frame.
/// An unknown name is an error that lists the known ones; so is a quantity of a track outside any(...), all(...),
/// count(...), min(...) or max(...), and a quantity that needs a calibration or a baseline that the scene lacks.
base::Status resolve_condition(Syntax& syntax, const SourceText& source, const Scene& scene,
                               const Vocabulary& vocabulary, Terms& terms);

/// Why a name cannot be one: not a word, or, where it stands in expressions, a word of the language. Empty where it
/// can.
std::string why_no_name(const std::string& name, bool in_expressions);

}  // namespace hedge::rules
