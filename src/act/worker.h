// What an actuator and its thread share: the slot for the newest command, the link, the counters.
//
// Invariants
// 1. Generations number the commands, sequences the messages; both only grow.
// 2. The thread takes its sequence before it looks for the newest command. So a repeat of an older state, overtaken on
//    the way by a message that set() sent, has the lower sequence: a receiver can tell.
// 3. After a repeat the thread looks again: had set() sent meanwhile, that state is repeated at once, for receivers
// that
//    know no sequence. The last message is never the older state.
// 4. What is overruled goes out as SAFE, or not at all; what became so while it was being sent is followed by SAFE.
// 5. A command that put() sends itself is the thread's to send only once put() has failed: each command is one message
//    that is no repeat.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include "act/actuator.h"
#include "act/latest_slot.h"
#include "act/link.h"
#include "act/message.h"
#include "base/descriptor.h"

namespace hedge::act {

using base::Descriptor;
class Worker {
 public:
  struct Ending {
    bool sent;  ///< nothing that was asked for is left to send
    bool held;  ///< the thread is in a call that cannot be given up: it cannot be joined now
  };

  static base::Result<std::shared_ptr<Worker>> create(ActuatorConfig config, const Overruler* overruler);

  // The commanding side.
  void put(const Message& message) noexcept;
  Ending stop();

  // Any thread.
  bool wait_connected(std::chrono::nanoseconds timeout) const;
  bool connected() const noexcept { return connected_.load(std::memory_order_relaxed); }
  Ruling ruling() const noexcept { return overruler_ == nullptr ? Ruling::kAsAsked : overruler_->ruling(); }
  Counters counters() const;
  const ActuatorConfig& config() const { return config_; }

  /// The thread: until stop().
  void run();

 private:
  using Time = std::chrono::nanoseconds;  // the steady clock's, since its epoch

  struct Entry {
    Message message;
    std::uint64_t generation = 0;
    bool direct = false;  ///< put() sends it itself
    Time put_at{0};
  };

  Worker(ActuatorConfig config, const Overruler* overruler, Descriptor wake, Descriptor abandon);

  bool stopping() const { return stop_at_.load(std::memory_order_acquire) != 0; }
  bool pending() const;
  void hush();
  static bool overruled(Ruling ruling, const Message& message);
  int send_direct(Message message) noexcept;
  void take_newest();
  void connect();
  void lose(std::string error);
  void send();
  void serve();
  void wait();
  void wake() noexcept;
  void record(std::string error);
  void record_direct();
  Time next_repeat() const;
  Time jittered(Time time);

  const ActuatorConfig config_;
  const Overruler* const overruler_;  // or null
  const Descriptor wake_, abandon_;
  std::unique_ptr<Link> link_;
  LatestSlot<Entry> slot_;

  // Written by the commanding side.
  std::uint64_t generation_ = 0;
  std::atomic<std::uint64_t> commands_{0}, replaced_{0};
  std::atomic<std::uint64_t> direct_generation_{0};  // the newest that put() has sent itself
  std::atomic<std::uint64_t> failed_generation_{0};  // the newest that put() could not send itself
  std::atomic<int> direct_errno_{0};                 // of a failed put(), until the thread has made a line of it
  std::atomic<std::int64_t> stop_at_{0};             // when to give up, ns; 0: not stopping

  // Written by both.
  std::atomic<std::uint64_t> sequence_{0}, sent_{0}, failed_{0};
  std::atomic<std::int64_t> last_sent_{0};
  std::atomic<State> told_{State::kOff};  // what the newest message said

  // The thread's.
  Entry present_;
  std::uint64_t sent_generation_ = 0;  // the newest that the thread has sent
  bool again_ = false;                 // the state is to be sent once more: after a reconnect, or invariant 3
  Time retry_at_{0}, attempted_{0}, backoff_{0}, refused_backoff_{0}, service_at_{0};
  std::minstd_rand random_;
  std::atomic<std::uint64_t> repeats_{0}, connects_{0};
  std::atomic<bool> connected_{false}, direct_ready_{false};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string last_error_;  // mutex_
  bool finished_ = false;   // mutex_
  bool delivered_ = false;  // mutex_: when the thread began to end, nothing was pending
};

}  // namespace hedge::act
