#include "act/config.h"

#include <algorithm>

#include "act/config_kinds.h"
#include "base/file.h"
#include "base/toml_document.h"

namespace hedge::act {
namespace {

using base::ErrorKind;
using base::fail;
using base::Section;

constexpr int kActuatorsMax = 64;
constexpr int kRepeatMsLeast = 10, kRepeatMsMost = 3'600'000;

enum class Kind { kUdp, kCan, kMqtt, kModbus, kGpio, kWebhook, kStdout };

const std::map<std::string, Kind> kKinds = {
    {"udp", Kind::kUdp},   {"can", Kind::kCan},         {"mqtt", Kind::kMqtt},    {"modbus", Kind::kModbus},
    {"gpio", Kind::kGpio}, {"webhook", Kind::kWebhook}, {"stdout", Kind::kStdout}};

/// How often a kind tells its state again, and whether every set() is sent: what its receivers expect.
struct Habits {
  Sending sending;
  int repeat_ms;
};

Habits habits_of(Kind kind) {
  switch (kind) {
    case Kind::kUdp:
    case Kind::kCan: return {Sending::kEvery, 100};
    case Kind::kMqtt:
    case Kind::kModbus: return {Sending::kChange, 1000};
    case Kind::kGpio:
    case Kind::kWebhook:
    case Kind::kStdout: return {Sending::kChange, 0};
  }
  return {Sending::kEvery, 0};
}

// In topics, client identifiers and thread names: letters that mean nothing there.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '_' || letter == '-';
  });
}

KindConfig read_kind(Kind kind, KindReader& reader) {
  switch (kind) {
    case Kind::kUdp: return read_udp(reader);
    case Kind::kCan: return read_can(reader);
    case Kind::kMqtt: return read_mqtt(reader);
    case Kind::kModbus: return read_modbus(reader);
    case Kind::kGpio: return read_gpio(reader);
    case Kind::kWebhook: return read_webhook(reader);
    case Kind::kStdout: return read_stdout(reader);
  }
  return {};
}

ActuatorConfig read_actuator(const toml::table& table, const std::string& file, const std::filesystem::path& directory,
                             std::optional<base::Error>& problem) {
  ActuatorConfig config;
  Section section(&table, "[actuator]", file, problem);
  section.read("name", config.name, true);
  Kind kind = Kind::kUdp;
  section.read("kind", kind, kKinds, true);
  if (problem) return config;  // what follows depends on the kind
  KindReader reader{section, table, directory, config.name};
  if (!is_name(config.name)) reader.reject("name", "must be 1 to 64 letters, digits, '_' or '-'");
  const Habits habits = habits_of(kind);
  config.sending = habits.sending;
  section.read("send", config.sending, {{"every", Sending::kEvery}, {"change", Sending::kChange}});
  int repeat_ms = habits.repeat_ms;
  section.read("repeat_ms", repeat_ms, 0, kRepeatMsMost);
  if (repeat_ms != 0 && repeat_ms < kRepeatMsLeast)
    reader.reject("repeat_ms", fmt::format("must be 0 (never) or at least {}", kRepeatMsLeast));
  config.repeat = milliseconds(repeat_ms);
  section.read("close", config.close_state, {{"off", State::kOff}, {"safe", State::kSafe}});
  int close_ms = static_cast<int>(config.close_bound.count());
  section.read("close_ms", close_ms, 1, 60'000);
  config.close_bound = milliseconds(close_ms);
  config.kind = read_kind(kind, reader);
  section.finish();
  return config;
}

}  // namespace

const char* kind_name(const ActuatorConfig& config) {
  // In the order of the variant.
  static constexpr const char* kNames[] = {"udp", "can", "mqtt", "modbus", "gpio", "webhook", "stdout"};
  static_assert(std::size(kNames) == std::variant_size_v<KindConfig>);
  return kNames[config.kind.index()];
}

base::Result<std::vector<ActuatorConfig>> read_actuators(const toml::table& root, const std::string& file,
                                                         const std::filesystem::path& directory) {
  std::vector<ActuatorConfig> configs;
  const toml::node* node = root.get("actuator");
  if (node == nullptr) return configs;
  const toml::array* tables = node->as_array();
  const int line = static_cast<int>(node->source().begin.line);
  if (tables == nullptr || !tables->is_array_of_tables())
    return fail(ErrorKind::kInvalid, "{}:{}: actuators are tables: [[actuator]]", file, line);
  if (tables->size() > kActuatorsMax)
    return fail(ErrorKind::kResourceLimit, "{}: {} actuators, at most {}", file, tables->size(), kActuatorsMax);
  std::optional<base::Error> problem;
  for (const toml::node& item : *tables) {
    ActuatorConfig config = read_actuator(*item.as_table(), file, directory, problem);
    if (problem) return std::unexpected(*problem);
    if (std::ranges::any_of(configs, [&](const ActuatorConfig& other) { return other.name == config.name; }))
      return fail(ErrorKind::kInvalid, "{}:{}: two actuators are named '{}'", file,
                  (*item.as_table())["name"].node()->source().begin.line, config.name);
    configs.push_back(std::move(config));
  }
  return configs;
}

base::Result<std::vector<ActuatorConfig>> parse_actuators(std::string_view text, const std::string& file,
                                                          const std::filesystem::path& directory) {
  return read_actuators(TRY(base::parse_toml(text, file)), file, directory);
}

base::Result<std::vector<ActuatorConfig>> load_actuators(const std::filesystem::path& path) {
  const std::string text = TRY(base::read_text_file(path, 1 << 20));
  return parse_actuators(text, path.string(), path.parent_path());
}

}  // namespace hedge::act
