// The MQTT actuator with Debian's broker: states, availability and will, discovery, QoS, logins and TLS, and a broker
// that is killed in the middle.
#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "act/actuator.h"
#include "act/discovery.h"
#include "act/test_broker.h"

namespace hedge::act {
namespace {

using namespace std::chrono_literals;
using test::command;
using test::eventually;

class Mqtt : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::broker_installed()) GTEST_SKIP() << "mosquitto is not installed (apt install mosquitto)";
  }

  static ActuatorConfig config(int port) {
    return {.name = "brake",
            .kind = MqttConfig{.host = "127.0.0.1",
                               .port = port,
                               .topic = "car/brake",
                               .qos = 1,
                               .availability_topic = "car/brake/availability"},
            .sending = Sending::kChange};
  }
  static std::unique_ptr<Actuator> make(ActuatorConfig config) {
    return std::move(*Actuator::create(std::move(config)));
  }
};

TEST_F(Mqtt, StatesArriveAtEveryQosAndAvailabilityEnclosesThem) {
  const test::Broker broker;
  ASSERT_TRUE(broker.runs());
  for (const int qos : {0, 1, 2}) {
    ActuatorConfig with = config(broker.port());
    auto& mqtt = std::get<MqttConfig>(with.kind);
    mqtt.qos = qos;
    mqtt.topic = fmt::format("q{}", qos);
    mqtt.availability_topic = mqtt.topic + "/a";
    test::Subscriber subscriber(broker.port());
    const auto actuator = make(with);
    actuator->set(command(State::kOn));
    EXPECT_TRUE(subscriber.hears(mqtt.topic, "ON"));
    EXPECT_TRUE(subscriber.hears(mqtt.topic + "/a", "online"));
    actuator->set(command(State::kOff));
    EXPECT_TRUE(subscriber.hears(mqtt.topic, "OFF"));
    ASSERT_TRUE(actuator->close().has_value());
    EXPECT_TRUE(subscriber.hears(mqtt.topic, "SAFE"));
    EXPECT_TRUE(subscriber.hears(mqtt.topic + "/a", "offline"));
    const Counters counters = actuator->counters();
    EXPECT_EQ(counters.sent + counters.replaced, 3u) << qos;
    EXPECT_EQ(counters.connects, 1u);
    EXPECT_EQ(counters.last_error, "");
  }
}

TEST_F(Mqtt, AvailabilityIsRetainedAndTheStateOnlyWhereAskedFor) {
  const test::Broker broker;
  ActuatorConfig with = config(broker.port());
  const auto plain = make(with);
  plain->set(command(State::kOn));
  std::get<MqttConfig>(with.kind).topic = "kept";
  std::get<MqttConfig>(with.kind).availability_topic = "kept/a";
  std::get<MqttConfig>(with.kind).retain = true;
  const auto kept = make(with);
  kept->set(command(State::kOn));
  ASSERT_TRUE(eventually([&] { return plain->counters().sent == 1 && kept->counters().sent == 1; }));
  test::Subscriber late(broker.port());
  EXPECT_TRUE(late.hears("car/brake/availability", "online"));
  EXPECT_TRUE(late.hears("kept/a", "online"));
  EXPECT_TRUE(late.hears("kept", "ON"));
  EXPECT_EQ(late.latest("car/brake"), std::nullopt);
}

