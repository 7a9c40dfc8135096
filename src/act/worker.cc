#include "act/worker.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>

namespace hedge::act {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// After a lost connection; a new command may shorten the wait, but tries are never closer than the least.
constexpr nanoseconds kBackoffLeast = 100ms, kBackoffMost = 2s;
// After a send that was refused on a standing connection: a CAN queue that is full empties in milliseconds.
constexpr nanoseconds kRefusedLeast = 5ms;
constexpr nanoseconds kServicePeriod = 1s;
// What a thread gets to come back once it is told that nobody waits any more.
constexpr nanoseconds kAbandonBound = 50ms;
constexpr nanoseconds kNever = nanoseconds::max();

void signal_event(const Descriptor& event) noexcept {
  const std::uint64_t one = 1;
  // Fails only where the counter is full, and then the event is signalled already.
  [[maybe_unused]] const ssize_t written = ::write(event.get(), &one, sizeof one);
}

}  // namespace

base::Result<std::shared_ptr<Worker>> Worker::create(ActuatorConfig config, const Overruler* overruler) {
  Descriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), abandon(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake || !abandon)
    return base::fail(base::ErrorKind::kResourceLimit, "actuator '{}': no event descriptor: {}", config.name,
                      std::strerror(errno));
  std::shared_ptr<Worker> worker(
      new Worker(std::move(config), overruler, std::move(wake), std::move(abandon)));  // NOLINT
  if (worker->link_->direct()) worker->connect();  // so that the first command is sent at once
  return worker;
}

Worker::Worker(ActuatorConfig config, const Overruler* overruler, Descriptor wake, Descriptor abandon)
    : config_(std::move(config)), overruler_(overruler), wake_(std::move(wake)), abandon_(std::move(abandon)) {
  const std::uint32_t session = std::random_device()();
  random_.seed(session);
  const LinkContext context{.name = config_.name, .session = session, .abandon_fd = abandon_.get()};
  link_ = std::visit([&](const auto& kind) { return create_link(kind, context); }, config_.kind);
}

void Worker::put(const Message& message) noexcept {
  const std::uint64_t generation = ++generation_;
  commands_.fetch_add(1, std::memory_order_relaxed);
  const Time now = steady_now();
  const bool direct = direct_ready_.load(std::memory_order_acquire);
  const Entry* overtaken = slot_.put({message, generation, direct, now});
  if (overtaken != nullptr && overtaken->generation > direct_generation_.load(std::memory_order_relaxed))
    replaced_.fetch_add(1, std::memory_order_relaxed);
  if (!direct) return wake();
  const Ruling ruling = this->ruling();
  if (ruling == Ruling::kSilent) return;
  Message ruled = message;
  if (overruled(ruling, message)) ruled.command.state = State::kSafe;
  int error = send_direct(ruled);
  if (error == 0 && overruled(this->ruling(), ruled)) {
    ruled.command.state = State::kSafe;
    error = send_direct(ruled);
  }
  if (error != 0) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    direct_errno_.store(error, std::memory_order_relaxed);
    failed_generation_.store(generation, std::memory_order_release);
    return wake();
  }
  last_sent_.store(now.count(), std::memory_order_relaxed);
  direct_generation_.store(generation, std::memory_order_release);
  if (generation == 1) wake();  // from here on there is something to repeat
}

int Worker::send_direct(Message message) noexcept {
  message.sequence = sequence_.fetch_add(1, std::memory_order_acq_rel) + 1;
  const int error = link_->send_now(message);
  if (error != 0) return error;
  sent_.fetch_add(1, std::memory_order_relaxed);
  told_.store(message.command.state, std::memory_order_relaxed);
  return 0;
}

bool Worker::overruled(Ruling ruling, const Message& message) {
  return ruling == Ruling::kSafe && message.command.state != State::kSafe;
}

Worker::Ending Worker::stop() {
  stop_at_.store((steady_now() + config_.close_bound).count(), std::memory_order_release);
  wake();
  std::unique_lock lock(mutex_);
  const auto finished = [&] { return finished_; };
  if (!changed_.wait_for(lock, config_.close_bound, finished)) {
    signal_event(abandon_);
    changed_.wait_for(lock, kAbandonBound, finished);
  }
  return {.sent = delivered_, .held = !finished_};
}

bool Worker::wait_connected(std::chrono::nanoseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return connected_.load(); });
}

Counters Worker::counters() const {
  const std::scoped_lock lock(mutex_);
  Counters counters{.commands = commands_,
                    .sent = sent_,
                    .repeats = repeats_,
                    .replaced = replaced_,
                    .failed = failed_,
                    .connects = connects_,
                    .connected = connected_,
                    .last_error = last_error_};
  if (const int error = direct_errno_.load()) counters.last_error = std::strerror(error);
  return counters;
}

