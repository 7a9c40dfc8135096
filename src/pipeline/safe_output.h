// An actuator of the pipeline file as the watchdog holds it: SAFE goes out on it while the outputs are SAFE, and
// nothing at all while the worker may speak.
#pragma once

#include <atomic>
#include <memory>

#include "act/actuator.h"
#include "guard/safe_sink.h"

namespace hedge::pipeline {

class SafeOutput final : public guard::SafeSink, private act::Overruler {
 public:
  /// Opens a connection of its own and waits for it. kUnavailable: the peer is not there, so SAFE could not reach it.
  static base::Result<std::unique_ptr<SafeOutput>> create(act::ActuatorConfig config);
  ~SafeOutput() override;  ///< waits until the last SAFE is sent, `close_ms` at most; sends nothing of its own

  bool send(const guard::SafeCommand& command) noexcept override;
  void release() noexcept override;
  std::string name() const override { return actuator_->config().name; }

 private:
  SafeOutput() = default;
  act::Ruling ruling() const noexcept override;

  std::atomic<bool> speaks_{false};
  std::vector<act::RuleName> reasons_;  ///< by guard::Fault: stands where a rule's name does
  std::unique_ptr<act::Actuator> actuator_;
  bool every_ = false;  ///< cheap enough to be told at every repeat of the watchdog
};

}  // namespace hedge::pipeline
