// SocketCAN: a raw, non-blocking socket that only sends. Sends in set(): a full queue is an error, not a wait.
#include <fcntl.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "act/can_frame.h"
#include "act/link.h"
#include "base/descriptor.h"

namespace hedge::act {
namespace {

using base::Descriptor;
using base::ErrorKind;
using base::fail;

class CanLink : public Link {
 public:
  explicit CanLink(CanConfig config) : config_(std::move(config)) {}

  base::Status connect() override {
    Descriptor socket(::socket(PF_CAN, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, CAN_RAW));
    if (!socket)
      return fail(ErrorKind::kUnavailable, "can {}: {}", config_.interface,
                  errno == EAFNOSUPPORT ? "this kernel has no CAN (modprobe can can_raw)" : std::strerror(errno));
    sockaddr_can address{};
    address.can_family = AF_CAN;
    address.can_ifindex = static_cast<int>(::if_nametoindex(config_.interface.c_str()));
    if (address.can_ifindex == 0)
      return fail(ErrorKind::kUnavailable, "can {}: there is no such interface (ip link)", config_.interface);
    // No filter: nothing is received, so nothing piles up.
    if (::setsockopt(socket.get(), SOL_CAN_RAW, CAN_RAW_FILTER, nullptr, 0) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail(ErrorKind::kUnavailable, "can {}: {}", config_.interface, std::strerror(errno));
    // The number stays the same for good: set() may be sending on it.
    if (!socket_)
      socket_ = std::move(socket);
    else if (::dup3(socket.get(), socket_.get(), O_CLOEXEC) < 0)
      return fail(ErrorKind::kIo, "can {}: {}", config_.interface, std::strerror(errno));
    return {};
  }

  void disconnect() override {}

  SendOutcome send(const Message& message, std::string& error) override {
    const int number = send_now(message);
    if (number == 0) return SendOutcome::kSent;
    error = fmt::format("can {}: {}", config_.interface, std::strerror(number));
    return number == EAGAIN || number == ENOBUFS || number == ENETDOWN ? SendOutcome::kRefused : SendOutcome::kBroken;
  }

  bool direct() const override { return true; }

  int send_now(const Message& message) noexcept override {
    const CanData data = make_can_data(config_, message);
    can_frame frame{};
    frame.can_id = static_cast<canid_t>(config_.id) | (config_.extended ? CAN_EFF_FLAG : 0);
    frame.can_dlc = data.size;
    std::memcpy(frame.data, data.bytes.data(), data.size);
    return ::write(socket_.get(), &frame, sizeof frame) >= 0 ? 0 : errno;
  }

 private:
  const CanConfig config_;
  Descriptor socket_;
};

}  // namespace

std::unique_ptr<Link> create_link(const CanConfig& config, const LinkContext& context) {
  return std::make_unique<CanLink>(config);
}

}  // namespace hedge::act
