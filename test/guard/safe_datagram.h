// What the programs of these tests send to the receiver: a few numbers, as they lie in memory, on one machine.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "base/descriptor.h"
#include "guard/heartbeat.h"

namespace hedge::guard::test {

enum class Kind : std::uint32_t {
  kStarted,     // a worker began
  kOff,         // a worker's command: the latch was open
  kWorkerSafe,  // a worker's SAFE: nobody watches it
  kFault,       // a worker: from `when` on something is wrong with me
  kSafe,        // the watchdog's SAFE
};

struct SafeDatagram {
  Kind kind = Kind::kOff;
  std::int32_t pid = 0;
  Fault reason = Fault::kNone;
  bool repeat = false, closing = false;
  nanoseconds sent{0};
  nanoseconds when{0};  // kFault: when it began
};

class Sender {
 public:
  explicit Sender(int port) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(static_cast<std::uint16_t>(port));
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  bool send(SafeDatagram datagram) const noexcept {
    datagram.pid = ::getpid();
    datagram.sent = monotonic_now();
    return ::sendto(socket_.get(), &datagram, sizeof datagram, MSG_DONTWAIT,
                    reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == sizeof datagram;
  }

 private:
  base::Descriptor socket_;
  sockaddr_in address_{};
};

}  // namespace hedge::guard::test
