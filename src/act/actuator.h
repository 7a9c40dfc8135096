// An actuator: set() hands over what is wanted and returns at once, whatever the other side does.
//
// Threads. One thread at a time calls set(), close() and leave(); counters() and wait_connected() are free for all.
// Each actuator has a thread of its own that connects, reconnects, sends and repeats. Between the two there is one slot
// in which the newest command wins: a slow peer delays nothing, what it missed is counted. Kinds whose sending cannot
// block (UDP, CAN) send within set(); the thread then only repeats, and sends what set() could not. The thread inherits
// the scheduling class of the thread that calls create().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "act/command.h"
#include "act/config.h"
#include "act/overruler.h"
#include "base/result.h"

namespace hedge::act {

class Worker;

struct Counters {
  std::uint64_t commands = 0;  ///< set() and close(), without those that asked for nothing new (send = "change")
  std::uint64_t sent = 0;      ///< messages that left, repeats included: accepted by the peer where the protocol tells
  std::uint64_t repeats = 0;   ///< of these, the ones that told a state again
  std::uint64_t replaced = 0;  ///< commands that a newer one overtook before they were sent
  std::uint64_t failed = 0;    ///< tries to connect or to send that failed
  std::uint64_t connects = 0;  ///< connections made, the first one included
  bool connected = false;
  std::string last_error;  ///< of the newest failure, one line; empty: none so far
};

class Actuator {
 public:
  /// Starts the thread. A peer that is not there is no error: see wait_connected(). UDP and CAN are opened before this
  /// returns, which for a host's name waits for its resolution. `overruler`, where there is one, is asked about each
  /// message and outlives the actuator.
  static base::Result<std::unique_ptr<Actuator>> create(ActuatorConfig config, const Overruler* overruler = nullptr);
  ~Actuator();  ///< as close()
  Actuator(const Actuator&) = delete;
  Actuator& operator=(const Actuator&) = delete;

  /// Neither blocks nor allocates nor locks.
  void set(const Command& command) noexcept;

  /// Sends the state that the table's `close` names, waits until it is sent, at most `close_ms`, and ends. A second
  /// call does nothing. kUnavailable: it could not be sent in that time.
  base::Status close();
  /// The same, but the state that was set last stays.
  base::Status leave();

  bool wait_connected(std::chrono::nanoseconds timeout) const;
  bool connected() const noexcept;  ///< now; neither locks nor allocates
  Counters counters() const;
  const ActuatorConfig& config() const;

 private:
  explicit Actuator(std::shared_ptr<Worker> worker);
  base::Status end();

  // Shared with the thread, so that a thread that hangs in the operating system may outlive the actuator.
  std::shared_ptr<Worker> worker_;
  std::thread thread_;
  State last_state_ = State::kOff;
  bool has_state_ = false, closed_ = false;
};

}  // namespace hedge::act
