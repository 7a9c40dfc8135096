#include "act/config.h"

#include <gtest/gtest.h>

#include "act/test_peer.h"

namespace hedge::act {
namespace {

std::string problem(const std::string& text) {
  const auto configs = parse_actuators(text, "p.toml");
  return configs ? "" : configs.error().message;
}

constexpr const char* kCan =
    "[[actuator]]\nname = \"c\"\nkind = \"can\"\ninterface = \"can0\"\nid = 0x123\n"
    "off = \"00 00 00\"\non = \"01 00 00\"\nsafe = \"02 ff 00\"\n";
constexpr const char* kModbus =
    "[[actuator]]\nname = \"m\"\nkind = \"modbus\"\nhost = \"plc\"\ntable = \"coil\"\naddress = 7\n"
    "off = 0\non = 1\nsafe = 1\n";

TEST(ActuatorConfig, ReadsEveryKindAndItsHabits) {
  const auto configs = parse_actuators(std::string("[pipeline]\nmodel = \"x\"\n") +
                                           "[[actuator]]\nname = \"u\"\nkind = \"udp\"\nhost = \"::1\"\nport = 9\n" +
                                           kCan + kModbus + R"(
[[actuator]]
name = "q"
kind = "mqtt"
host = "broker"
topic = "site/brake"
[[actuator]]
name = "g"
kind = "gpio"
chip = "gpiochip0"
line = "17"
off = 0
on = 1
safe = 1
[[actuator]]
name = "w"
kind = "webhook"
url = "http://host/x"
repeat_ms = 5000
send = "every"
close = "off"
close_ms = 50
[[actuator]]
name = "s"
kind = "stdout"
on = "brake!"
)",
                                       "p.toml");
  ASSERT_TRUE(configs.has_value()) << configs.error().message;
  ASSERT_EQ(configs->size(), 7u);
  std::string kinds;
  for (const ActuatorConfig& config : *configs) kinds += std::string(kind_name(config)) + " ";
  EXPECT_EQ(kinds, "udp can modbus mqtt gpio webhook stdout ");
  EXPECT_EQ((*configs)[0].repeat, milliseconds(100));
  EXPECT_EQ((*configs)[0].sending, Sending::kEvery);
  EXPECT_EQ(std::get<CanConfig>((*configs)[1].kind).values.safe,
            (std::vector<std::byte>{std::byte{2}, std::byte{0xff}, std::byte{0}}));
  const auto& mqtt = std::get<MqttConfig>((*configs)[3].kind);
  EXPECT_EQ(mqtt.availability_topic, "site/brake/availability");
  EXPECT_EQ(mqtt.port, 1883);
  EXPECT_EQ(mqtt.qos, 1);
  EXPECT_EQ((*configs)[3].sending, Sending::kChange);
  EXPECT_EQ((*configs)[5].repeat, milliseconds(5000));
  EXPECT_EQ((*configs)[5].sending, Sending::kEvery);
  EXPECT_EQ((*configs)[5].close_state, State::kOff);
  EXPECT_EQ((*configs)[5].close_bound, milliseconds(50));
  EXPECT_EQ(std::get<StdoutConfig>((*configs)[6].kind).values.on, "brake!");
  EXPECT_TRUE(parse_actuators("[pipeline]\n", "p.toml")->empty());
}

TEST(ActuatorConfig, ErrorsNameTheLineAndWhatToDo) {
  const std::string udp = "[[actuator]]\nname = \"u\"\nkind = \"udp\"\nhost = \"h\"\nport = 9\n";
  const std::string mqtt = "[[actuator]]\nname = \"q\"\nkind = \"mqtt\"\nhost = \"h\"\ntopic = \"t\"\n";
  const std::string hook = "[[actuator]]\nname = \"w\"\nkind = \"webhook\"\n";
  const std::pair<std::string, std::string> cases[] = {
      {udp + "colour = 3\n", "p.toml:6: unknown key 'colour' in [[actuator]]"},
      {udp + "topic = \"x\"\n", "p.toml:6: unknown key 'topic' in [[actuator]]"},
      {udp + "repeat_ms = 5\n", "p.toml:6: repeat_ms must be 0 (never) or at least 10"},
      {udp + "close = \"on\"\n", "p.toml:6: close must be one of: off, safe"},
      {udp + "on = \"yes\"\n", "p.toml:6: on must be a whole number"},
      {udp + udp, "p.toml:7: two actuators are named 'u'"},
      {udp + "[[actuator]]\nkind = \"udp\"\n", "p.toml:6: [[actuator]] lacks the key 'name'"},
      {udp + "[[actuator]]\nname = \"v\"\nkind = \"udp\"\nhost = \"h\"\n",
       "p.toml:6: [[actuator]] lacks the key 'port'"},
      {"[[actuator]]\nname = \"a b\"\nkind = \"stdout\"\n", "p.toml:2: name must be 1 to 64 letters"},
      {"[[actuator]]\nname = \"a\"\nkind = \"lamp\"\n", "p.toml:3: kind must be one of: can, gpio, modbus"},
      {"actuator = 3\n", "p.toml:1: actuators are tables: [[actuator]]"},
      {std::string(kCan) + "counter_byte = 3\n", "p.toml:9: counter_byte must be a whole number from 0 to 2"},
      {std::string(kCan) + "counter_byte = 1\nchecksum_byte = 1\n", "p.toml:10: checksum_byte must be another byte"},
      {"[[actuator]]\nname = \"c\"\nkind = \"can\"\ninterface = \"c\"\nid = 0x800\n", "p.toml:5: id must be a whole"},
      {"[[actuator]]\nname = \"c\"\nkind = \"can\"\ninterface = \"c\"\nid = 1\noff = \"0g\"\non = \"01\"\nsafe = "
       "\"01\"\n",
       "p.toml:6: off must be 1 to 8 bytes in hexadecimal"},
      {"[[actuator]]\nname = \"c\"\nkind = \"can\"\ninterface = \"c\"\nid = 1\noff = \"00\"\non = \"0100\"\nsafe = "
       "\"01\"\n",
       "p.toml:7: on must have as many bytes as off"},
      {"[[actuator]]\nname = \"m\"\nkind = \"modbus\"\nhost = \"h\"\ntable = \"coil\"\naddress = 1\noff = 0\non = "
       "2\nsafe = 1\n",
       "p.toml:8: on must be a whole number from 0 to 1"},
      {mqtt + "tls_ca_file = \"p.toml\"\ntls = false\n", "p.toml:6: tls_ca_file names no file"},
      {mqtt + "availability_topic = \"a/#\"\n", "p.toml:6: availability_topic must not have the wildcards"},
      {mqtt + "password = \"x\"\n", "p.toml:6: password needs a user"},
      {mqtt + "qos = 3\n", "p.toml:6: qos must be a whole number from 0 to 2"},
      {hook + "url = \"ftp://x\"\n", "p.toml:4: url must begin with http:// or https://"},
      {hook + "url = \"http://x\"\nheaders = [\"no\"]\n", "p.toml:5: headers must hold lines of the form"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(problem(text).substr(0, expected.size()), expected) << text;
}

TEST(ActuatorConfig, SecretsComeFromFilesBesideThePipeline) {
  const test::TestFolder folder;
  folder.write("token", "Bearer abc\n");
  const auto configs = parse_actuators(
      "[[actuator]]\nname = \"w\"\nkind = \"webhook\"\nurl = \"https://h\"\nauthorization_file = \"token\"\n"
      "[[actuator]]\nname = \"q\"\nkind = \"mqtt\"\nhost = \"h\"\ntopic = \"t\"\nuser = \"u\"\npassword_file = "
      "\"token\"\n",
      "p.toml", folder.path());
  ASSERT_TRUE(configs.has_value()) << configs.error().message;
  EXPECT_EQ(std::get<WebhookConfig>((*configs)[0].kind).headers, std::vector<std::string>{"Authorization: Bearer abc"});
  EXPECT_EQ(std::get<MqttConfig>((*configs)[1].kind).password, "Bearer abc");
}

}  // namespace
}  // namespace hedge::act
