#include "rules/unit.h"

#include <fmt/format.h>

namespace hedge::rules {
namespace {

struct Row {
  std::string_view word;
  double factor;
  Unit unit;
};
constexpr Row kRows[] = {
    {"s", 1, kSecond},    {"ms", 1e-3, kSecond}, {"us", 1e-6, kSecond}, {"min", 60, kSecond},
    {"h", 3600, kSecond}, {"m", 1, kMetre},      {"cm", 1e-2, kMetre},  {"mm", 1e-3, kMetre},
    {"km", 1000, kMetre}, {"px", 1, kPixel},     {"%", 1e-2, kPlain},
};

void append(std::string& text, const char* word, int power) {
  if (power == 0) return;
  if (!text.empty()) text += ' ';
  text += word;
  if (power != 1) text += fmt::format("^{}", power);
}

}  // namespace

Unit product(Unit a, Unit b) { return {a.second + b.second, a.metre + b.metre, a.pixel + b.pixel}; }
Unit quotient(Unit a, Unit b) { return {a.second - b.second, a.metre - b.metre, a.pixel - b.pixel}; }

std::string to_string(Unit unit) {
  if (unit == kMetrePerSecond) return "m/s";
  if (unit == kPixelPerSecond) return "px/s";
  std::string text;
  append(text, "m", unit.metre);
  append(text, "px", unit.pixel);
  append(text, "s", unit.second);
  return text;
}

std::string describe(Unit unit) {
  if (unit.plain()) return "a plain number";
  if (unit == kSecond) return "a time (s)";
  if (unit == kMetre) return "a length (m)";
  if (unit == kMetrePerSecond) return "a speed (m/s)";
  return fmt::format("a quantity in {}", to_string(unit));
}

std::optional<UnitWord> find_unit(std::string_view word) {
  for (const Row& row : kRows)
    if (row.word == word) return UnitWord{row.factor, row.unit};
  return std::nullopt;
}

std::string unit_words() {
  std::string words;
  for (const Row& row : kRows) words += fmt::format("{}{}", words.empty() ? "" : ", ", row.word);
  return words;
}

}  // namespace hedge::rules
