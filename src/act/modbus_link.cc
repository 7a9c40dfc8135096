// Modbus TCP: writes one coil (function 5) or holding register (function 6) and waits for the answer (libmodbus).
#include <modbus/modbus.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "act/link.h"

namespace hedge::act {
namespace {

using base::ErrorKind;
using base::fail;

class ModbusLink : public Link {
 public:
  explicit ModbusLink(ModbusConfig config) : config_(std::move(config)) {}
  ~ModbusLink() override { ModbusLink::disconnect(); }

  base::Status connect() override {
    disconnect();
    context_.reset(::modbus_new_tcp_pi(config_.host.c_str(), std::to_string(config_.port).c_str()));
    if (context_ == nullptr) return fail(ErrorKind::kResourceLimit, "{}", problem());
    const auto ms = static_cast<std::uint32_t>(config_.timeout.count());
    // The response timeout bounds the connection too.
    if (::modbus_set_response_timeout(context_.get(), ms / 1000, ms % 1000 * 1000) != 0 ||
        ::modbus_set_slave(context_.get(), config_.unit) != 0 || ::modbus_connect(context_.get()) != 0)
      return fail(ErrorKind::kUnavailable, "{}", problem());
    return {};
  }

  void disconnect() override {
    if (context_ != nullptr) ::modbus_close(context_.get());
    context_.reset();
  }

  SendOutcome send(const Message& message, std::string& error) override {
    const int value = config_.values.of(message.command.state);
    const int done = config_.table == ModbusTable::kCoil
                         ? ::modbus_write_bit(context_.get(), config_.address, value)
                         : ::modbus_write_register(context_.get(), config_.address, static_cast<std::uint16_t>(value));
    if (done == 1) return SendOutcome::kSent;
    const int number = errno;
    error = problem();
    // An exception of the device (wrong address, busy) is an answer: the connection stands.
    return number > MODBUS_ENOBASE && number < MODBUS_ENOBASE + MODBUS_EXCEPTION_MAX ? SendOutcome::kRefused
                                                                                     : SendOutcome::kBroken;
  }

  int descriptor() const override { return context_ == nullptr ? -1 : ::modbus_get_socket(context_.get()); }

  /// Nothing comes unasked but the end of the connection, or an answer that came too late; neither leaves it usable.
  base::Status service() override {
    std::uint8_t byte = 0;
    const ssize_t got = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    return fail(ErrorKind::kUnavailable, "modbus {}:{}: the device closed the connection", config_.host, config_.port);
  }

 private:
  struct Free {
    void operator()(modbus_t* context) const { ::modbus_free(context); }
  };

  std::string problem() const {
    return fmt::format("modbus {}:{}: {}", config_.host, config_.port, ::modbus_strerror(errno));
  }

  const ModbusConfig config_;
  std::unique_ptr<modbus_t, Free> context_;
};

}  // namespace

std::unique_ptr<Link> create_link(const ModbusConfig& config, const LinkContext& context) {
  return std::make_unique<ModbusLink>(config);
}

}  // namespace hedge::act
