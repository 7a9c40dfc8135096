// The other side of actuators, for tests: a UDP receiver, a TCP server that never answers, programs as children, and
// waiting for a condition instead of for a time.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "act/actuator.h"
#include "act/datagram.h"
#include "base/descriptor.h"

namespace hedge::act::test {

using base::Descriptor;
using namespace std::chrono_literals;

inline constexpr auto kPatience = 20s;  // on a machine under load; a test that passes never waits so long

/// True as soon as the condition holds, false after `patience`. Looks every millisecond.
template <class Condition>
bool eventually(Condition condition, std::chrono::nanoseconds patience = kPatience) {
  const auto deadline = steady_now() + patience;
  while (!condition()) {
    if (steady_now() >= deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A socket of 127.0.0.1 on a port that the system chooses, or on `port`.
inline Descriptor bound_socket(int type, int port = 0) {
  Descriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Descriptor();
  return socket;
}

inline int port_of(const Descriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

inline int free_port() { return port_of(bound_socket(SOCK_STREAM)); }

class UdpReceiver {
 public:
  explicit UdpReceiver(int port = 0) : socket_(bound_socket(SOCK_DGRAM, port)) {}
  int port() const { return port_of(socket_); }

  /// The next datagram; nothing where none comes in time or it cannot be decoded.
  std::optional<Datagram> next(std::chrono::milliseconds patience = kPatience) {
    pollfd watched{socket_.get(), POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
    std::array<std::byte, 2048> bytes;
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (size < 0) return std::nullopt;
    const auto datagram = decode(std::span(bytes).first(static_cast<std::size_t>(size)));
    return datagram ? std::optional(*datagram) : std::nullopt;
  }

 private:
  Descriptor socket_;
};

/// Takes connections (the kernel does, up to its backlog) and never reads or says a word.
class StalledServer {
 public:
  StalledServer() : socket_(bound_socket(SOCK_STREAM)) { ::listen(socket_.get(), 64); }
  int port() const { return port_of(socket_); }

 private:
  Descriptor socket_;
};

/// Another program; it ends with this object, or with the test.
class Child {
 public:
  explicit Child(std::vector<std::string> command) {
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(127);
      ::dup2(ends[1], 1);
      ::execvp(words[0], words.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = Descriptor(ends[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  bool ended() { return pid_ <= 0 || (::waitpid(pid_, nullptr, WNOHANG) == pid_ && (pid_ = -1) == -1); }

  /// The next line of its standard output, without its end.
  std::optional<std::string> line(std::chrono::nanoseconds patience = kPatience) {
    const auto deadline = steady_now() + patience;
    while (true) {
      if (const auto end = text_.find('\n'); end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now());
      pollfd watched{output_.get(), POLLIN, 0};
      if (left <= 0ms || ::poll(&watched, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
      char bytes[4096];
      const ssize_t size = ::read(output_.get(), bytes, sizeof bytes);
      if (size <= 0) return std::nullopt;
      text_.append(bytes, static_cast<std::size_t>(size));
    }
  }

 private:
  pid_t pid_ = -1;
  Descriptor output_;
  std::string text_;
};

/// A folder that goes when the object goes.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hedge_act_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline bool is_installed(const std::string& program) {
  return ::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

inline Command command(State state, const char* rule = "test") {
  const auto now = steady_now();
  return {.state = state, .captured = now - 20ms, .decided = now, .rule = RuleName(rule)};
}

}  // namespace hedge::act::test