void Worker::run() {
  // Signals are the program's, and a peer that hangs up is an error of the call, not a SIGPIPE.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  pthread_setname_np(pthread_self(), ("act:" + config_.name).substr(0, 15).c_str());
  while (true) {
    take_newest();
    if (ruling() == Ruling::kSilent) hush();
    record_direct();
    const Time now = steady_now();
    if (stopping()) retry_at_ = std::min(retry_at_, attempted_ + kBackoffLeast);
    if (stopping() && (!pending() || now.count() >= stop_at_.load())) break;
    if (!connected_ && now >= retry_at_) connect();
    if (connected_ && (pending() || again_ ? now >= retry_at_ : now >= next_repeat())) {
      send();
      continue;
    }
    wait();
  }
  {
    const std::scoped_lock lock(mutex_);
    delivered_ = !pending();
  }
  direct_ready_ = false;
  link_->disconnect();
  connected_ = false;
  const std::scoped_lock lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

bool Worker::pending() const {
  if (present_.generation <= sent_generation_) return false;
  return !present_.direct || failed_generation_.load(std::memory_order_acquire) >= present_.generation;
}

/// What was asked for has passed: another process speaks.
void Worker::hush() {
  sent_generation_ = std::max(sent_generation_, present_.generation);
  again_ = false;
}

void Worker::take_newest() {
  const Entry* newest = slot_.take();
  if (newest == nullptr) return;
  const bool other_state = newest->message.command.state != present_.message.command.state || present_.generation == 0;
  present_ = *newest;
  // What is new need not wait until the old one's failures are over, but does not hammer a peer that is not there.
  if (connected_ || other_state) retry_at_ = std::min(retry_at_, attempted_ + kBackoffLeast);
  if (connected_ && other_state) retry_at_ = Time(0);
}

void Worker::connect() {
  attempted_ = steady_now();
  const base::Status status = link_->connect();
  if (!status) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    return lose(status.error().message);
  }
  connects_.fetch_add(1, std::memory_order_relaxed);
  retry_at_ = Time(0);  // but the backoff stays until something was sent: a peer may accept and never answer
  service_at_ = steady_now() + kServicePeriod;
  again_ = present_.generation != 0;
  direct_ready_.store(link_->direct(), std::memory_order_release);
  const std::scoped_lock lock(mutex_);
  connected_ = true;
  changed_.notify_all();
}

void Worker::lose(std::string error) {
  direct_ready_ = false;
  connected_ = false;
  link_->disconnect();
  record(std::move(error));
  backoff_ = std::clamp(backoff_ * 2, kBackoffLeast, kBackoffMost);
  retry_at_ = steady_now() + jittered(backoff_);
}

void Worker::send() {
  const std::uint64_t sequence = sequence_.fetch_add(1, std::memory_order_acq_rel) + 1;
  take_newest();
  const Ruling ruling = this->ruling();
  if (ruling == Ruling::kSilent) return hush();
  Message message = present_.message;
  message.sequence = sequence;
  if (overruled(ruling, message)) message.command.state = State::kSafe;
  message.repeat = !pending() && message.command.state == told_.load(std::memory_order_relaxed);
  std::string error;
  const SendOutcome outcome = link_->send(message, error);
  if (outcome != SendOutcome::kSent) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    attempted_ = steady_now();
    if (outcome == SendOutcome::kBroken) return lose(std::move(error));
    record(std::move(error));
    again_ = true;
    refused_backoff_ = std::clamp(refused_backoff_ * 2, kRefusedLeast, kBackoffMost);
    retry_at_ = attempted_ + refused_backoff_;
    return;
  }
  sent_.fetch_add(1, std::memory_order_relaxed);
  if (message.repeat) repeats_.fetch_add(1, std::memory_order_relaxed);
  told_.store(message.command.state, std::memory_order_relaxed);
  last_sent_.store(steady_now().count(), std::memory_order_relaxed);
  backoff_ = refused_backoff_ = retry_at_ = Time(0);
  const std::uint64_t generation = present_.generation;
  sent_generation_ = std::max(sent_generation_, generation);
  take_newest();
  // Invariant 3. Where set() does not send, the newer one is pending anyhow.
  again_ = (present_.generation != generation && link_->direct()) || overruled(this->ruling(), message);
}

void Worker::serve() {
  service_at_ = steady_now() + kServicePeriod;
  if (base::Status status = link_->service(); !status) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    lose(status.error().message);
  }
}

void Worker::wait() {
  Time until = kNever;
  if (!connected_ || pending() || again_) until = std::min(until, retry_at_);
  if (connected_) until = std::min({until, next_repeat(), service_at_});
  if (stopping()) until = std::min(until, Time(stop_at_.load()));
  pollfd watched[2] = {{wake_.get(), POLLIN, 0}, {connected_ ? link_->descriptor() : -1, POLLIN, 0}};
  const Time left = std::max(until - steady_now(), Time(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  const int ready = ::ppoll(watched, 2, until == kNever ? nullptr : &timeout, nullptr);
  if (ready > 0 && watched[0].revents != 0) {
    std::uint64_t count;
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
  }
  if (connected_ && ((ready > 0 && watched[1].revents != 0) || steady_now() >= service_at_)) serve();
}

void Worker::wake() noexcept { signal_event(wake_); }

void Worker::record(std::string error) {
  std::ranges::replace(error, '\n', ' ');
  const std::scoped_lock lock(mutex_);
  last_error_ = std::move(error);
}

void Worker::record_direct() {
  if (const int error = direct_errno_.exchange(0)) record(std::strerror(error));
}

Worker::Time Worker::next_repeat() const {
  if (config_.repeat == 0ms || present_.generation == 0 || ruling() == Ruling::kSilent) return kNever;
  // Not before put() has had the time to send it first.
  return std::max(Time(last_sent_.load(std::memory_order_relaxed)), present_.put_at) + config_.repeat;
}

// 75 to 125 %: devices that lost one broker together do not come back together.
Worker::Time Worker::jittered(Time time) { return time * std::uniform_int_distribution<int>(75, 125)(random_) / 100; }

}  // namespace hedge::act
