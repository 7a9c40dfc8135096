#include "capture/config.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace hedge::capture {
namespace {

using base::Section;
using std::chrono::nanoseconds;

constexpr std::size_t kTriggersMax = 32;
constexpr int kKbpsLeast = 100;  // below this the picture shows nothing

void read_seconds(Section& section, const char* key, nanoseconds& value, float least, float most) {
  float seconds = std::chrono::duration<float>(value).count();
  section.read(key, seconds, least, most);
  value = nanoseconds(std::llround(static_cast<double>(seconds) * 1e6) * 1000);  // a float is not exact below
}

bool usable_name(const std::string& name) {
  return !name.empty() && name.size() <= 40 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void read_trigger(const toml::table& table, const std::string& file, std::optional<base::Error>& problem,
                  std::vector<TriggerConfig>& triggers) {
  Section section(&table, "trigger", file, problem);
  TriggerConfig trigger;
  section.read("name", trigger.name, true);
  section.read("when", trigger.when, true);
  read_seconds(section, "pre_seconds", trigger.pre, 0, 600);
  read_seconds(section, "post_seconds", trigger.post, 0, 600);
  read_seconds(section, "interval_seconds", trigger.interval_min, 0, 86400);
  section.read("priority", trigger.priority, 0, 9);
  section.read("events_per_hour", trigger.per_hour_max, 1, 3600);
  section.finish();
  if (!usable_name(trigger.name))
    section.report(table, "name must be 1 to 40 letters, digits, - or _: it becomes part of a directory's name");
  if (std::ranges::any_of(triggers, [&](const TriggerConfig& other) { return other.name == trigger.name; }))
    section.report(table, fmt::format("a trigger named '{}' stands above", trigger.name));
  triggers.push_back(std::move(trigger));
}

}  // namespace

nanoseconds CaptureConfig::pre_max() const {
  nanoseconds longest{0};
  for (const TriggerConfig& trigger : triggers) longest = std::max(longest, trigger.pre);
  return longest;
}

int CaptureConfig::kbps() const {
  // The ring holds the pre-trigger time and up to one group more, and for 2 s what a busy disk has not taken yet.
  const double seconds = std::chrono::duration<double>(pre_max() + key_interval).count() + 2;
  const double fits = static_cast<double>(ring_bytes_max) * 8 / 1000 / seconds;
  return static_cast<int>(std::min<double>(kbps_max, fits));
}

CaptureConfig read_capture(const toml::table& root, const std::string& file, std::optional<base::Error>& problem) {
  CaptureConfig config;
  const auto wrong = [&](const toml::node& at, const std::string& text) { base::report(problem, file, at, text); };
  const toml::node* node = root.get("capture");
  const toml::node* triggers = root.get("trigger");
  if (node == nullptr) {
    if (triggers != nullptr) wrong(*triggers, "[[trigger]] needs a section [capture] that names the spool");
    return config;
  }
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    wrong(*node, "capture must be a section: [capture]");
    return config;
  }
  Section section(table, "capture", file, problem);
  int spool_mb = 1024, ring_mb = 32, seed = 1;
  float audit_rate = 0;
  section.read("spool", config.spool, true);
  section.read("spool_mb", spool_mb, 1, 1 << 30);
  section.read("ring_mb", ring_mb, 1, 4096);
  read_seconds(section, "key_frame_seconds", config.key_interval, 0.1f, 10);
  read_seconds(section, "clip_seconds_max", config.clip_max, 1, 3600);
  section.read("kbps_max", config.kbps_max, kKbpsLeast, 200000);
  section.read("encoder", config.encoder);
  section.read("audit_rate", audit_rate, 0, 1);
  section.read("audit_seed", seed, 0, 1 << 30);
  section.finish();
  config.spool_bytes_max = static_cast<std::uint64_t>(spool_mb) << 20;
  config.ring_bytes_max = static_cast<std::size_t>(ring_mb) << 20;
  config.audit_rate = static_cast<double>(audit_rate);
  config.audit_seed = static_cast<std::uint64_t>(seed);
  if (triggers == nullptr) {
    wrong(*node, "[capture] without a [[trigger]] would record nothing");
    return config;
  }
  const toml::array* list = triggers->as_array();
  if (list == nullptr || !list->is_homogeneous<toml::table>() || list->size() > kTriggersMax) {
    wrong(*triggers, fmt::format("triggers must be sections [[trigger]], at most {}", kTriggersMax));
    return config;
  }
  for (const toml::node& trigger : *list) {
    read_trigger(*trigger.as_table(), file, problem, config.triggers);
    const TriggerConfig& read = config.triggers.back();
    if (read.pre + read.post > config.clip_max)
      wrong(trigger, "pre_seconds and post_seconds are together more than clip_seconds_max of [capture]");
  }
  if (config.kbps() < kKbpsLeast)
    wrong(*node, fmt::format("ring_mb = {} cannot hold the longest pre_seconds at {} kbit/s; make it larger", ring_mb,
                             kKbpsLeast));
  return config;
}

}  // namespace hedge::capture
