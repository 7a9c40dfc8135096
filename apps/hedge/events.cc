// hedge events: what a recorder has left in a spool (docs/formats/event.md).
#include <chrono>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "capture/event_store.h"
#include "capture/spool_names.h"
#include "hedge/command.h"

namespace hedge::app {
namespace {

using capture::StoredEvent;
using Json = nlohmann::ordered_json;

struct Options {
  std::string spool;
  std::vector<std::string> ids;
  bool json = false;
  bool all = false;
};

// event.json comes from a disk: whatever is in it, it is read without an exception.

/// The value of a key, or null.
const Json& at(const Json& json, const char* key) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  const auto found = json.find(key);
  return found == json.end() ? kNull : *found;
}

/// A string as it is, anything else as JSON.
std::string text(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The elements of a list; none of anything else.
const Json& elements(const Json& json) {
  static const Json kNone = Json::array();
  return json.is_array() ? json : kNone;
}

double seconds(const Json& nanoseconds) { return nanoseconds.is_number() ? nanoseconds.get<double>() * 1e-9 : 0; }

/// Null where it cannot be read: a list shows damaged events as well.
Json read_event(const StoredEvent& event) {
  const auto read = base::read_text_file(event.path / capture::kEventFile);
  return read ? Json::parse(*read, nullptr, false) : Json();
}

double clip_seconds(const Json& event) {
  const Json& times = elements(at(at(event, "clip"), "times_ns"));
  return times.empty() ? 0 : seconds(times.back()) - seconds(times.front());
}

base::Result<int> list(const Options& options) {
  const auto events = TRY(capture::list_events(options.spool));
  Json lines = Json::array();
  std::uint64_t bytes = 0;
  if (!options.json)
    fmt::print("{:>8}  {:<16}  {:>8}  {:>7}  {:>10}  {}\n", "event", "time", "priority", "seconds", "KiB", "trigger");
  for (const StoredEvent& event : events) {
    const double length = clip_seconds(read_event(event));
    bytes += event.bytes;
    if (options.json)
      lines.push_back({{"id", event.name.to_string()},
                       {"sequence", event.name.sequence},
                       {"utc", event.name.utc},
                       {"priority", event.name.priority},
                       {"trigger", event.name.trigger},
                       {"seconds", length},
                       {"bytes", event.bytes}});
    else
      fmt::print("{:>8}  {:<16}  {:>8}  {:>7.1f}  {:>10}  {}\n", event.name.sequence, event.name.utc,
                 event.name.priority, length, event.bytes / 1024, event.name.trigger);
  }
  if (options.json)
    fmt::print("{}\n", Json{{"spool", options.spool}, {"bytes", bytes}, {"events", lines}}.dump(2));
  else
    fmt::print("{} events, {:.1f} MiB in {}\n", events.size(), static_cast<double>(bytes) / (1 << 20), options.spool);
  return kOk;
}

void print_trigger(const Json& trigger) {
  fmt::print("  {}  {}  at {:.2f} s of the video, frame {}\n    when {}\n", text(at(trigger, "name")),
             text(at(trigger, "time_utc")), seconds(at(trigger, "clip_offset_ns")), text(at(trigger, "frame")),
             text(at(trigger, "when")));
  for (const Json& number : elements(at(trigger, "numbers"))) {
    const Json& track = at(number, "track");
    fmt::print("    {} = {}{}\n", text(at(number, "name")), text(at(number, "value")),
               track.is_null() ? "" : fmt::format(" (track {})", text(track)));
  }
  for (const Json& track : elements(at(trigger, "tracks")))
    fmt::print("    track {} {} {}  box {}\n", text(at(track, "id")), text(at(track, "label")),
               text(at(track, "score")), text(at(track, "box")));
}

base::Result<int> show(const Options& options) {
  const StoredEvent event = TRY(capture::find_event(options.spool, options.ids.at(0)));
  const Json json = read_event(event);
  if (text(at(json, "format")) != "hedge-event")
    return base::fail(base::ErrorKind::kInvalid, "{}: is damaged; `hedge events verify` says how", event.path.string());
  if (options.json) {
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
    return kOk;
  }
  const Json &clip = at(json, "clip"), &made = at(json, "provenance");
  const std::string cut_short = text(at(clip, "cut_short"));
  fmt::print("{}\n  priority {}, uuid {}\n", event.path.string(), event.name.priority, text(at(json, "uuid")));
  fmt::print("  {}: {} frames, {:.1f} s, {}x{}{}\n", (event.path / capture::kClipFile).string(),
             text(at(clip, "frames")), clip_seconds(json), text(at(clip, "width")), text(at(clip, "height")),
             cut_short.empty() ? "" : ", cut short: " + cut_short);
  fmt::print("  model {} {}, software {}, source {}\n", text(at(made, "model")), text(at(made, "model_sha256")),
             text(at(made, "software")), text(at(made, "source")));
  for (const Json& trigger : elements(at(json, "triggers"))) print_trigger(trigger);
  return kOk;
}

base::Result<std::vector<StoredEvent>> chosen_events(const Options& options) {
  if (options.ids.empty()) return capture::list_events(options.spool);
  std::vector<StoredEvent> events;
  for (const std::string& id : options.ids) events.push_back(TRY(capture::find_event(options.spool, id)));
  return events;
}

base::Result<int> verify(const Options& options) {
  const auto events = TRY(chosen_events(options));
  std::size_t damaged = 0;
  for (const StoredEvent& event : events) {
    const auto hold = capture::EventHold::take(event.path);                  // it must not go away while it is read
    if (!hold && hold.error().kind == base::ErrorKind::kNotFound) continue;  // evicted since it was listed
    const base::Status verdict = capture::verify_event(event.path);
    fmt::print("{}  {}\n", verdict ? "ok" : "NO", verdict ? event.name.to_string() : verdict.error().message);
    damaged += verdict ? 0 : 1;
  }
  fmt::print("{} of {} events are as they were written\n", events.size() - damaged, events.size());
  return damaged == 0 ? kOk : kFailed;
}

base::Result<int> remove(const Options& options) {
  if (options.ids.empty() != options.all)
    return base::fail(base::ErrorKind::kUsage, "events rm: name events, or say --all");
  for (const StoredEvent& event : TRY(chosen_events(options))) {
    TRY(capture::remove_event(event.path));
    fmt::print("removed {}\n", event.name.to_string());
  }
  return kOk;
}

}  // namespace

void add_events(CLI::App& root, Action& chosen) {
  CLI::App* events = add_subcommand(root, "events", "what [capture] has recorded: list, show, verify, rm",
                                    "hedge events list spool; hedge events show spool 42; hedge events verify spool");
  events->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add = [&](const std::string& name, const std::string& purpose, const std::string& example,
                       base::Result<int> (*run)(const Options&)) {
    CLI::App* command = add_subcommand(*events, name, purpose, example);
    command->add_option("spool", options->spool, "the directory that [capture] spool names")->required();
    command->callback([options, &chosen, run] { chosen = [options, run] { return run(*options); }; });
    return command;
  };
  const char* ids = "number, id or the begin of one";
  add("list", "all events, oldest first", "hedge events list spool", list)
      ->add_flag("--json", options->json, "machine-readable");
  CLI::App* shown = add("show", "what one event says", "hedge events show spool 42", show);
  shown->add_option("event", options->ids, ids)->required()->expected(1);
  shown->add_flag("--json", options->json, "event.json");
  add("verify", "are the files as they were written?", "hedge events verify spool        exit code 0: yes, 1: no",
      verify)
      ->add_option("event", options->ids, "some only: " + std::string(ids));
  CLI::App* removed =
      add("rm", "remove events; exit code 7 while one is being uploaded", "hedge events rm spool 42 43", remove);
  removed->add_option("event", options->ids, ids);
  removed->add_flag("--all", options->all, "all of them");
}

}  // namespace hedge::app
