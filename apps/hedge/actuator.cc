// hedge actuator: tries an actuator of a pipeline file by hand, and shows what arrives of one that sends datagrams.
#include "act/actuator.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "act/datagram.h"
#include "base/descriptor.h"
#include "hedge/command.h"
#include "hedge/stop_on_signals.h"

namespace hedge::app {
namespace {

using act::Datagram;
using act::State;
using base::ErrorKind;
using base::fail;

struct ListenOptions {
  int port = 0;
  std::string address = "127.0.0.1";
  std::int64_t count = 0;
  double seconds = 0;
  bool json = false;
};

base::Result<base::Descriptor> open_receiver(const ListenOptions& options) {
  const addrinfo hints{.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(options.address.c_str(), std::to_string(options.port).c_str(), &hints, &found))
    return fail(ErrorKind::kUsage, "--bind {}: {}", options.address, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, ::freeaddrinfo);
  base::Descriptor socket(::socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), address->ai_addr, address->ai_addrlen) != 0)
    return fail(ErrorKind::kUnavailable, "udp {} port {}: {}", options.address, options.port, std::strerror(errno));
  return socket;
}

base::Result<int> port_of(const base::Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  char port[NI_MAXSERV];
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0 ||
      ::getnameinfo(reinterpret_cast<const sockaddr*>(&storage), size, nullptr, 0, port, sizeof port, NI_NUMERICSERV) !=
          0)
    return fail(ErrorKind::kIo, "the socket's port is not known");
  return std::stoi(port);
}

std::string source_of(const sockaddr_storage& from, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&from), size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "?";
  return fmt::format("{}:{}", host, port);
}

double milliseconds(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// Times after the capture are known only where sender and receiver share the steady clock.
void print(const Datagram& datagram, const std::string& source, std::chrono::nanoseconds received, bool as_json) {
  const bool timed = datagram.clock == act::clock_id() && datagram.captured.count() != 0;
  const double after_capture = milliseconds(received - datagram.captured);
  if (as_json) {
    nlohmann::ordered_json json = {{"from", source},
                                   {"state", act::to_string(datagram.state)},
                                   {"value", datagram.value},
                                   {"rule", fmt::format("{:016x}", datagram.rule)},
                                   {"session", datagram.session},
                                   {"sequence", datagram.sequence},
                                   {"repeat", datagram.repeat},
                                   {"closing", datagram.closing},
                                   {"t_receive_us", received.count() / 1000}};
    if (timed) json["latency_ms"] = after_capture;
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{:<24} {:<4} value {:<6} rule {:016x} sequence {:<6} ", source, act::to_string(datagram.state),
               datagram.value, datagram.rule, datagram.sequence);
    if (datagram.repeat || datagram.closing)
      fmt::print("{}", datagram.closing ? "closing" : "repeat");
    else if (timed)
      fmt::print("{:.3f} ms after capture", after_capture);
    else
      fmt::print("{}", datagram.captured.count() == 0 ? "no capture time" : "another machine's clock");
    fmt::print("\n");
  }
  std::fflush(stdout);
}

base::Result<int> listen(const ListenOptions& options) {
  const base::Descriptor socket = TRY(open_receiver(options));
  const std::atomic<bool>& stop = stop_on_signals();
  fmt::print(stderr, "hedge: listening on {} port {}\n", options.address, TRY(port_of(socket)));
  const auto end = act::steady_now() + std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9));
  std::int64_t shown = 0;
  while (!stop && (options.count == 0 || shown < options.count)) {
    const double left_ms = options.seconds > 0 ? milliseconds(end - act::steady_now()) : 1000;
    if (left_ms <= 0) break;
    pollfd watched{socket.get(), POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(left_ms) + 1) <= 0) continue;
    std::array<std::byte, 2048> bytes;
    sockaddr_storage from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = ::recvfrom(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &from_size);
    const auto received = act::steady_now();
    if (size < 0) continue;
    const std::string source = source_of(from, from_size);
    const auto datagram = act::decode(std::span(bytes).first(static_cast<std::size_t>(size)));
    if (datagram) {
      print(*datagram, source, received, options.json);
      ++shown;
    } else {
      fmt::print(stderr, "hedge: from {}: {}\n", source, datagram.error().message);
    }
  }
  return shown > 0 ? kOk : kFailed;
}

struct SendOptions {
  std::string file, name, rule = "manual";
  State state = State::kOff;
  double hold_seconds = 0, wait_seconds = 5;
};

