// Home Assistant's MQTT discovery: the retained message by which the actuator's state appears there as a sensor.
#pragma once

#include <string>

#include "act/config.h"

namespace hedge::act {

struct Discovery {
  std::string topic;
  std::string payload;  ///< JSON
};

Discovery make_discovery(const MqttConfig& config, const std::string& actuator);

}  // namespace hedge::act
