// A command on its way out, as the links get it, and its form as JSON.
#pragma once

#include <string>

#include "act/command.h"

namespace hedge::act {

struct Message {
  Command command;
  std::uint64_t sequence = 0;  ///< of what is sent, repeats included; from 1
  bool repeat = false;         ///< the state of a message before
  bool closing = false;        ///< the last message of this actuator
};

/// One line without its end: what stdout, webhook and MQTT with payload = "json" send. docs/formats/actuator.md.
std::string to_json(const Message& message, const std::string& actuator, const std::string& value);

}  // namespace hedge::act
