#include "act/discovery.h"

#include <nlohmann/json.hpp>

namespace hedge::act {

Discovery make_discovery(const MqttConfig& config, const std::string& actuator) {
  nlohmann::ordered_json json = {{"name", actuator},
                                 {"unique_id", config.device + "_" + actuator},
                                 {"state_topic", config.topic},
                                 {"availability_topic", config.availability_topic},
                                 {"payload_available", "online"},
                                 {"payload_not_available", "offline"},
                                 {"qos", config.qos}};
  if (config.payload == MqttPayload::kJson) {
    json["value_template"] = "{{ value_json.value }}";
    json["json_attributes_topic"] = config.topic;
  }
  json["device"] = {{"identifiers", nlohmann::ordered_json::array({config.device})},
                    {"name", config.device},
                    {"manufacturer", "Hedge"},
                    {"model", "actuator"}};
  return {.topic = fmt::format("{}/sensor/{}/{}/config", config.discovery_prefix, config.device, actuator),
          .payload = json.dump()};
}

}  // namespace hedge::act
