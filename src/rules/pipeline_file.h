// The sections of a pipeline file that say where things are and when to act: [camera], [[zone]], [[line]], [[rule]].
// docs/formats/pipeline.md is their schema.
#pragma once

#include <optional>

#include "rules/rules.h"

namespace hedge::rules {

struct RulesFile {
  Scene scene;
  std::vector<RuleSpec> rules;
};

/// Of a parsed file; other sections are left to whom they belong. `document` is the whole text: expressions are found
/// in it again, so that an error names its column. Where `actuators` are given, `do` may only name these. The first
/// problem is one line with file and line: unknown keys, names that are there twice, polygons that cross themselves,
/// points that fix no ground plane.
base::Result<RulesFile> read_rules_file(const toml::table& root, std::string_view document, const std::string& file,
                                        const Vocabulary& vocabulary,
                                        const std::optional<std::vector<std::string>>& actuators = std::nullopt);

/// kInvalid with file and line for a section that no part of a pipeline file has.
base::Status check_sections(const toml::table& root, const std::string& file);

/// The names of the [[actuator]]s of a file, whatever else they say.
std::vector<std::string> actuator_names(const toml::table& root);

/// What the expressions of this file may name: these classes, and the numbers that a pipeline measures, of which some
/// want a section of their own.
Vocabulary vocabulary_of(const toml::table& root, std::vector<std::string> labels);

/// All of it from text: for tests and for `hedge rules`.
base::Result<Rules> load_rules(std::string_view document, const std::string& file, const Vocabulary& vocabulary);

}  // namespace hedge::rules
