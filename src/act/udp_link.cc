// UDP: a connected, non-blocking socket; what is sent is datagram.h's. Sends in set(): it cannot block.
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "act/datagram.h"
#include "act/link.h"
#include "base/descriptor.h"

namespace hedge::act {
namespace {

using base::Descriptor;
using base::ErrorKind;
using base::fail;

/// A socket whose peer is the first address of the host that the machine has a way to.
base::Result<Descriptor> open_socket(const UdpConfig& config) {
  const addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
  addrinfo* found = nullptr;
  const std::string port = std::to_string(config.port);
  if (const int error = ::getaddrinfo(config.host.c_str(), port.c_str(), &hints, &found); error != 0)
    return fail(ErrorKind::kUnavailable, "udp {}:{}: {}", config.host, config.port, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Descriptor socket(::socket(address->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int yes = 1;
    if (socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) == 0 &&
        ::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0)
      return socket;
    error = errno;
  }
  return fail(ErrorKind::kUnavailable, "udp {}:{}: {}", config.host, config.port, std::strerror(error));
}

class UdpLink : public Link {
 public:
  UdpLink(UdpConfig config, std::uint32_t session)
      : config_(std::move(config)), session_(session), clock_(clock_id()) {}

  base::Status connect() override {
    Descriptor socket = TRY(open_socket(config_));
    // The number stays the same for good: set() may be sending on it.
    if (!socket_)
      socket_ = std::move(socket);
    else if (::dup3(socket.get(), socket_.get(), O_CLOEXEC) < 0)
      return fail(ErrorKind::kIo, "udp {}:{}: {}", config_.host, config_.port, std::strerror(errno));
    return {};
  }

  void disconnect() override {}

  SendOutcome send(const Message& message, std::string& error) override {
    const int number = send_now(message);
    if (number == 0) return SendOutcome::kSent;
    error = fmt::format("udp {}:{}: {}", config_.host, config_.port, std::strerror(number));
    return number == EAGAIN || number == ENOBUFS || number == ECONNREFUSED ? SendOutcome::kRefused
                                                                           : SendOutcome::kBroken;
  }

  bool direct() const override { return true; }

  int send_now(const Message& message) noexcept override {
    const Command& command = message.command;
    const DatagramBytes bytes = encode({.state = command.state,
                                        .repeat = message.repeat,
                                        .closing = message.closing,
                                        .sequence = message.sequence,
                                        .clock = clock_,
                                        .session = session_,
                                        .captured = command.captured,
                                        .decided = command.decided,
                                        .sent = steady_now(),
                                        .rule = command.rule.hash(),
                                        .value = config_.values.of(command.state)});
    // ECONNREFUSED is about an earlier datagram, and takes the place of sending this one: the second try sends.
    for (int attempt = 0;; ++attempt) {
      if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
      if (attempt > 0 || errno != ECONNREFUSED) return errno;
    }
  }

 private:
  const UdpConfig config_;
  const std::uint32_t session_, clock_;
  Descriptor socket_;
};

}  // namespace

std::unique_ptr<Link> create_link(const UdpConfig& config, const LinkContext& context) {
  return std::make_unique<UdpLink>(config, context.session);
}

}  // namespace hedge::act
