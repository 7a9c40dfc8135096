// An actuator that is overruled: SAFE goes out in place of what was asked for, repeats included, and what was asked for
// goes out again once nobody overrules it; one that is to be silent says nothing.
#include <gtest/gtest.h>

#include <atomic>

#include "act/actuator.h"
#include "act/test_peer.h"

namespace hedge::act {
namespace {

using namespace std::chrono_literals;
using test::command;

class Switch final : public Overruler {
 public:
  Ruling ruling() const noexcept override {
    const int left = asked_before_.load();
    if (left > 0 && asked_before_.fetch_sub(1) > 1) return Ruling::kAsAsked;
    return ruling_.load();
  }
  void set(Ruling ruling) { ruling_ = ruling; }
  /// The first look finds the way open, the ones after it `ruling`: the latch closes while a message is being sent.
  void close_while_sending(Ruling ruling) {
    ruling_ = ruling;
    asked_before_ = 3;  // set() looks, then put(), before the message is sent
  }

 private:
  std::atomic<Ruling> ruling_{Ruling::kAsAsked};
  mutable std::atomic<int> asked_before_{0};
};

struct Bed {
  explicit Bed(milliseconds repeat = 0ms) {
    actuator = *Actuator::create(
        {.name = "brake", .kind = UdpConfig{.host = "127.0.0.1", .port = receiver.port()}, .repeat = repeat},
        &overruler);
  }
  std::optional<State> next(milliseconds patience = test::kPatience) {
    const auto datagram = receiver.next(patience);
    return datagram ? std::optional(datagram->state) : std::nullopt;
  }

  test::UdpReceiver receiver;
  Switch overruler;
  std::unique_ptr<Actuator> actuator;
};

TEST(Overruled, SafeGoesOutInPlaceOfWhatWasAskedFor) {
  Bed bed;
  bed.actuator->set(command(State::kOn));
  EXPECT_EQ(bed.next(), State::kOn);
  bed.overruler.set(Ruling::kSafe);
  bed.actuator->set(command(State::kOn));
  EXPECT_EQ(bed.next(), State::kSafe);
  bed.overruler.set(Ruling::kAsAsked);
  bed.actuator->set(command(State::kOn));
  EXPECT_EQ(bed.next(), State::kOn);
}

TEST(Overruled, RepeatsAreSafeToo) {
  Bed bed(10ms);
  bed.actuator->set(command(State::kOn));
  EXPECT_EQ(bed.next(), State::kOn);
  bed.overruler.set(Ruling::kSafe);
  while (bed.next() != State::kSafe) {  // repeats that were on their way
  }
  EXPECT_EQ(bed.next(), State::kSafe);
  bed.overruler.set(Ruling::kSilent);
  while (bed.next(200ms)) {
  }
  bed.overruler.set(Ruling::kAsAsked);
  bed.actuator->set(command(State::kOff));
  EXPECT_EQ(bed.next(), State::kOff);
}

TEST(Overruled, WhatIsOverruledWhileItIsSentIsFollowedBySafe) {
  Bed bed;
  bed.overruler.close_while_sending(Ruling::kSafe);
  bed.actuator->set(command(State::kOn));
  EXPECT_EQ(bed.next(), State::kOn);
  EXPECT_EQ(bed.next(), State::kSafe);
}

TEST(Overruled, KindsWithAThreadTellTheStateAgainWhenItIsOver) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::Descriptor reader(ends[0]), writer(ends[1]);
  Switch overruler;
  auto actuator = *Actuator::create(
      {.name = "lamp", .kind = StdoutConfig{.descriptor = writer.get()}, .sending = Sending::kChange}, &overruler);
  const auto line = [&] {
    std::string text;
    for (char byte = 0; ::read(reader.get(), &byte, 1) == 1 && byte != '\n';) text += byte;
    return text;
  };
  actuator->set(command(State::kOn));
  EXPECT_NE(line().find("\"on\""), std::string::npos);
  overruler.set(Ruling::kSafe);
  actuator->set(command(State::kOn));
  actuator->set(command(State::kOn));
  EXPECT_NE(line().find("\"safe\""), std::string::npos);
  overruler.set(Ruling::kAsAsked);
  actuator->set(command(State::kOn));
  EXPECT_NE(line().find("\"on\""), std::string::npos);
}

TEST(Silenced, NothingGoesOutAndNothingIsSaidLater) {
  Bed bed(10ms);
  bed.overruler.set(Ruling::kSilent);
  bed.actuator->set(command(State::kSafe));
  EXPECT_EQ(bed.next(100ms), std::nullopt);
  ASSERT_TRUE(bed.actuator->leave().has_value());
  EXPECT_EQ(bed.next(100ms), std::nullopt);
}

}  // namespace
}  // namespace hedge::act
