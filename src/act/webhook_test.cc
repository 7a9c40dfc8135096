// The webhook actuator with Python's HTTP server, and the standard output one with a pipe.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "act/actuator.h"
#include "act/test_peer.h"

namespace hedge::act {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::command;
using test::eventually;

// Prints its port, then for each POST a line: path, Authorization, body. Answers 503 to the first of /moody.
constexpr const char* kServer = R"(
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    moody = 1
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bad = self.path == "/moody" and Handler.moody > 0
        Handler.moody -= bad
        if not bad: print(self.path, self.headers.get("Authorization"), body, flush=True)
        self.send_response(503 if bad else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
)";

TEST(Webhook, PostsEachChangeAsJsonAndTriesAgainWhenRefused) {
  ASSERT_TRUE(test::is_installed("python3"));
  test::Child server({"python3", "-c", kServer});
  const auto port = server.line();
  ASSERT_TRUE(port.has_value());
  for (const std::string path : {"/brake", "/moody"}) {
    auto made = Actuator::create({.name = "hook",
                                  .kind = WebhookConfig{.url = fmt::format("http://127.0.0.1:{}{}", *port, path),
                                                        .headers = {"Authorization: Bearer abc"}},
                                  .sending = Sending::kChange,
                                  .close_bound = 5s});
    ASSERT_TRUE(made.has_value());
    Actuator& actuator = **made;
    const Command on = command(State::kOn, "a \"quoted\" r\u00fcle");
    actuator.set(on);
    actuator.set(on);  // no change
    const auto posted = server.line();
    ASSERT_TRUE(posted.has_value());
    const std::string start = path + " Bearer abc ";
    ASSERT_EQ(posted->find(start), 0u) << *posted;
    const json body = json::parse(posted->substr(start.size()), nullptr, false);
    EXPECT_EQ(body["actuator"], "hook");
    EXPECT_EQ(body["state"], "on");
    EXPECT_EQ(body["value"], "ON");
    EXPECT_EQ(body["rule"], "a \"quoted\" r\u00fcle");
    EXPECT_EQ(body["t_capture_us"], on.captured.count() / 1000);
    ASSERT_TRUE(eventually([&] { return actuator.counters().sent == 1; }));
    EXPECT_EQ(actuator.counters().failed, path == "/moody" ? 1u : 0u);
    ASSERT_TRUE(actuator.close().has_value()) << actuator.counters().last_error;
    const auto last = server.line();
    ASSERT_TRUE(last.has_value());
    EXPECT_NE(last->find("\"state\":\"safe\""), std::string::npos) << *last;
    EXPECT_NE(last->find("\"closing\":true"), std::string::npos) << *last;
    if (path == "/moody") {
      EXPECT_NE(actuator.counters().last_error.find("answers 503"), std::string::npos);
    }
  }
}

TEST(Webhook, AServerThatIsNotThereIsOneLine) {
  auto made = Actuator::create(
      {.name = "hook", .kind = WebhookConfig{.url = fmt::format("http://127.0.0.1:{}/", test::free_port())}});
  (*made)->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return (*made)->counters().failed >= 2; }));
  EXPECT_NE((*made)->counters().last_error.find("Couldn't connect"), std::string::npos)
      << (*made)->counters().last_error;
}

TEST(Stdout, WritesALineAMessageAndTheNewestWhenItsReaderWasAway) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::Descriptor reader(ends[0]), writer(ends[1]);
  auto made = Actuator::create({.name = "out", .kind = StdoutConfig{.descriptor = writer.get()}, .close_bound = 10s});
  Actuator& actuator = **made;
  // More than the pipe holds, and nobody reads.
  const bool full = eventually([&] {
    actuator.set(command(State::kOn));
    return actuator.counters().sent > 0 && actuator.counters().replaced > 100;
  });
  ASSERT_TRUE(full);
  std::string text;
  std::thread reading([&] {
    char bytes[4096];
    while (text.find("\"closing\":true") == std::string::npos) {
      const ssize_t size = ::read(reader.get(), bytes, sizeof bytes);
      if (size <= 0) break;
      text.append(bytes, static_cast<std::size_t>(size));
    }
  });
  EXPECT_TRUE(actuator.close().has_value()) << actuator.counters().last_error;
  reading.join();
  std::uint64_t sequence = 0;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const json line = json::parse(text.substr(at, end - at), nullptr, false);
    ASSERT_FALSE(line.is_discarded()) << text.substr(at, end - at);
    EXPECT_GT(line["sequence"], sequence);
    sequence = line["sequence"];
    if (end + 1 == text.size()) {
      EXPECT_EQ(line["value"], "SAFE");
    }
  }
}

}  // namespace
}  // namespace hedge::act
