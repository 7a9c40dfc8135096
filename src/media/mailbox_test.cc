#include "media/mailbox.h"

#include <gtest/gtest.h>

#include <thread>

namespace hedge::media {
namespace {

using namespace std::chrono_literals;

TEST(Mailbox, NewestWinsAndTheRestAreCounted) {
  Mailbox<int> mailbox(Delivery::kNewestWins);
  for (int k = 0; k < 5; ++k) EXPECT_TRUE(mailbox.put(k));
  bool ended = true;
  EXPECT_EQ(mailbox.take(0ms, ended).value(), 4);
  EXPECT_FALSE(ended);
  EXPECT_EQ(mailbox.dropped(), 4);
  EXPECT_EQ(mailbox.take(0ms, ended).value(), std::nullopt);
  EXPECT_FALSE(ended);
}

TEST(Mailbox, LosslessDeliversEverythingInOrder) {
  Mailbox<int> mailbox(Delivery::kLossless);
  std::thread producer([&] {
    for (int k = 0; k < 1000; ++k) EXPECT_TRUE(mailbox.put(k));
    mailbox.close();
  });
  int expected = 0;
  for (bool ended = false; !ended;)
    if (const auto item = mailbox.take(1s, ended).value()) EXPECT_EQ(*item, expected++);
  producer.join();
  EXPECT_EQ(expected, 1000);
  EXPECT_EQ(mailbox.dropped(), 0);
}

TEST(Mailbox, ClosingFreesAWaitingProducer) {
  Mailbox<int> mailbox(Delivery::kLossless);
  EXPECT_TRUE(mailbox.put(1));
  std::thread producer([&] { EXPECT_FALSE(mailbox.put(2)); });
  mailbox.close();
  producer.join();
}

TEST(Mailbox, TheLastItemComesBeforeTheError) {
  Mailbox<int> mailbox(Delivery::kNewestWins);
  mailbox.put(1);
  mailbox.close(base::Error{base::ErrorKind::kUnavailable, "gone"});
  bool ended = false;
  EXPECT_EQ(mailbox.take(0ms, ended).value(), 1);
  const auto after = mailbox.take(0ms, ended);
  ASSERT_FALSE(after.has_value());
  EXPECT_EQ(after.error().message, "gone");
}

}  // namespace
}  // namespace hedge::media
