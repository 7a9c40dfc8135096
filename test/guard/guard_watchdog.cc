// The watchdog as the program runs it, with a UDP output of its own.
//   guard_watchdog PORT '[safety] section, TOML' WORKER [ARGUMENT...]
#include <cstdio>
#include <cstdlib>

#include "guard/safe_datagram.h"
#include "guard/safety_config.h"

namespace {

using hedge::guard::SafeCommand;
namespace test = hedge::guard::test;

class UdpSink final : public hedge::guard::SafeSink {
 public:
  explicit UdpSink(int port) : sender_(port) {}
  bool send(const SafeCommand& command) noexcept override {
    return sender_.send({.kind = test::Kind::kSafe,
                         .reason = command.reason,
                         .repeat = command.repeat,
                         .closing = command.closing,
                         .when = command.since});
  }
  std::string name() const override { return "test"; }

 private:
  test::Sender sender_;
};

int fail(const hedge::base::Error& error) {
  std::fprintf(stderr, "guard_watchdog: %s\n", error.message.c_str());
  return 100;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const auto config = hedge::guard::parse_safety(argv[2], "arguments");
  if (!config) return fail(config.error());
  auto watchdog = hedge::guard::Watchdog::create({argv + 3, argv + argc}, config->watchdog);
  if (!watchdog) return fail(watchdog.error());
  UdpSink sink(std::atoi(argv[1]));
  const auto status = watchdog->run({&sink});
  return status ? *status : fail(status.error());
}