base::Result<act::ActuatorConfig> find_actuator(const SendOptions& options) {
  const auto configs = TRY(act::load_actuators(options.file));
  std::string names;
  for (const act::ActuatorConfig& config : configs) {
    if (config.name == options.name) return config;
    names += (names.empty() ? "" : ", ") + config.name;
  }
  return fail(ErrorKind::kNotFound, "{}: no actuator is named '{}'; there {}", options.file, options.name,
              names.empty() ? "is none" : "are: " + names);
}

void hold(double seconds, const std::atomic<bool>& stop) {
  const auto end = act::steady_now() + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  while (!stop) {
    const double left_ms = milliseconds(end - act::steady_now());
    if (left_ms <= 0) return;
    ::poll(nullptr, 0, static_cast<int>(std::min(left_ms, 100.0)) + 1);
  }
}

base::Result<int> send(const SendOptions& options) {
  act::ActuatorConfig config = TRY(find_actuator(options));
  const std::atomic<bool>& stop = stop_on_signals();
  const auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(options.wait_seconds * 1000));
  config.close_bound = std::max(config.close_bound, wait);  // by hand there is no frame to wait for
  const auto actuator = TRY(act::Actuator::create(config));
  if (!actuator->wait_connected(wait)) {
    const std::string reason = actuator->counters().last_error;
    static_cast<void>(actuator->leave());
    return fail(ErrorKind::kUnavailable, "actuator '{}': {}", options.name, reason.empty() ? "no connection" : reason);
  }
  const auto now = act::steady_now();
  actuator->set({.state = options.state, .captured = now, .decided = now, .rule = act::RuleName(options.rule)});
  if (options.hold_seconds > 0) {
    hold(options.hold_seconds, stop);
    TRY(actuator->close());
  } else {
    TRY(actuator->leave());
  }
  const act::Counters counters = actuator->counters();
  fmt::print("actuator '{}' ({}): {} sent", options.name, act::kind_name(config), act::to_string(options.state));
  if (options.hold_seconds > 0) fmt::print(", held, then {}", act::to_string(config.close_state));
  fmt::print("; {} messages{}{}\n", counters.sent,
             counters.last_error.empty() ? "" : ", last error: ", counters.last_error);
  return kOk;
}

void add_listen(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<ListenOptions>();
  CLI::App* command = add_subcommand(parent, "listen", "show the datagrams of UDP actuators, with their latency",
                                     "hedge actuator listen --udp 47800");
  command->add_option("--udp", options->port, "port to receive on; 0: any free one, which is printed")
      ->required()
      ->check(CLI::Range(0, 65535));
  command->add_option("--bind", options->address, "address to receive on; 0.0.0.0: from other machines too")
      ->capture_default_str();
  command->add_option("--count", options->count, "end after so many datagrams");
  command->add_option("--seconds", options->seconds, "end after so long");
  command->add_flag("--json", options->json, "one JSON object a line");
  command->callback([options, &chosen] { chosen = [options] { return listen(*options); }; });
}

void add_send(CLI::App& parent, Action& chosen) {
  auto options = std::make_shared<SendOptions>();
  CLI::App* command =
      add_subcommand(parent, "send", "put one actuator into a state; it stays there unless --hold is given",
                     "hedge actuator send vehicle.toml brake_udp on --hold 2");
  command->add_option("file", options->file, "a pipeline file with [[actuator]] tables")->required();
  command->add_option("name", options->name, "which of them")->required();
  command->add_option("state", options->state, "on, off or safe")
      ->required()
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, State>{{"off", State::kOff}, {"on", State::kOn}, {"safe", State::kSafe}}));
  command->add_option("--hold", options->hold_seconds,
                      "repeat the state for so many seconds, then close as the table says");
  command->add_option("--wait", options->wait_seconds, "seconds to wait for the connection and for the last message")
      ->capture_default_str();
  command->add_option("--rule", options->rule, "the rule's name in the message")->capture_default_str();
  command->callback([options, &chosen] { chosen = [options] { return send(*options); }; });
}

}  // namespace

void add_actuator(CLI::App& root, Action& chosen) {
  CLI::App* command = add_subcommand(root, "actuator", "try an actuator by hand, or show what arrives of one",
                                     "hedge actuator send vehicle.toml brake_udp on");
  command->require_subcommand(1);
  add_listen(*command, chosen);
  add_send(*command, chosen);
}

}  // namespace hedge::app
