// The watchdog's outputs: SAFE while it speaks, nothing once it has released them; a peer that is not there is an
// error.
#include "pipeline/safe_output.h"

#include <gtest/gtest.h>

#include "act/test_peer.h"
#include "pipeline/pipeline_file.h"

namespace hedge::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(SafeOutput, SpeaksUntilItIsReleased) {
  act::test::UdpReceiver receiver;
  auto output = SafeOutput::create({.name = "brake",
                                    .kind = act::UdpConfig{.host = "127.0.0.1", .port = receiver.port()},
                                    .repeat = 10ms,
                                    .close_state = act::State::kOff});
  ASSERT_TRUE(output.has_value()) << output.error().message;
  EXPECT_EQ(receiver.next(50ms), std::nullopt);
  guard::SafeCommand command{.reason = guard::Fault::kFrozen, .since = guard::monotonic_now(), .captured = 5ns};
  EXPECT_TRUE((*output)->send(command));
  const auto first = receiver.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->state, act::State::kSafe);
  EXPECT_EQ(first->captured, 5ns);
  EXPECT_EQ(first->rule, act::RuleName("safe: camera frozen").hash());
  command.repeat = true;
  EXPECT_TRUE((*output)->send(command));
  EXPECT_TRUE(receiver.next().has_value());
  (*output)->release();
  (*output).reset();  // `close = "off"` is the worker's to say
  EXPECT_EQ(receiver.next(50ms), std::nullopt);
}

TEST(SafeOutput, APeerThatIsNotThereIsAnError) {
  const auto output = SafeOutput::create(
      {.name = "valve",
       .kind = act::ModbusConfig{.host = "127.0.0.1", .port = act::test::free_port(), .values = {0, 1, 0}}});
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_NE(output.error().message.find("actuator 'valve' cannot be put into SAFE"), std::string::npos)
      << output.error().message;
}

TEST(SafeOutput, OfAFileAreAllOrTheNamedOnes) {
  PipelineFile file;
  file.actuators = {{.name = "a", .kind = act::StdoutConfig()}, {.name = "b", .kind = act::StdoutConfig()}};
  EXPECT_EQ(safe_outputs(file).size(), 2u);
  file.safety.emplace();
  EXPECT_EQ(safe_outputs(file).size(), 2u);
  file.safety->outputs = {"b"};
  ASSERT_EQ(safe_outputs(file).size(), 1u);
  EXPECT_EQ(safe_outputs(file)[0].name, "b");
}

}  // namespace
}  // namespace hedge::pipeline
