// The UDP actuator against a real receiver; by it also what all directly sending kinds promise.
#include <gtest/gtest.h>

#include <set>

#include "act/actuator.h"
#include "act/test_peer.h"

namespace hedge::act {
namespace {

using namespace std::chrono_literals;
using test::command;
using test::eventually;

ActuatorConfig udp(int port, milliseconds repeat = 0ms) {
  return {.name = "brake", .kind = UdpConfig{.host = "127.0.0.1", .port = port}, .repeat = repeat};
}

std::unique_ptr<Actuator> make(ActuatorConfig config) {
  auto actuator = Actuator::create(std::move(config));
  EXPECT_TRUE(actuator.has_value());
  return std::move(*actuator);
}

TEST(Udp, EachCommandArrivesAsItWasMade) {
  test::UdpReceiver receiver;
  const auto actuator = make(udp(receiver.port()));
  const Command on = command(State::kOn, "brake");
  actuator->set(on);
  const auto first = receiver.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->state, State::kOn);
  EXPECT_EQ(first->value, 1);
  EXPECT_EQ(first->captured, on.captured);
  EXPECT_EQ(first->decided, on.decided);
  EXPECT_GE(first->sent, on.decided);
  EXPECT_LE(first->sent, steady_now());
  EXPECT_EQ(first->rule, RuleName("brake").hash());
  EXPECT_EQ(first->clock, clock_id());
  EXPECT_FALSE(first->repeat);
  actuator->set(command(State::kOff));
  const auto second = receiver.next();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->state, State::kOff);
  EXPECT_EQ(second->session, first->session);
  EXPECT_GT(second->sequence, first->sequence);
  ASSERT_TRUE(actuator->close().has_value());
  const auto last = receiver.next();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->state, State::kSafe);
  EXPECT_EQ(last->value, 2);
  EXPECT_TRUE(last->closing);
  EXPECT_FALSE(receiver.next(0ms).has_value());
  const Counters counters = actuator->counters();
  EXPECT_EQ(counters.commands, 3u);
  EXPECT_EQ(counters.sent, 3u);
  EXPECT_EQ(counters.replaced, 0u);
  EXPECT_EQ(counters.failed, 0u);
}

TEST(Udp, ClosesWithTheConfiguredStateAndLeaveKeepsTheLastOne) {
  test::UdpReceiver receiver;
  ActuatorConfig config = udp(receiver.port());
  config.close_state = State::kOff;
  make(config)->set(command(State::kOn));  // the destructor closes
  EXPECT_EQ(receiver.next()->state, State::kOn);
  EXPECT_EQ(receiver.next()->state, State::kOff);
  const auto actuator = make(config);
  actuator->set(command(State::kOn));
  ASSERT_TRUE(actuator->leave().has_value());
  actuator->set(command(State::kOff));  // ended: nothing is sent any more
  EXPECT_EQ(receiver.next()->state, State::kOn);
  EXPECT_FALSE(receiver.next(0ms).has_value());
}

TEST(Udp, TheStateIsRepeatedWithItsOwnTimes) {
  test::UdpReceiver receiver;
  const auto actuator = make(udp(receiver.port(), 10ms));
  const Command on = command(State::kOn);
  actuator->set(on);
  std::uint64_t sequence = 0;
  for (int k = 0; k < 5; ++k) {
    const auto datagram = receiver.next();
    ASSERT_TRUE(datagram.has_value());
    EXPECT_EQ(datagram->state, State::kOn);
    EXPECT_EQ(datagram->repeat, k > 0);
    EXPECT_EQ(datagram->captured, on.captured);
    EXPECT_GT(datagram->sequence, sequence);
    sequence = datagram->sequence;
  }
}

// Invariants 2 and 3 of worker.h: with sets and repeats interleaved, who follows the sequence ends at the last state,
// and so does who does not.
TEST(Udp, RepeatsNeverBringAnOlderStateBack) {
  test::UdpReceiver receiver;
  const auto actuator = make(udp(receiver.port(), 10ms));
  for (int k = 1; k <= 300; ++k) {
    Command next = command(k % 2 == 0 ? State::kOff : State::kOn);
    next.captured = std::chrono::nanoseconds(k);
    actuator->set(next);
    ::poll(nullptr, 0, k % 4);  // paces the sets, so that repeats fall between them
  }
  std::uint64_t newest = 0;
  std::chrono::nanoseconds captured{0};
  std::set<std::uint64_t> sequences;
  for (auto datagram = receiver.next(); datagram && datagram->captured.count() < 300; datagram = receiver.next()) {
    EXPECT_TRUE(sequences.insert(datagram->sequence).second) << "twice: " << datagram->sequence;
    if (datagram->sequence < newest) continue;
    EXPECT_GE(datagram->captured, captured);
    newest = datagram->sequence;
    captured = datagram->captured;
  }
  for (int k = 0; k < 3; ++k) EXPECT_EQ(receiver.next()->captured.count(), 300);
}

// Also at the very start, when the thread looks for its first command while set() is sending it.
TEST(Udp, EachCommandIsOneMessageThatIsNoRepeat) {
  test::UdpReceiver receiver;
  for (int k = 0; k < 200; ++k) {
    const auto actuator = make(udp(receiver.port(), 10ms));
    actuator->set(command(State::kOn));
    actuator->set(command(State::kOff));
    ASSERT_TRUE(actuator->close().has_value());
    int originals = 0;
    std::optional<Datagram> datagram;
    do {
      datagram = receiver.next();
      ASSERT_TRUE(datagram.has_value());
      if (!datagram->repeat) ++originals;
    } while (!datagram->closing);
    EXPECT_EQ(originals, 3);
  }
}

TEST(Udp, AReceiverThatComesLaterIsServed) {
  const int port = test::free_port();
  const auto actuator = make(udp(port, 10ms));
  actuator->set(command(State::kOn));
  ASSERT_TRUE(eventually([&] { return actuator->counters().sent >= 3; }));
  test::UdpReceiver receiver(port);
  ASSERT_EQ(receiver.port(), port);
  EXPECT_EQ(receiver.next()->state, State::kOn);
}

TEST(Udp, AHostThatHasNoAddressIsOneLineAndTriedAgain) {
  ActuatorConfig config = udp(9);
  std::get<UdpConfig>(config.kind).host = "no-such-host.invalid";
  const auto actuator = make(config);
  actuator->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return actuator->counters().failed >= 2; }));
  const Counters counters = actuator->counters();
  EXPECT_FALSE(counters.connected);
  EXPECT_EQ(counters.sent, 0u);
  EXPECT_EQ(counters.last_error.find("udp no-such-host.invalid:9: "), 0u) << counters.last_error;
  EXPECT_EQ(counters.last_error.find('\n'), std::string::npos);
  const auto status = actuator->close();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hedge::act
