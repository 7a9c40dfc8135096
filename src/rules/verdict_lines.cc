#include "rules/verdict_lines.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace hedge::rules {
namespace {

using nlohmann::ordered_json;

const QuantityName& quantity_of(const Rules& rules, const RuleVerdict& verdict, const Reading& reading) {
  return rules.rules()[static_cast<std::size_t>(verdict.rule)].quantities[static_cast<std::size_t>(reading.quantity)];
}

std::string class_name(const Rules& rules, double value) {
  const auto& classes = rules.vocabulary().classes;
  const auto index = static_cast<std::size_t>(value);
  return index < classes.size() ? classes[index] : fmt::format("class {}", index);
}

ordered_json to_json(const Rules& rules, const QuantityName& quantity, double value) {
  if (std::isnan(value)) return nullptr;
  if (quantity.type.kind == Type::Kind::kBool) return value != 0;
  if (quantity.type.kind == Type::Kind::kClass) return class_name(rules, value);
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

}  // namespace

std::string to_json_line(const Rules& rules, const Verdict& verdict, std::int64_t frame_index) {
  ordered_json line;
  line["frame"] = frame_index;
  line["t_ns"] = verdict.time.count();
  if (verdict.tracks_ignored > 0) line["tracks_ignored"] = verdict.tracks_ignored;
  auto& list = line["rules"] = ordered_json::array();
  for (const RuleVerdict& rule : verdict.rules) {
    ordered_json entry;
    entry["rule"] = rules.rules()[static_cast<std::size_t>(rule.rule)].spec.name;
    entry["condition"] = rule.condition;
    entry["on"] = rule.on;
    if (rule.rising) entry["edge"] = "rising";
    if (rule.falling) entry["edge"] = "falling";
    entry["tracks"] = rule.tracks;
    auto& readings = entry["readings"] = ordered_json::array();
    for (const Reading& reading : rule.readings) {
      const QuantityName& quantity = quantity_of(rules, rule, reading);
      ordered_json item;
      item["of"] = quantity.text;
      if (reading.track >= 0) item["track"] = reading.track;
      item["value"] = to_json(rules, quantity, reading.value);
      if (const std::string unit = to_string(quantity.type.unit); !unit.empty()) item["unit"] = unit;
      readings.push_back(std::move(item));
    }
    list.push_back(std::move(entry));
  }
  // Names come from files: bytes that are no UTF-8 are replaced, never thrown about.
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string to_text(const Rules& rules, const RuleVerdict& verdict, const Reading& reading) {
  const QuantityName& quantity = quantity_of(rules, verdict, reading);
  const auto value = [&]() -> std::string {
    if (std::isnan(reading.value)) return "unknown";
    if (quantity.type.kind == Type::Kind::kBool) return reading.value != 0 ? "true" : "false";
    if (quantity.type.kind == Type::Kind::kClass) return class_name(rules, reading.value);
    const std::string unit = to_string(quantity.type.unit);
    return fmt::format("{:.4g}{}{}", reading.value, unit.empty() ? "" : " ", unit);
  };
  const std::string whose = reading.track >= 0 ? fmt::format(" of {}", reading.track) : "";
  return fmt::format("{}{} = {}", quantity.text, whose, value());
}

}  // namespace hedge::rules
