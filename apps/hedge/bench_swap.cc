#include "hedge/bench_swap.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/affinity.h"
#include "engine/slot.h"
#include "engine/team.h"
#include "hedge/random_inputs.h"
#include "measure/latency.h"

namespace hedge::app {
namespace {

using base::Result;
using base::Status;
using measure::milliseconds_since;
using Clock = std::chrono::steady_clock;

/// Loads and publishes until it is stopped.
class Publisher {
 public:
  /// `cores`: where its thread may run, wherever the one that starts it is pinned.
  Publisher(const ModelOptions& model, engine::Slot& slot, double every, std::vector<int> cores)
      : model_(model),
        slot_(slot),
        every_(every),
        cores_(std::move(cores)),
        thread_([this](const std::stop_token& stop) {
          (void)base::keep_this_thread_on(cores_);
          run(stop);
        }) {}

  bool failed() const { return failed_.load(); }
  /// Waits for the load that is under way.
  Result<std::vector<double>> finish() {
    thread_.request_stop();
    thread_.join();
    if (!status_) return std::unexpected(status_.error());
    return std::move(loads_);
  }

 private:
  void run(const std::stop_token& stop) {
    while (pause(stop)) {
      status_ = replace();
      if (status_) continue;
      failed_.store(true);
      return;
    }
  }
  /// False: no more.
  bool pause(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    (void)wake_.wait_for(lock, stop, every_, [] { return false; });
    return !stop.stop_requested();
  }
  Status replace() {
    const auto begin = Clock::now();
    engine::Engine next = TRY(open_engine(model_));
    fill_inputs(next);
    TRY(next.run());
    loads_.push_back(milliseconds_since(begin));
    return slot_.publish(std::move(next));
  }

  const ModelOptions& model_;
  engine::Slot& slot_;
  std::chrono::duration<double> every_;
  std::vector<int> cores_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  Status status_;
  std::atomic<bool> failed_{false};
  std::vector<double> loads_;
  std::jthread thread_;  ///< the last: it uses the others
};

}  // namespace

Result<SwapTimes> measure_swaps(const ModelOptions& given, double seconds, double every) {
  ModelOptions model = given;
  model.engine.team = TRY(engine::Team::create(given.engine.threads, given.engine.cores));
  engine::Engine engine = TRY(open_engine(model));
  std::vector<int> cores = base::usable_cores();
  TRY(pin_caller(model));
  fill_inputs(engine);
  TRY(engine.run());
  engine::Slot slot(std::move(engine));
  SwapTimes times;
  Publisher publisher(model, slot, every, std::move(cores));
  const engine::Engine* last = nullptr;
  for (const auto begin = Clock::now();
       !publisher.failed() && (milliseconds_since(begin) < seconds * 1000 || times.first.empty());) {
    const auto start = Clock::now();
    const engine::Slot::Lease lease(slot);
    TRY(lease->run());
    times.all.push_back(milliseconds_since(start));
    // An engine is made while the one before still lives, so their addresses differ. (Two swaps between two calls may
    // bring back an address: then one is not seen.)
    if (last != nullptr && last != &*lease) times.first.push_back(times.all.back());
    last = &*lease;
  }
  const std::vector<double> loads = TRY(publisher.finish());
  times.swaps = loads.size();
  times.load_ms = measure::latency_of(loads).p50;
  return times;
}

}  // namespace hedge::app
