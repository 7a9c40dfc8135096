// The keys of each kind of actuator: read from its table, checked against what the kind can send.
#pragma once

#include <filesystem>
#include <string>

#include "act/config.h"
#include "base/toml_section.h"

namespace hedge::act {

struct KindReader {
  base::Section& section;
  const toml::table& table;
  const std::filesystem::path& directory;  ///< relative paths are meant from here
  const std::string& name;                 ///< the actuator's

  /// An error at the key's line, or at the table's where the key is not given: "KEY must be ...".
  void reject(const char* key, const std::string& text) const;
};

UdpConfig read_udp(KindReader& reader);
CanConfig read_can(KindReader& reader);
MqttConfig read_mqtt(KindReader& reader);
ModbusConfig read_modbus(KindReader& reader);
GpioConfig read_gpio(KindReader& reader);
WebhookConfig read_webhook(KindReader& reader);
StdoutConfig read_stdout(KindReader& reader);

}  // namespace hedge::act
