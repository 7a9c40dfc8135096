// Debian's mosquitto as a child, and a client that hears what it publishes.
#pragma once

#include <mosquitto.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "act/test_peer.h"

namespace hedge::act::test {

inline bool broker_installed() { return is_installed("mosquitto") || std::filesystem::exists("/usr/sbin/mosquitto"); }

class Broker {
 public:
  /// `lines` are added to its configuration;
  explicit Broker(std::string lines = "allow_anonymous true\n") : lines_(std::move(lines)) {
    // The port is free when it is looked up; should somebody take it before the broker does, the next one is tried.
    for (int attempt = 0; attempt < 5 && child_ == nullptr; ++attempt) {
      port_ = free_port();
      start();
    }
  }

  int port() const { return port_; }
  bool runs() const { return child_ != nullptr; }
  void kill() { child_.reset(); }

  /// On its port; returns once it answers.
  void start() {
    const std::string path =
        folder_.write("broker.conf", fmt::format("listener {} 127.0.0.1\nuser root\npersistence false\n"
                                                 "log_dest none\n{}",
                                                 port_, lines_));
    const std::string program = std::filesystem::exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";
    child_ = std::make_unique<Child>(
        std::vector<std::string>{"sh", "-c", fmt::format("exec {} -c {} 2>/dev/null", program, path)});
    const bool answers = eventually([&] {
      const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const sockaddr_in address = loopback(port_);
      return child_->ended() ||
             ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    });
    if (!answers || child_->ended()) child_.reset();
  }

 private:
  const std::string lines_;
  TestFolder folder_;
  int port_ = 0;
  std::unique_ptr<Child> child_;
};

/// Hears all topics; in a thread of libmosquitto's.
class Subscriber {
 public:
  struct Message {
    std::string topic, payload;
    bool retained;
  };

  explicit Subscriber(int port) {
    ::mosquitto_lib_init();
    client_ = ::mosquitto_new(nullptr, true, this);
    ::mosquitto_connect_callback_set(
        client_, [](mosquitto* client, void*, int) { ::mosquitto_subscribe(client, nullptr, "#", 2); });
    ::mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<Subscriber*>(self)->subscribed_ = true;
    });
    ::mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* message) {
      static_cast<Subscriber*>(self)->hear(*message);
    });
    ::mosquitto_connect(client_, "127.0.0.1", port, 60);
    ::mosquitto_loop_start(client_);
    eventually([&] { return subscribed_.load(); });
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  ~Subscriber() {
    ::mosquitto_disconnect(client_);
    ::mosquitto_loop_stop(client_, false);
    ::mosquitto_destroy(client_);
  }

  /// Waits until the newest message of the topic is this one.
  bool hears(const std::string& topic, const std::string& payload) {
    return eventually([&] { return latest(topic) == payload; });
  }
  std::optional<std::string> latest(const std::string& topic) {
    const std::scoped_lock lock(mutex_);
    for (auto message = messages_.rbegin(); message != messages_.rend(); ++message)
      if (message->topic == topic) return message->payload;
    return std::nullopt;
  }
  std::vector<Message> messages() {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }

 private:
  void hear(const mosquitto_message& message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(
        {message.topic,
         std::string(static_cast<const char*>(message.payload), static_cast<std::size_t>(message.payloadlen)),
         message.retain});
  }

  mosquitto* client_;
  std::atomic<bool> subscribed_{false};
  std::mutex mutex_;
  std::vector<Message> messages_;
};

}  // namespace hedge::act::test