TEST_F(Mqtt, TheWillSpeaksForAClientThatDied) {
  const test::Broker broker;
  test::Subscriber subscriber(broker.port());
  ASSERT_NE(broker.port(), 0);
  const pid_t child = ::fork();
  if (child == 0) {  // only this thread lives on here; the actuator starts its own
    const auto actuator = make(config(broker.port()));
    actuator->set(command(State::kOn));
    ::pause();
    ::_exit(0);
  }
  EXPECT_TRUE(subscriber.hears("car/brake/availability", "online"));
  EXPECT_TRUE(subscriber.hears("car/brake", "ON"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(subscriber.hears("car/brake/availability", "offline"));
}

TEST_F(Mqtt, ABrokerKilledAndStartedAgainGetsThePresentState) {
  test::Broker broker;
  ActuatorConfig with = config(broker.port());
  std::get<MqttConfig>(with.kind).retain = true;
  const auto actuator = make(with);
  {
    test::Subscriber subscriber(broker.port());
    actuator->set(command(State::kOn));
    ASSERT_TRUE(subscriber.hears("car/brake", "ON"));
  }
  for (int round = 0; round < 3; ++round) {
    broker.kill();
    ASSERT_TRUE(eventually([&] { return !actuator->counters().connected; }));
    // While it is away set() is as quick as ever, and only the last state counts.
    const int count = 1000 + round;
    std::vector<std::chrono::nanoseconds> times;
    for (int k = 0; k < count; ++k) {
      const Command next = command((round + k) % 2 == 0 ? State::kOff : State::kOn);
      const auto begin = steady_now();
      actuator->set(next);
      times.push_back(steady_now() - begin);
    }
    std::ranges::sort(times);
    EXPECT_LT(times[990], 1ms);
    broker.start();
    ASSERT_TRUE(broker.runs());
    test::Subscriber subscriber(broker.port());
    // Nobody has set anything since, and the broker has forgotten what it kept.
    EXPECT_TRUE(subscriber.hears("car/brake", (round + count - 1) % 2 == 0 ? "OFF" : "ON"));
    EXPECT_EQ(actuator->counters().connects, static_cast<unsigned>(round) + 2);
  }
  EXPECT_GT(actuator->counters().replaced, 1000u);
  EXPECT_GT(actuator->counters().failed, 0u);
}

TEST_F(Mqtt, TheStateIsToldAgainAfterAReconnectAndPeriodically) {
  test::Broker broker;
  ActuatorConfig with = config(broker.port());
  with.repeat = 20ms;
  const auto actuator = make(with);
  actuator->set(command(State::kOn));
  ASSERT_TRUE(eventually([&] { return actuator->counters().repeats >= 3; }));
  broker.kill();
  ASSERT_TRUE(eventually([&] { return !actuator->counters().connected; }));
  actuator->set(command(State::kSafe));
  broker.start();
  test::Subscriber subscriber(broker.port());
  EXPECT_TRUE(subscriber.hears("car/brake", "SAFE"));  // nobody has set anything since
}

TEST_F(Mqtt, HomeAssistantFindsTheActuator) {
  const test::Broker broker;
  ActuatorConfig with = config(broker.port());
  auto& mqtt = std::get<MqttConfig>(with.kind);
  mqtt.home_assistant = true;
  mqtt.payload = MqttPayload::kJson;
  mqtt.device = "yard";
  const auto actuator = make(with);
  actuator->set(command(State::kOn, "person near"));
  ASSERT_TRUE(eventually([&] { return actuator->counters().sent == 1; }));
  test::Subscriber late(broker.port());  // discovery is retained: a restarted Home Assistant sees it
  const std::string topic = "homeassistant/sensor/yard/brake/config";
  ASSERT_TRUE(eventually([&] { return late.latest(topic).has_value(); }));
  const auto json = nlohmann::json::parse(*late.latest(topic), nullptr, false);
  EXPECT_EQ(json["state_topic"], "car/brake");
  EXPECT_EQ(json["availability_topic"], "car/brake/availability");
  EXPECT_EQ(json["unique_id"], "yard_brake");
  EXPECT_EQ(json["value_template"], "{{ value_json.value }}");
  EXPECT_EQ(json["device"]["identifiers"][0], "yard");
  actuator->set(command(State::kOff, "person near"));
  ASSERT_TRUE(eventually([&] { return late.latest("car/brake").has_value(); }));
  const auto state = nlohmann::json::parse(*late.latest("car/brake"), nullptr, false);
  EXPECT_EQ(state["value"], "OFF");
  EXPECT_EQ(state["state"], "off");
  EXPECT_EQ(state["rule"], "person near");
}

TEST_F(Mqtt, ALoginIsNeededWhereTheBrokerWantsOne) {
  if (!test::is_installed("mosquitto_passwd")) GTEST_SKIP() << "mosquitto_passwd is not installed";
  const test::TestFolder folder;
  const std::string passwords = (folder.path() / "passwords").string();
  ASSERT_EQ(::system(fmt::format("mosquitto_passwd -b -c {} hedge secret", passwords).c_str()), 0);
  const test::Broker broker("allow_anonymous false\npassword_file " + passwords + "\n");
  ASSERT_TRUE(broker.runs());
  const auto refused = make(config(broker.port()));
  EXPECT_TRUE(eventually([&] { return refused->counters().failed >= 1; }));
  EXPECT_NE(refused->counters().last_error.find("not authorised"), std::string::npos) << refused->counters().last_error;
  ActuatorConfig with = config(broker.port());
  std::get<MqttConfig>(with.kind).user = "hedge";
  std::get<MqttConfig>(with.kind).password = "secret";
  const auto actuator = make(with);
  actuator->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return actuator->counters().sent == 1; })) << actuator->counters().last_error;
}

TEST_F(Mqtt, TlsIsSpokenWithTheRightAuthorityOnly) {
  if (!test::is_installed("openssl")) GTEST_SKIP() << "openssl is not installed";
  const test::TestFolder folder;
  const auto make_certificate = [&](const std::string& name) {
    const std::string base = (folder.path() / name).string();
    return ::system(fmt::format("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {0}.key -out {0}.crt "
                                "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1",
                                base)
                        .c_str()) == 0;
  };
  ASSERT_TRUE(make_certificate("broker") && make_certificate("other"));
  const std::string base = (folder.path() / "broker").string();
  const test::Broker broker(fmt::format("allow_anonymous true\ncertfile {0}.crt\nkeyfile {0}.key\n", base));
  ASSERT_TRUE(broker.runs());
  ActuatorConfig with = config(broker.port());
  auto& mqtt = std::get<MqttConfig>(with.kind);
  mqtt.tls = true;
  mqtt.tls_ca_file = base + ".crt";
  const auto actuator = make(with);
  actuator->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return actuator->counters().sent == 1; })) << actuator->counters().last_error;
  mqtt.tls_ca_file = (folder.path() / "other.crt").string();
  const auto deceived = make(with);
  deceived->set(command(State::kOn));
  EXPECT_TRUE(eventually([&] { return deceived->counters().failed >= 2; }));
  EXPECT_EQ(deceived->counters().connects, 0u);
  EXPECT_FALSE(deceived->counters().last_error.empty());
}

}  // namespace
}  // namespace hedge::act
