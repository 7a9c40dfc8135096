#include "act/config_kinds.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/file.h"

namespace hedge::act {
namespace {

constexpr std::size_t kTextBytesMax = 256;    // so that a line of JSON is shorter than PIPE_BUF
constexpr std::size_t kTopicBytesMax = 1024;  // the protocol allows 65535
constexpr int kCanBytesMax = 8;
constexpr int kCanIdMax = 0x7FF, kCanExtendedIdMax = 0x1FFFFFFF;
constexpr std::size_t kSecretBytesMax = 4096;

void read_text(KindReader& reader, const char* key, std::string& value, bool required = false,
               std::size_t bytes_max = kTextBytesMax) {
  reader.section.read(key, value, required);
  if (value.size() > bytes_max) reader.reject(key, fmt::format("must have at most {} bytes", bytes_max));
  if (required && value.empty()) reader.reject(key, "must not be empty");
  if (std::ranges::any_of(value, [](unsigned char letter) { return letter < 0x20; }))
    reader.reject(key, "must not have control characters");
}

void read_values(KindReader& reader, Values<std::string>& values) {
  read_text(reader, "off", values.off);
  read_text(reader, "on", values.on);
  read_text(reader, "safe", values.safe);
}

void read_values(KindReader& reader, Values<int>& values, int least, int most, bool required) {
  reader.section.read("off", values.off, least, most, required);
  reader.section.read("on", values.on, least, most, required);
  reader.section.read("safe", values.safe, least, most, required);
}

void read_timeout(KindReader& reader, milliseconds& timeout) {
  int ms = static_cast<int>(timeout.count());
  reader.section.read("timeout_ms", ms, 1, 60'000);
  timeout = milliseconds(ms);
}

/// A file's path, from the directory of the pipeline file.
void read_path(KindReader& reader, const char* key, std::string& path) {
  read_text(reader, key, path, false, kTopicBytesMax);
  if (path.empty()) return;
  path = (reader.directory / path).string();
  if (!std::filesystem::is_regular_file(path)) reader.reject(key, fmt::format("names no file: {}", path));
}

/// A secret from a file of its own, its last line end left away.
void read_secret(KindReader& reader, const char* key, std::string& secret) {
  std::string path;
  read_path(reader, key, path);
  if (path.empty()) return;
  const auto text = base::read_text_file(path, kSecretBytesMax);
  if (!text) return reader.reject(key, fmt::format("cannot be read: {}", text.error().message));
  secret = *text;
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
}

void read_host(KindReader& reader, std::string& host) { read_text(reader, "host", host, true); }

std::optional<std::vector<std::byte>> from_hex(const std::string& text) {
  std::vector<std::byte> bytes;
  int digits = 0, value = 0;
  for (const char letter : text) {
    if (letter == ' ' && digits == 0) continue;
    const int digit = letter >= '0' && letter <= '9'   ? letter - '0'
                      : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                      : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                                       : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + digit;
    if (++digits < 2) continue;
    bytes.push_back(static_cast<std::byte>(value));
    digits = value = 0;
  }
  if (digits != 0) return std::nullopt;
  return bytes;
}

void read_bytes(KindReader& reader, const char* key, std::vector<std::byte>& bytes) {
  std::string text;
  reader.section.read(key, text, true);
  const auto parsed = from_hex(text);
  if (!parsed || parsed->empty() || parsed->size() > kCanBytesMax)
    return reader.reject(key, fmt::format("must be 1 to {} bytes in hexadecimal: \"01 00\"", kCanBytesMax));
  bytes = *parsed;
}

void read_topic(KindReader& reader, const char* key, std::string& topic, bool required) {
  read_text(reader, key, topic, required, kTopicBytesMax);
  if (topic.find_first_of("#+") != std::string::npos) reader.reject(key, "must not have the wildcards '#' and '+'");
}

void read_tls(KindReader& reader, MqttConfig& config) {
  base::Section& section = reader.section;
  section.read("tls", config.tls);
  config.port = config.tls ? 8883 : 1883;
  section.read("port", config.port, 1, 65535);
  read_path(reader, "tls_ca_file", config.tls_ca_file);
  read_path(reader, "tls_cert_file", config.tls_cert_file);
  read_path(reader, "tls_key_file", config.tls_key_file);
  if (!config.tls)
    for (const char* key : {"tls_ca_file", "tls_cert_file", "tls_key_file"})
      if (reader.table.contains(key)) reader.reject(key, "needs tls = true");
  if (config.tls_cert_file.empty() != config.tls_key_file.empty())
    reader.reject(config.tls_cert_file.empty() ? "tls_key_file" : "tls_cert_file",
                  "must come with its other half: tls_cert_file and tls_key_file");
}

void read_login(KindReader& reader, MqttConfig& config) {
  read_text(reader, "user", config.user);
  read_text(reader, "password", config.password);
  if (reader.table.contains("password") && reader.table.contains("password_file"))
    reader.reject("password_file", "must not stand beside password");
  read_secret(reader, "password_file", config.password);
  if (config.user.empty() && !config.password.empty())
    reader.reject(reader.table.contains("password") ? "password" : "password_file", "needs a user");
}

}  // namespace

void KindReader::reject(const char* key, const std::string& text) const {
  const toml::node* node = table.get(key);
  section.report(node != nullptr ? *node : static_cast<const toml::node&>(table), fmt::format("{} {}", key, text));
}

UdpConfig read_udp(KindReader& reader) {
  UdpConfig config;
  read_host(reader, config.host);
  reader.section.read("port", config.port, 1, 65535, true);
  read_values(reader, config.values, std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), false);
  return config;
}

CanConfig read_can(KindReader& reader) {
  CanConfig config;
  read_text(reader, "interface", config.interface, true, 15);  // IFNAMSIZ - 1
  reader.section.read("extended", config.extended);
  reader.section.read("id", config.id, 0, config.extended ? kCanExtendedIdMax : kCanIdMax, true);
  read_bytes(reader, "off", config.values.off);
  read_bytes(reader, "on", config.values.on);
  read_bytes(reader, "safe", config.values.safe);
  const int size = static_cast<int>(config.values.off.size());
  if (config.values.on.size() != config.values.off.size()) reader.reject("on", "must have as many bytes as off");
  if (config.values.safe.size() != config.values.off.size()) reader.reject("safe", "must have as many bytes as off");
  reader.section.read("counter_byte", config.counter_byte, 0, std::max(size - 1, 0));
  reader.section.read("checksum_byte", config.checksum_byte, 0, std::max(size - 1, 0));
  if (config.counter_byte >= 0 && config.counter_byte == config.checksum_byte)
    reader.reject("checksum_byte", "must be another byte than counter_byte");
  return config;
}

MqttConfig read_mqtt(KindReader& reader) {
  MqttConfig config;
  base::Section& section = reader.section;
  read_host(reader, config.host);
  read_tls(reader, config);
  read_topic(reader, "topic", config.topic, true);
  config.availability_topic = config.topic + "/availability";
  read_topic(reader, "availability_topic", config.availability_topic, false);
  if (config.availability_topic.empty()) reader.reject("availability_topic", "must not be empty");
  read_values(reader, config.values);
  section.read("payload", config.payload, {{"value", MqttPayload::kValue}, {"json", MqttPayload::kJson}});
  config.qos = 1;
  section.read("qos", config.qos, 0, 2);
  section.read("retain", config.retain);
  section.read("keepalive_s", config.keepalive_s, 5, 3600);
  read_text(reader, "client_id", config.client_id);
  read_login(reader, config);
  section.read("home_assistant", config.home_assistant);
  read_topic(reader, "discovery_prefix", config.discovery_prefix, false);
  read_topic(reader, "device", config.device, false);
  if (config.device.empty() || config.device.find('/') != std::string::npos)
    reader.reject("device", "must be a word without '/'");
  read_timeout(reader, config.timeout);
  return config;
}

ModbusConfig read_modbus(KindReader& reader) {
  ModbusConfig config;
  read_host(reader, config.host);
  reader.section.read("port", config.port, 1, 65535);
  reader.section.read("unit", config.unit, 0, 255);
  reader.section.read("table", config.table, {{"coil", ModbusTable::kCoil}, {"register", ModbusTable::kRegister}},
                      true);
  reader.section.read("address", config.address, 0, 65535, true);
  read_values(reader, config.values, 0, config.table == ModbusTable::kCoil ? 1 : 65535, true);
  read_timeout(reader, config.timeout);
  return config;
}

GpioConfig read_gpio(KindReader& reader) {
  GpioConfig config;
  read_text(reader, "chip", config.chip, true);
  read_text(reader, "line", config.line, true);
  reader.section.read("active_low", config.active_low);
  reader.section.read("open_drain", config.open_drain);
  read_values(reader, config.values, 0, 1, true);
  return config;
}

WebhookConfig read_webhook(KindReader& reader) {
  WebhookConfig config;
  read_text(reader, "url", config.url, true, 2048);
  if (!config.url.starts_with("http://") && !config.url.starts_with("https://"))
    reader.reject("url", "must begin with http:// or https://");
  read_values(reader, config.values);
  reader.section.read_list<std::string>("headers", config.headers, "strings");
  for (const std::string& header : config.headers)
    if (header.find(':') == std::string::npos || header.find_first_of("\r\n") != std::string::npos)
      reader.reject("headers", "must hold lines of the form \"Name: value\"");
  std::string secret;
  read_secret(reader, "authorization_file", secret);
  if (secret.find_first_of("\r\n") != std::string::npos) reader.reject("authorization_file", "must hold one line");
  if (!secret.empty()) config.headers.push_back("Authorization: " + secret);
  read_path(reader, "tls_ca_file", config.tls_ca_file);
  read_timeout(reader, config.timeout);
  return config;
}

StdoutConfig read_stdout(KindReader& reader) {
  StdoutConfig config;
  read_values(reader, config.values);
  return config;
}

}  // namespace hedge::act
