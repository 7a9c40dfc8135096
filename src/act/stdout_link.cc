// Standard output: one line of JSON a message. Not sent in set(): a reader that stands still would block it, and to
// make the descriptor non-blocking would change it for everybody who shares it.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "act/link.h"

namespace hedge::act {
namespace {

// A pipe that polls as writable takes PIPE_BUF bytes at once; a line is shorter (config.cc bounds its texts).
constexpr int kTimeoutMs = 1000;

class StdoutLink : public Link {
 public:
  StdoutLink(StdoutConfig config, LinkContext context) : config_(std::move(config)), context_(std::move(context)) {}

  base::Status connect() override { return {}; }
  void disconnect() override {}

  SendOutcome send(const Message& message, std::string& error) override {
    const std::string line = to_json(message, context_.name, config_.values.of(message.command.state)) + "\n";
    pollfd watched[2] = {{config_.descriptor, POLLOUT, 0}, {context_.abandon_fd, POLLIN, 0}};
    if (::poll(watched, 2, kTimeoutMs) <= 0 || watched[0].revents == 0) {
      error = "stdout: nobody reads";
      return SendOutcome::kRefused;
    }
    const ssize_t written = ::write(config_.descriptor, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return SendOutcome::kSent;
    error = fmt::format("stdout: {}", written < 0 ? std::strerror(errno) : "the line was cut");
    return SendOutcome::kRefused;
  }

 private:
  const StdoutConfig config_;
  const LinkContext context_;
};

}  // namespace

std::unique_ptr<Link> create_link(const StdoutConfig& config, const LinkContext& context) {
  return std::make_unique<StdoutLink>(config, context);
}

}  // namespace hedge::act
