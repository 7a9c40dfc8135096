// MQTT 3.1.1 (libmosquitto, its calls driven by the actuator's thread). Each connection is a fresh client with a clean
// session, and one message at a time is on its way: nothing queues up in the library, nothing old is sent again after a
// reconnect but the present state.
#include <mosquitto.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

#include "act/discovery.h"
#include "act/link.h"

namespace hedge::act {
namespace {

using base::ErrorKind;
using base::fail;

// Waits are cut into slices, between which a thread that nobody waits for any more gives up.
constexpr int kSliceMs = 20;
constexpr const char* kOnline = "online";
constexpr const char* kOffline = "offline";

// A key with a passphrase would be asked for on the terminal: no passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

class MqttLink : public Link {
 public:
  MqttLink(MqttConfig config, LinkContext context) : config_(std::move(config)), context_(std::move(context)) {
    static std::once_flag once;
    std::call_once(once, [] { ::mosquitto_lib_init(); });
  }
  ~MqttLink() override { MqttLink::disconnect(); }

  base::Status connect() override {
    disconnect();
    TRY(create_client());
    if (const int code =
            ::mosquitto_connect_async(client_.get(), config_.host.c_str(), config_.port, config_.keepalive_s);
        code != MOSQ_ERR_SUCCESS)
      return fail(ErrorKind::kUnavailable, "{}", problem(code));
    TRY(wait_until([&] { return connack_ >= 0; }, "the broker does not answer"));
    if (connack_ != 0) return fail(ErrorKind::kUnavailable, "{}", problem(::mosquitto_connack_string(connack_)));
    TRY(publish(config_.availability_topic, kOnline, config_.qos, true));
    if (config_.home_assistant) {
      const Discovery discovery = make_discovery(config_, context_.name);
      TRY(publish(discovery.topic, discovery.payload, config_.qos, true));
    }
    online_ = true;
    return {};
  }

  /// With a broker that is there it says goodbye; else the broker publishes the will.
  void disconnect() override {
    if (online_) {
      online_ = false;
      if (publish(config_.availability_topic, kOffline, config_.qos, true)) {
        ::mosquitto_disconnect(client_.get());
        static_cast<void>(::mosquitto_loop(client_.get(), 0, 1));
      }
    }
    client_.reset();
  }

  SendOutcome send(const Message& message, std::string& error) override {
    const std::string& value = config_.values.of(message.command.state);
    const base::Status status =
        publish(config_.topic, config_.payload == MqttPayload::kJson ? to_json(message, context_.name, value) : value,
                config_.qos, config_.retain);
    if (status) return SendOutcome::kSent;
    error = status.error().message;
    online_ = false;
    return SendOutcome::kBroken;
  }

  int descriptor() const override { return client_ == nullptr ? -1 : ::mosquitto_socket(client_.get()); }

  base::Status service() override {
    const int code = ::mosquitto_loop(client_.get(), 0, 1);
    if (code == MOSQ_ERR_SUCCESS) return {};
    online_ = false;
    return fail(ErrorKind::kUnavailable, "{}", problem(code));
  }

 private:
  struct Destroy {
    void operator()(mosquitto* client) const { ::mosquitto_destroy(client); }
  };

  base::Status create_client() {
    const std::string id =
        config_.client_id.empty() ? fmt::format("hedge-{}-{:08x}", context_.name, context_.session) : config_.client_id;
    connack_ = published_ = -1;
    client_.reset(::mosquitto_new(id.c_str(), true, this));
    if (client_ == nullptr) return fail(ErrorKind::kResourceLimit, "{}", problem("no client"));
    mosquitto* client = client_.get();
    ::mosquitto_connect_callback_set(
        client, [](mosquitto*, void* self, int code) { static_cast<MqttLink*>(self)->connack_ = code; });
    ::mosquitto_publish_callback_set(
        client, [](mosquitto*, void* self, int id) { static_cast<MqttLink*>(self)->published_ = id; });
    ::mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
    ::mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    int code = ::mosquitto_will_set(client, config_.availability_topic.c_str(), static_cast<int>(std::strlen(kOffline)),
                                    kOffline, config_.qos, true);
    if (code == MOSQ_ERR_SUCCESS && !config_.user.empty())
      code = ::mosquitto_username_pw_set(client, config_.user.c_str(),
                                         config_.password.empty() ? nullptr : config_.password.c_str());
    if (code == MOSQ_ERR_SUCCESS && config_.tls) {
      const auto given = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
      code = ::mosquitto_tls_set(client, given(config_.tls_ca_file),
                                 config_.tls_ca_file.empty() ? "/etc/ssl/certs" : nullptr, given(config_.tls_cert_file),
                                 given(config_.tls_key_file), no_passphrase);
    }
    if (code != MOSQ_ERR_SUCCESS) return fail(ErrorKind::kInvalid, "{}", problem(code));
    return {};
  }

  base::Status publish(const std::string& topic, const std::string& payload, int qos, bool retain) {
    int id = 0;
    const int code = ::mosquitto_publish(client_.get(), &id, topic.c_str(), static_cast<int>(payload.size()),
                                         payload.data(), qos, retain);
    if (code != MOSQ_ERR_SUCCESS) return fail(ErrorKind::kUnavailable, "{}", problem(code));
    // QoS 0: once it is written. QoS 1 and 2: once the broker has said so.
    return wait_until([&] { return published_ == id; }, "the broker does not acknowledge");
  }

  template <class Condition>
  base::Status wait_until(Condition condition, const char* otherwise) {
    const auto deadline = steady_now() + config_.timeout;
    while (!condition()) {
      if (steady_now() >= deadline || abandoned()) return fail(ErrorKind::kUnavailable, "{}", problem(otherwise));
      // The library's own select, since only it knows which way a TLS handshake waits.
      if (const int code = ::mosquitto_loop(client_.get(), kSliceMs, 1); code != MOSQ_ERR_SUCCESS && connack_ <= 0)
        return fail(ErrorKind::kUnavailable, "{}", problem(code));
    }
    return {};
  }

  bool abandoned() const {
    pollfd watched{context_.abandon_fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
  }

  std::string problem(int code) const {
    return problem(code == MOSQ_ERR_ERRNO ? std::strerror(errno) : ::mosquitto_strerror(code));
  }
  std::string problem(const char* text) const {
    return fmt::format("mqtt {}:{}: {}", config_.host, config_.port, text);
  }

  const MqttConfig config_;
  const LinkContext context_;
  int connack_ = -1;    // the broker's answer to the connection; -1: none yet
  int published_ = -1;  // the message that left last
  bool online_ = false;
  std::unique_ptr<mosquitto, Destroy> client_;
};

}  // namespace

std::unique_ptr<Link> create_link(const MqttConfig& config, const LinkContext& context) {
  return std::make_unique<MqttLink>(config, context);
}

}  // namespace hedge::act
