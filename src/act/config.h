// [[actuator]] tables of a pipeline file (TOML), read and checked: docs/formats/actuator.md describes every key.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "act/command.h"
#include "base/result.h"
#include "base/toml_section.h"

namespace hedge::act {

using std::chrono::milliseconds;

struct UdpConfig {
  std::string host;
  int port = 0;
  Values<int> values{.off = 0, .on = 1, .safe = 2};
};

struct CanConfig {
  std::string interface;
  int id = 0;
  bool extended = false;
  Values<std::vector<std::byte>> values;  ///< all of one length, 1 to 8 bytes
  int counter_byte = -1;                  ///< index of a byte that counts the frames; -1: none
  int checksum_byte = -1;                 ///< index of a byte with the CRC-8 (SAE J1850) of the others; -1: none
};

enum class MqttPayload { kValue, kJson };

struct MqttConfig {
  std::string host;
  int port = 0;
  std::string topic;
  Values<std::string> values{.off = "OFF", .on = "ON", .safe = "SAFE"};
  MqttPayload payload = MqttPayload::kValue;
  int qos = 0;
  bool retain = false;
  std::string availability_topic;
  int keepalive_s = 10;
  std::string client_id;  ///< empty: made of the name and a random number
  std::string user, password;
  bool tls = false;
  std::string tls_ca_file, tls_cert_file, tls_key_file;  ///< no CA: the system's
  bool home_assistant = false;
  std::string discovery_prefix = "homeassistant";
  std::string device = "hedge";
  milliseconds timeout{1000};
};

enum class ModbusTable { kCoil, kRegister };

struct ModbusConfig {
  std::string host;
  int port = 502;
  int unit = 1;
  ModbusTable table = ModbusTable::kCoil;
  int address = 0;
  Values<int> values;
  milliseconds timeout{500};
};

struct GpioConfig {
  std::string chip;
  std::string line;  ///< an offset, or the line's name
  bool active_low = false;
  bool open_drain = false;
  Values<int> values;
};

struct WebhookConfig {
  std::string url;
  Values<std::string> values{.off = "OFF", .on = "ON", .safe = "SAFE"};
  std::vector<std::string> headers;
  std::string tls_ca_file;
  milliseconds timeout{2000};
};

struct StdoutConfig {
  Values<std::string> values{.off = "OFF", .on = "ON", .safe = "SAFE"};
  int descriptor = 1;  ///< not a key: where a program has given its standard output to something else
};

using KindConfig =
    std::variant<UdpConfig, CanConfig, MqttConfig, ModbusConfig, GpioConfig, WebhookConfig, StdoutConfig>;

enum class Sending {
  kEvery,   ///< each set() is sent
  kChange,  ///< a set() that asks for the state that the last one asked for is not
};

struct ActuatorConfig {
  std::string name;
  KindConfig kind;
  Sending sending = Sending::kEvery;
  milliseconds repeat{0};            ///< the state is sent again when nothing was for so long; 0: never
  State close_state = State::kSafe;  ///< what close() sends
  milliseconds close_bound{500};     ///< close() waits at most so long
};

/// The file's word for the kind: "udp", "can", ...
const char* kind_name(const ActuatorConfig& config);

/// The [[actuator]] tables of a parsed file; none is an empty list. `file` stands in errors; relative paths of files
/// are meant from `directory`. Sections of others are not looked at.
base::Result<std::vector<ActuatorConfig>> read_actuators(const toml::table& root, const std::string& file,
                                                         const std::filesystem::path& directory);

/// The same of a file's text.
base::Result<std::vector<ActuatorConfig>> parse_actuators(std::string_view text, const std::string& file,
                                                          const std::filesystem::path& directory = ".");
base::Result<std::vector<ActuatorConfig>> load_actuators(const std::filesystem::path& path);

}  // namespace hedge::act
