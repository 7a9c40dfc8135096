// The Modbus TCP actuator with libmodbus's own server.
#include <gtest/gtest.h>

#include <modbus/modbus.h>

#include <atomic>
#include <mutex>

#include "act/actuator.h"
#include "act/test_peer.h"

namespace hedge::act {
namespace {

using base::Descriptor;
using namespace std::chrono_literals;
using test::command;
using test::eventually;

/// One connection at a time, 100 coils and 100 registers; drop() hangs up on the client.
class ModbusServer {
 public:
  explicit ModbusServer(int port = 0)
      : context_(::modbus_new_tcp("127.0.0.1", 0)),
        map_(::modbus_mapping_new(100, 0, 100, 0)),
        listener_(test::bound_socket(SOCK_STREAM, port)) {
    ::listen(listener_.get(), 4);
    thread_ = std::thread([this] { serve(); });
  }
  ModbusServer(const ModbusServer&) = delete;
  ModbusServer& operator=(const ModbusServer&) = delete;
  ~ModbusServer() {
    stop_ = true;
    thread_.join();
    ::modbus_mapping_free(map_);
    ::modbus_free(context_);
  }

  int port() const { return test::port_of(listener_); }
  int coil(int address) {
    const std::scoped_lock lock(mutex_);
    return map_->tab_bits[address];
  }
  int holding(int address) {
    const std::scoped_lock lock(mutex_);
    return map_->tab_registers[address];
  }
  int writes() const { return writes_; }
  void drop() { drop_ = true; }

 private:
  static bool readable(int socket) {
    pollfd watched{socket, POLLIN, 0};
    return ::poll(&watched, 1, 5) > 0;
  }

  void serve() {
    while (!stop_) {
      if (!readable(listener_.get())) continue;
      const Descriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      ::modbus_set_socket(context_, peer.get());
      while (!stop_ && !drop_.exchange(false)) {
        if (!readable(peer.get())) continue;
        std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
        const int size = ::modbus_receive(context_, query);
        if (size < 0) break;
        const std::scoped_lock lock(mutex_);
        ::modbus_reply(context_, query, size, map_);
        ++writes_;
      }
    }
  }

  modbus_t* context_;
  modbus_mapping_t* map_;
  Descriptor listener_;
  std::mutex mutex_;
  std::atomic<bool> stop_{false}, drop_{false};
  std::atomic<int> writes_{0};
  std::thread thread_;
};

ActuatorConfig modbus(int port, ModbusTable table, int address, Values<int> values) {
  return {.name = "gate",
          .kind = ModbusConfig{.host = "127.0.0.1", .port = port, .table = table, .address = address, .values = values},
          .sending = Sending::kChange};
}

std::unique_ptr<Actuator> make(ActuatorConfig config) { return std::move(*Actuator::create(std::move(config))); }

TEST(Modbus, WritesCoilsAndRegisters) {
  {
    ModbusServer server;
    const auto actuator = make(modbus(server.port(), ModbusTable::kCoil, 7, {.off = 0, .on = 1, .safe = 1}));
    actuator->set(command(State::kOn));
    EXPECT_TRUE(eventually([&] { return server.coil(7) == 1; }));
    actuator->set(command(State::kOff));
    EXPECT_TRUE(eventually([&] { return server.coil(7) == 0; }));
    ASSERT_TRUE(actuator->close().has_value());
    EXPECT_EQ(server.coil(7), 1);
    EXPECT_EQ(actuator->counters().connects, 1u);
    EXPECT_EQ(actuator->counters().last_error, "");
  }
  ModbusServer server;
  const auto actuator = make(modbus(server.port(), ModbusTable::kRegister, 99, {.off = 5, .on = 65535, .safe = 1000}));
  actuator->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return server.holding(99) == 65535; }));
  ASSERT_TRUE(actuator->close().has_value());
  EXPECT_EQ(server.holding(99), 1000);
}

TEST(Modbus, ConnectsAgainWhenTheDeviceHungUpAndWritesThePresentState) {
  ModbusServer server;
  const auto actuator = make(modbus(server.port(), ModbusTable::kRegister, 0, {.off = 0, .on = 1, .safe = 2}));
  actuator->set(command(State::kOn));
  ASSERT_TRUE(eventually([&] { return server.holding(0) == 1; }));
  const int writes = server.writes();
  server.drop();
  EXPECT_TRUE(eventually([&] { return server.writes() > writes; }));  // nobody has set anything
  EXPECT_EQ(server.holding(0), 1);
  EXPECT_EQ(actuator->counters().connects, 2u);
  EXPECT_EQ(actuator->counters().last_error.find("modbus 127.0.0.1:"), 0u) << actuator->counters().last_error;
}

TEST(Modbus, AServerThatComesLaterGetsTheState) {
  const int port = test::free_port();
  const auto actuator = make(modbus(port, ModbusTable::kCoil, 3, {.off = 0, .on = 1, .safe = 0}));
  actuator->set(command(State::kOn));
  ASSERT_TRUE(eventually([&] { return actuator->counters().failed >= 1; }));
  ModbusServer server(port);
  ASSERT_EQ(server.port(), port);
  EXPECT_TRUE(eventually([&] { return server.coil(3) == 1; }));
}

TEST(Modbus, AnExceptionOfTheDeviceIsAnErrorAndNoReconnect) {
  ModbusServer server;
  const auto actuator = make(modbus(server.port(), ModbusTable::kCoil, 500, {.off = 0, .on = 1, .safe = 0}));
  actuator->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return actuator->counters().failed >= 3; }));
  const Counters counters = actuator->counters();
  EXPECT_EQ(counters.connects, 1u);
  EXPECT_EQ(counters.sent, 0u);
  EXPECT_NE(counters.last_error.find("Illegal data address"), std::string::npos) << counters.last_error;
}

}  // namespace
}  // namespace hedge::act
