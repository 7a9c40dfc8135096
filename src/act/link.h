// The way from an actuator to the outside: one class a kind, with blocking calls that are bounded in time. An
// actuator's own thread makes all calls but send_now().
#pragma once

#include <memory>
#include <string>

#include "act/config.h"
#include "act/message.h"
#include "base/result.h"

namespace hedge::act {

/// What a link knows about its actuator.
struct LinkContext {
  std::string name;
  std::uint32_t session = 0;  ///< a random number
  int abandon_fd = -1;        ///< readable: nobody waits any more, whatever a call waits for is to be given up
};

enum class SendOutcome {
  kSent,
  kRefused,  ///< not sent, but the connection stands: another try may succeed
  kBroken,   ///< not sent, connect() is needed
};

class Link {
 public:
  virtual ~Link() = default;

  /// Opens the way out, or opens it again. May block for about the kind's timeout (name resolution: the system's).
  virtual base::Status connect() = 0;
  /// Closes it; called before another connect() and at the end.
  virtual void disconnect() = 0;
  /// Sends and, where the protocol has answers, waits for the answer. On failure `error` is one line.
  virtual SendOutcome send(const Message& message, std::string& error) = 0;

  /// To be watched for input between sends, or -1; service() is called for it and every kServicePeriod.
  virtual int descriptor() const { return -1; }
  /// Keeps the connection up and notices its loss.
  virtual base::Status service() { return {}; }

  /// Whether set() may send in its caller's thread: send_now() neither blocks nor allocates nor locks, and may run
  /// while the actuator's thread is in any of the calls above.
  virtual bool direct() const { return false; }
  /// 0, or errno.
  virtual int send_now(const Message& message) noexcept { return -1; }
};

std::unique_ptr<Link> create_link(const UdpConfig& config, const LinkContext& context);
std::unique_ptr<Link> create_link(const CanConfig& config, const LinkContext& context);
std::unique_ptr<Link> create_link(const MqttConfig& config, const LinkContext& context);
std::unique_ptr<Link> create_link(const ModbusConfig& config, const LinkContext& context);
std::unique_ptr<Link> create_link(const GpioConfig& config, const LinkContext& context);
std::unique_ptr<Link> create_link(const WebhookConfig& config, const LinkContext& context);
std::unique_ptr<Link> create_link(const StdoutConfig& config, const LinkContext& context);

}  // namespace hedge::act
