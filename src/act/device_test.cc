// CAN and GPIO: their bytes anywhere, themselves on a vcan interface and a simulated chip where the kernel has them.
#include <gtest/gtest.h>

#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>

#include <fstream>

#include "act/actuator.h"
#include "act/can_frame.h"
#include "act/test_peer.h"

namespace hedge::act {
namespace {

using base::Descriptor;
using namespace std::chrono_literals;
using test::command;
using test::eventually;

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

CanConfig can_config() {
  return {.interface = "hedgevcan",
          .id = 0x123,
          .values = {.off = bytes({0, 0, 0, 0}), .on = bytes({1, 0xAA, 0, 0}), .safe = bytes({2, 0xBB, 0, 0})},
          .counter_byte = 2,
          .checksum_byte = 3};
}

TEST(CanFrame, CarriesCounterAndChecksum) {
  const std::uint8_t check[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(crc8_j1850(check), 0x4B);  // the published check value
  const CanData data = make_can_data(can_config(), {.command = {.state = State::kOn}, .sequence = 0x1FE});
  EXPECT_EQ(data.size, 4);
  const std::uint8_t content[] = {1, 0xAA, 0xFE};
  EXPECT_TRUE(std::equal(content, content + 3, data.bytes.begin()));
  EXPECT_EQ(data.bytes[3], crc8_j1850(content));
}

TEST(Can, AnInterfaceThatIsNotThereIsOneLineAndTriedAgain) {
  CanConfig config = can_config();
  config.interface = "nosuchcan";
  auto actuator = Actuator::create({.name = "c", .kind = config, .close_bound = 20ms});
  ASSERT_TRUE(actuator.has_value());
  (*actuator)->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return (*actuator)->counters().failed >= 2; }));
  EXPECT_EQ((*actuator)->counters().last_error.find("can nosuchcan: "), 0u) << (*actuator)->counters().last_error;
}

class Vcan : public testing::Test {
 protected:
  void SetUp() override {
    ::system("modprobe -q vcan 2>/dev/null; ip link del hedgevcan 2>/dev/null");
    if (::system("ip link add dev hedgevcan type vcan 2>/dev/null && ip link set hedgevcan up") != 0)
      GTEST_SKIP() << "no vcan interface can be made here: the kernel lacks CAN, or the test is not root";
    receiver_ = Descriptor(::socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW));
    bind_receiver();
  }
  void TearDown() override { ::system("ip link del hedgevcan 2>/dev/null"); }

  void bind_receiver() {
    sockaddr_can address{};
    address.can_family = AF_CAN;
    address.can_ifindex = static_cast<int>(::if_nametoindex("hedgevcan"));
    ASSERT_EQ(::bind(receiver_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  std::optional<can_frame> next() {
    pollfd watched{receiver_.get(), POLLIN, 0};
    can_frame frame{};
    if (::poll(&watched, 1, 20'000) <= 0 || ::read(receiver_.get(), &frame, sizeof frame) != sizeof frame)
      return std::nullopt;
    return frame;
  }

  Descriptor receiver_;
};

TEST_F(Vcan, FramesArriveAndAReplacedInterfaceIsFound) {
  auto made = Actuator::create({.name = "c", .kind = can_config(), .repeat = 20ms});
  ASSERT_TRUE(made.has_value());
  Actuator& actuator = **made;
  actuator.set(command(State::kOn));
  const auto first = next(), second = next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->can_id, 0x123u);
  EXPECT_EQ(first->can_dlc, 4);
  EXPECT_EQ(first->data[1], 0xAA);
  EXPECT_EQ(static_cast<std::uint8_t>(first->data[2] + 1), second->data[2]);
  ASSERT_EQ(::system("ip link del hedgevcan && ip link add dev hedgevcan type vcan && ip link set hedgevcan up"), 0);
  receiver_ = Descriptor(::socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW));
  bind_receiver();
  EXPECT_EQ(next()->data[1], 0xAA);
  ASSERT_TRUE(actuator.close().has_value());
  std::optional<can_frame> last = next();
  while (last && last->data[0] != 2) last = next();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->data[1], 0xBB);
}

ActuatorConfig gpio(const std::string& chip) {
  return {.name = "g",
          .kind = GpioConfig{.chip = chip, .line = "3", .values = {.off = 0, .on = 1, .safe = 1}},
          .sending = Sending::kChange};
}

TEST(Gpio, AChipThatIsNotThereIsOneLine) {
  auto actuator = Actuator::create(gpio("nosuchchip"));
  (*actuator)->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return (*actuator)->counters().failed >= 2; }));
  EXPECT_EQ((*actuator)->counters().last_error, "gpio nosuchchip line 3: no such chip");
}

/// A chip of gpio-sim, made through configfs; its lines' levels can be read in sysfs.
class SimulatedChip {
 public:
  SimulatedChip() {
    ::system("modprobe -q gpio-sim 2>/dev/null; mount -t configfs none /sys/kernel/config 2>/dev/null");
    std::error_code error;
    if (!std::filesystem::create_directories(path_ / "bank", error) || error) return;
    write("bank/num_lines", "8");
    write("live", "1");
    chip_ = read(path_ / "bank" / "chip_name");
    device_ = read(path_ / "dev_name");
  }
  ~SimulatedChip() {
    if (!chip_.empty()) write("live", "0");
    std::error_code error;
    std::filesystem::remove(path_ / "bank", error);
    std::filesystem::remove(path_, error);
  }
  const std::string& chip() const { return chip_; }
  std::string level(int line) const {
    return read(fmt::format("/sys/devices/platform/{}/{}/sim_gpio{}/value", device_, chip_, line));
  }

 private:
  static std::string read(const std::filesystem::path& path) {
    std::string text;
    std::getline(std::ifstream(path) >> std::ws, text);
    return text;
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

  const std::filesystem::path path_ = "/sys/kernel/config/gpio-sim/hedge";
  std::string chip_, device_;
};

TEST(Gpio, HoldsTheLineAndSetsItsLevel) {
  const SimulatedChip simulated;
  if (simulated.chip().empty()) GTEST_SKIP() << "no gpio-sim chip can be made here: the kernel lacks it, or not root";
  auto made = Actuator::create(gpio(simulated.chip()));
  Actuator& actuator = **made;
  ASSERT_TRUE(actuator.wait_connected(10s)) << actuator.counters().last_error;
  EXPECT_EQ(simulated.level(3), "1");  // safe, before anything was set
  actuator.set(command(State::kOff));
  EXPECT_TRUE(eventually([&] { return simulated.level(3) == "0"; }));
  actuator.set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return simulated.level(3) == "1"; }));
  auto second = Actuator::create(gpio(simulated.chip()));
  EXPECT_TRUE(eventually([&] { return (*second)->counters().failed >= 1; }));
  EXPECT_NE((*second)->counters().last_error.find("another program holds the line"), std::string::npos);
  ASSERT_TRUE(actuator.close().has_value());
}

}  // namespace
}  // namespace hedge::act
