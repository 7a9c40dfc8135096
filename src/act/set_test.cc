// What set() promises on the hot path, and what all kinds promise when the other side stands still: set() returns at
// once and allocates nothing, the newest command wins, memory does not grow, and close() comes back within its bound.
#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <cstdio>

#include "act/actuator.h"
#include "act/test_peer.h"
#include "base/allocation_counter.h"

namespace hedge::act {
namespace {

using namespace std::chrono_literals;
using test::command;
using test::eventually;

/// What many calls of set() cost, in microseconds, sorted; `allocations` are those of this thread within the calls.
std::vector<double> time_sets(Actuator& actuator, long& allocations) {
  std::vector<double> times(20'000);
  const long before = base::thread_allocations;
  for (double& time : times) {
    const Command next = command(State::kOn);
    const auto begin = steady_now();
    actuator.set(next);
    time = std::chrono::duration<double, std::micro>(steady_now() - begin).count();
  }
  allocations = base::thread_allocations - before;
  std::ranges::sort(times);
  return times;
}

void print(const char* label, const std::vector<double>& times) {
  std::printf("set() of %s: p50 %.2f us, p99 %.2f us, p99.9 %.2f us, worst %.2f us\n", label, times[10'000],
              times[19'800], times[19'980], times.back());
}

TEST(Set, OfAKindThatSendsDirectlyAllocatesNothing) {
  test::UdpReceiver receiver;
  auto actuator = Actuator::create(
      {.name = "brake", .kind = UdpConfig{.host = "127.0.0.1", .port = receiver.port()}, .repeat = 100ms});
  ASSERT_TRUE(actuator.has_value());
  const long at_start = base::thread_allocations;
  long allocations = 0;
  const auto times = time_sets(**actuator, allocations);
  print("udp", times);
  EXPECT_EQ(allocations, 0);
  EXPECT_LT(times[19'800], 1000);
#if defined(HEDGE_COUNTS_ALLOCATIONS)
  EXPECT_GT(base::thread_allocations, at_start) << "the counter does not count";
#endif
}

// Far longer than any close() here may take.
constexpr milliseconds kTimeout = 10s;

struct Stalled {
  const char* label;
  KindConfig kind;
};

std::vector<Stalled> stalled_kinds(int port, int full_pipe) {
  const MqttConfig mqtt{
      .host = "127.0.0.1", .port = port, .topic = "t", .qos = 1, .availability_topic = "t/a", .timeout = kTimeout};
  MqttConfig mqtt_tls = mqtt;
  mqtt_tls.tls = true;
  return {{"mqtt", mqtt},
          {"mqtt with TLS", mqtt_tls},
          {"modbus", ModbusConfig{.host = "127.0.0.1", .port = port, .values = {0, 1, 1}, .timeout = kTimeout}},
          {"webhook", WebhookConfig{.url = fmt::format("http://127.0.0.1:{}/", port), .timeout = kTimeout}},
          {"stdout", StdoutConfig{.descriptor = full_pipe}}};
}

TEST(StalledPeer, SetReturnsAtOnceAndCloseWithinItsBound) {
  const test::StalledServer server;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const base::Descriptor reader(ends[0]), writer(ends[1]);
  while (::write(writer.get(), "x", 1) == 1) {
  }
  for (const Stalled& stalled : stalled_kinds(server.port(), writer.get())) {
    auto made = Actuator::create(
        {.name = "stalled", .kind = stalled.kind, .sending = Sending::kEvery, .repeat = 20ms, .close_bound = 200ms});
    ASSERT_TRUE(made.has_value());
    Actuator& actuator = **made;
    actuator.set(command(State::kOn));
    long allocations = 0;
    const auto times = time_sets(actuator, allocations);
    print((std::string("stalled ") + stalled.label).c_str(), times);
    EXPECT_EQ(allocations, 0) << stalled.label;
    // Not the worst: the machine may take the processor away from the test. A set() that waits for its peer would do so
    // nearly always.
    EXPECT_LT(times[19'800], 1000) << stalled.label;
    const Counters counters = actuator.counters();
    EXPECT_EQ(counters.sent, 0u) << stalled.label;
    EXPECT_EQ(counters.commands, 20'001u);
    EXPECT_GT(counters.replaced, 19'000u) << stalled.label;
    const auto begin = steady_now();
    const base::Status status = actuator.close();
    EXPECT_LT(steady_now() - begin, kTimeout / 2) << stalled.label;  // above 250 ms it is the machine's load
    ASSERT_FALSE(status.has_value()) << stalled.label;
    EXPECT_EQ(status.error().message.find("actuator 'stalled': its last state was not sent within 200 ms"), 0u)
        << status.error().message;
  }
}

TEST(StalledPeer, MemoryDoesNotGrow) {
  const test::StalledServer server;
  const int full_pipe = -1;  // not looked at here
  for (Stalled& stalled : stalled_kinds(server.port(), full_pipe)) {
    if (std::holds_alternative<StdoutConfig>(stalled.kind)) continue;
    // Short timeouts, so that many tries fall into the test.
    if (auto* mqtt = std::get_if<MqttConfig>(&stalled.kind)) mqtt->timeout = 5ms;
    if (auto* modbus = std::get_if<ModbusConfig>(&stalled.kind)) modbus->timeout = 5ms;
    if (auto* webhook = std::get_if<WebhookConfig>(&stalled.kind)) webhook->timeout = 5ms;
    auto made = Actuator::create({.name = "stalled", .kind = stalled.kind, .repeat = 10ms, .close_bound = 200ms});
    ASSERT_TRUE(made.has_value());
    Actuator& actuator = **made;
    const auto run_until_failures = [&](std::uint64_t failures) {
      int k = 0;
      return eventually([&] {
        for (int n = 0; n < 20; ++n) actuator.set(command(++k % 2 == 0 ? State::kOn : State::kOff));
        return actuator.counters().failed >= failures;
      });
    };
    ASSERT_TRUE(run_until_failures(5)) << stalled.label;
    const auto before = ::mallinfo2().uordblks;
    ASSERT_TRUE(run_until_failures(15)) << stalled.label;
    const auto after = ::mallinfo2().uordblks;
    // A try that is under way holds a client; thousands of sets that piled up would be far more.
    EXPECT_LT(after, before + (256u << 10)) << stalled.label;
    EXPECT_GT(actuator.counters().commands, 200u);
  }
}

}  // namespace
}  // namespace hedge::act
