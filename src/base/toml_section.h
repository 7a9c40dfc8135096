// A table of a TOML file (a card, a pipeline), read key by key; what nobody asked for is an error at the end. The first
// problem wins: it names file and line.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1  // Debian builds the library with exceptions only
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fmt/ranges.h>

#include "base/result.h"

namespace hedge::base {

/// The first problem wins: "file:line: text", the line where `at` begins.
inline void report(std::optional<Error>& problem, const std::string& file, const toml::node& at,
                   const std::string& text) {
  if (!problem) problem = Error{ErrorKind::kInvalid, fmt::format("{}:{}: {}", file, at.source().begin.line, text)};
}

class Section {
 public:
  Section(const toml::table* table, std::string name, const std::string& file, std::optional<Error>& problem)
      : table_(table), name_(std::move(name)), file_(file), problem_(problem) {}

  void read(const char* key, std::string& value, bool required = false) {
    if (const toml::node* node = find(key, required))
      store(node->value_exact<std::string>(), value, *node, key, "a string");
  }
  void read(const char* key, bool& value) {
    if (const toml::node* node = find(key, false)) store(node->value_exact<bool>(), value, *node, key, "true or false");
  }
  template <std::floating_point T>
  void read(const char* key, T& value, std::type_identity_t<T> least, std::type_identity_t<T> most) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return;
    store(node->is_number() ? node->value<double>() : std::nullopt, value, *node, key, "a number");
    if (!(value >= least && value <= most)) report(*node, fmt::format("{} must be {} to {}", key, least, most));
  }
  void read(const char* key, int& value, int least, int most, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const auto number = node->value_exact<std::int64_t>();
    if (!number || *number < least || *number > most)
      return report(*node, fmt::format("{} must be a whole number from {} to {}", key, least, most));
    value = static_cast<int>(*number);
  }
  template <class Enum>
  void read(const char* key, Enum& value, const std::map<std::string, Enum>& words, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    const auto word = node->value_exact<std::string>();
    if (word && words.contains(*word)) {
      value = words.at(*word);
      return;
    }
    std::string known;
    for (const auto& [text, unused] : words) known += (known.empty() ? "" : ", ") + text;
    report(*node, fmt::format("{} must be one of: {}", key, known));
  }
  /// A list of numbers; a number alone is a list of one.
  void read_numbers(const char* key, std::vector<float>& values) {
    const toml::node* node = table_ != nullptr ? table_->get(key) : nullptr;
    if (node == nullptr || !node->is_number()) return read_list<double>(key, values, "numbers");
    known_.insert(key);
    values.assign(1, static_cast<float>(*node->value<double>()));
  }
  /// A list of pairs of numbers, such as points.
  void read_pairs(const char* key, std::vector<std::array<double, 2>>& pairs, bool required = false) {
    const toml::node* node = find(key, required);
    if (node == nullptr) return;
    pairs.clear();
    const auto refuse = [&](const toml::node& at) {
      report(at, fmt::format("{} must be a list of pairs: [[x, y], ...]", key));
    };
    if (!node->is_array()) return refuse(*node);
    for (const toml::node& item : *node->as_array()) {
      const toml::array* pair = item.as_array();
      if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number())
        return refuse(item);
      pairs.push_back({*(*pair)[0].value<double>(), *(*pair)[1].value<double>()});
      if (!std::isfinite(pairs.back()[0]) || !std::isfinite(pairs.back()[1])) return refuse(item);
    }
  }
  template <class T, class Stored>
  void read_list(const char* key, std::vector<Stored>& values, const char* what) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return;
    values.clear();
    if (const toml::array* array = node->as_array()) {
      for (const toml::node& item : *array) {
        const auto value = item.value<T>();
        if (!value) return report(item, fmt::format("{} must hold {}", key, what));
        values.push_back(static_cast<Stored>(*value));
      }
      return;
    }
    report(*node, fmt::format("{} must be a list of {}", key, what));
  }
  /// A table within this one, whose keys a Section of its own reads; nullptr where there is none.
  const toml::table* read_table(const char* key) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) report(*node, fmt::format("{0} must be a table: [{1}.{0}]", key, name_));
    return node->as_table();
  }
  void finish() {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_)
      if (!known_.contains(std::string(key.str())))
        report(node, fmt::format("unknown key '{}' in [{}]; known are: {}", key.str(), name_, fmt::join(known_, ", ")));
  }
  /// What was read cannot stand, for a reason beyond a single key's range.
  void refuse(const char* key, const std::string& text) {
    if (const toml::node* node = find(key, true)) report(*node, fmt::format("{} {}", key, text));
  }
  void report(const toml::node& at, const std::string& text) { base::report(problem_, file_, at, text); }

 private:
  const toml::node* find(const char* key, bool required) {
    known_.insert(key);
    const toml::node* node = table_ != nullptr ? table_->get(key) : nullptr;
    if (node == nullptr && required && table_ != nullptr)
      report(*table_, fmt::format("[{}] lacks the key '{}'", name_, key));
    else if (node == nullptr && required && !problem_)
      problem_ = Error{ErrorKind::kInvalid, fmt::format("{}: [{}] lacks the key '{}'", file_, name_, key)};
    return node;
  }
  template <class From, class To>
  void store(const std::optional<From>& from, To& to, const toml::node& node, const char* key, const char* what) {
    if (from)
      to = static_cast<To>(*from);
    else
      report(node, fmt::format("{} must be {}", key, what));
  }

  const toml::table* table_;
  std::string name_;
  const std::string& file_;
  std::optional<Error>& problem_;
  std::set<std::string> known_;
};

}  // namespace hedge::base
