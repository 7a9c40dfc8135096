#include "act/message.h"

#include <nlohmann/json.hpp>

namespace hedge::act {
namespace {

std::int64_t microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

std::string to_json(const Message& message, const std::string& actuator, const std::string& value) {
  const Command& command = message.command;
  const nlohmann::ordered_json json = {{"actuator", actuator},
                                       {"state", to_string(command.state)},
                                       {"value", value},
                                       {"rule", std::string(command.rule.text())},
                                       {"sequence", message.sequence},
                                       {"repeat", message.repeat},
                                       {"closing", message.closing},
                                       {"t_capture_us", microseconds(command.captured)},
                                       {"t_decision_us", microseconds(command.decided)},
                                       {"t_send_us", microseconds(steady_now())}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace hedge::act
