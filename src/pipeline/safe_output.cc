#include "pipeline/safe_output.h"

namespace hedge::pipeline {
namespace {

// A broker or a device on the same network answers in milliseconds; one that starts with us may need a moment.
constexpr std::chrono::seconds kConnect(3);

}  // namespace

base::Result<std::unique_ptr<SafeOutput>> SafeOutput::create(act::ActuatorConfig config) {
  std::unique_ptr<SafeOutput> output(new SafeOutput);  // NOLINT: its constructor is private
  for (int fault = 0; fault <= static_cast<int>(guard::Fault::kEnded); ++fault)
    output->reasons_.emplace_back(std::string("safe: ") + guard::to_string(static_cast<guard::Fault>(fault)));
  // The watchdog says itself what is to be repeated where that costs a datagram; a broker, a device or a server gets
  // its own repeat_ms, after the first SAFE.
  output->every_ = config.sending == act::Sending::kEvery;
  if (output->every_) config.repeat = act::milliseconds(0);
  config.sending = act::Sending::kEvery;
  if (auto* mqtt = std::get_if<act::MqttConfig>(&config.kind)) {
    // The worker says whether it is there; a second voice on the topic would contradict it.
    mqtt->availability_topic += "/watchdog";
    mqtt->home_assistant = false;
    if (!mqtt->client_id.empty()) mqtt->client_id += "-watchdog";
  }
  output->actuator_ = TRY(act::Actuator::create(std::move(config), output.get()));
  if (output->actuator_->wait_connected(kConnect)) return output;
  return base::fail(base::ErrorKind::kUnavailable, "actuator '{}' cannot be put into SAFE: {}", output->name(),
                    output->actuator_->counters().last_error);
}

SafeOutput::~SafeOutput() {
  if (actuator_ != nullptr) static_cast<void>(actuator_->leave());
}

bool SafeOutput::send(const guard::SafeCommand& command) noexcept {
  speaks_.store(true, std::memory_order_release);
  if (!command.repeat || command.closing || every_)
    actuator_->set({.state = act::State::kSafe,
                    .captured = command.captured,
                    .decided = command.since,
                    .rule = reasons_[static_cast<std::size_t>(command.reason)]});
  return actuator_->connected();
}

void SafeOutput::release() noexcept { speaks_.store(false, std::memory_order_release); }

act::Ruling SafeOutput::ruling() const noexcept {
  return speaks_.load(std::memory_order_acquire) ? act::Ruling::kAsAsked : act::Ruling::kSilent;
}

}  // namespace hedge::pipeline
