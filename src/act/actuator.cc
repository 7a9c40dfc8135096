#include "act/actuator.h"

#include "act/worker.h"

namespace hedge::act {

base::Result<std::unique_ptr<Actuator>> Actuator::create(ActuatorConfig config, const Overruler* overruler) {
  return std::unique_ptr<Actuator>(
      new Actuator(TRY(Worker::create(std::move(config), overruler))));  // NOLINT: private constructor
}

Actuator::Actuator(std::shared_ptr<Worker> worker)
    : worker_(std::move(worker)), thread_([shared = worker_] { shared->run(); }) {}

Actuator::~Actuator() { static_cast<void>(close()); }

void Actuator::set(const Command& command) noexcept {
  if (closed_) return;
  // What goes out, so that the state is told again once nobody overrules it any more.
  const State state = worker_->ruling() == Ruling::kSafe ? State::kSafe : command.state;
  if (worker_->config().sending == Sending::kChange && has_state_ && state == last_state_) return;
  has_state_ = true;
  last_state_ = state;
  worker_->put({.command = command});
}

base::Status Actuator::close() {
  if (closed_) return {};
  const auto now = steady_now();
  worker_->put({.command = {.state = worker_->config().close_state, .decided = now}, .closing = true});
  return end();
}

base::Status Actuator::leave() { return closed_ ? base::Status{} : end(); }

base::Status Actuator::end() {
  closed_ = true;
  const Worker::Ending ending = worker_->stop();
  // A thread that is still held by the operating system (name resolution) is left to end when it is let go.
  if (ending.held)
    thread_.detach();
  else
    thread_.join();
  if (ending.sent) return {};
  const std::string reason = worker_->counters().last_error;
  return base::fail(base::ErrorKind::kUnavailable, "actuator '{}': its last state was not sent within {} ms{}{}",
                    worker_->config().name, worker_->config().close_bound.count(), reason.empty() ? "" : ": ", reason);
}

bool Actuator::wait_connected(std::chrono::nanoseconds timeout) const { return worker_->wait_connected(timeout); }
bool Actuator::connected() const noexcept { return worker_->connected(); }
Counters Actuator::counters() const { return worker_->counters(); }
const ActuatorConfig& Actuator::config() const { return worker_->config(); }

}  // namespace hedge::act
