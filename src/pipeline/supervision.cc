#include "pipeline/supervision.h"

#include <limits>

#include "guard/check_finite.h"

namespace hedge::pipeline {

using guard::monotonic_now;
using std::chrono::nanoseconds;

namespace {

constexpr nanoseconds kThermalPeriod = std::chrono::seconds(1);
constexpr std::uint32_t kFaults = guard::kFlagNotFinite | guard::kFlagFrozen | guard::kFlagBlack |
                                  guard::kFlagNoFrames | guard::kFlagStorm | guard::kFlagOverload;

/// The monitor's stages are the pipeline's, but for the sums among these.
struct Pair {
  Stage from;
  guard::Stage to;
};
constexpr Pair kBudgeted[] = {
    {Stage::kWait, guard::Stage::kWait},   {Stage::kPreprocess, guard::Stage::kPreprocess},
    {Stage::kInfer, guard::Stage::kInfer}, {Stage::kDecode, guard::Stage::kDecode},
    {Stage::kTrack, guard::Stage::kTrack}, {Stage::kRules, guard::Stage::kRules},
    {Stage::kAct, guard::Stage::kAct},
};

bool finite(const tensor::ConstTensorView& output) noexcept {
  switch (output.dtype()) {
    case tensor::DType::kF32: return guard::check_finite(output.as<float>());
    case tensor::DType::kF16:
      return guard::check_finite(
          {reinterpret_cast<const std::uint16_t*>(output.data), static_cast<std::size_t>(output.type.elements())});
    default: return true;
  }
}

}  // namespace

guard::PictureSample sample_of(const media::Frame& frame, int black_level) {
  return guard::sample_picture(frame.pixels, 3 * frame.width, frame.height, frame.stride, black_level);
}

base::Result<std::unique_ptr<Supervision>> Supervision::create(guard::SafetyConfig config, nanoseconds deadline,
                                                               std::optional<guard::WorkerLink> link) {
  config.budget.deadline = deadline;
  std::optional<guard::HeartbeatMemory> memory;
  if (!link) {
    memory = TRY(guard::HeartbeatMemory::create());
    memory->set_latch(true);
    link = guard::WorkerLink(TRY(guard::HeartbeatMemory::attach(memory->descriptor())), config.unwatched);
  }
  std::unique_ptr<Supervision> supervision(new Supervision(config, std::move(*link)));  // NOLINT: private
  if (memory) {
    supervision->memory_ = std::move(memory);
    supervision->state_.emplace(config.watchdog.safe, monotonic_now());
  }
  return supervision;
}

Supervision::Supervision(const guard::SafetyConfig& config, guard::WorkerLink link)
    : config_(config),
      link_(std::move(link)),
      frames_(config.frames, monotonic_now()),
      deadlines_(config.budget),
      ladder_(config.ladder),
      thermal_c_(std::numeric_limits<double>::quiet_NaN()) {}

void Supervision::step_alone() noexcept {
  if (!memory_) return;
  const nanoseconds now = monotonic_now();
  memory_->set_seen(now);
  memory_->set_latch(state_->step({.now = now, .beat = memory_->read()}).safe());
}

void Supervision::overrule_if_wrong() noexcept { fault_.store((flags() & kFaults) != 0, std::memory_order_release); }

void Supervision::waiting() noexcept {
  picture_flags_ = frames_.idle(monotonic_now());
  beat();
}

void Supervision::begin(const media::Frame& frame, const guard::PictureSample& sample) noexcept {
  picture_flags_ = frame.name.empty() ? frames_.frame(sample, frame.captured.time_since_epoch()) : 0;  // no still image
  deadlines_.begin(frame.captured.time_since_epoch());
  in_frame_ = true;
  beat();
}

void Supervision::beat() noexcept {
  const nanoseconds storm_at = in_frame_ ? deadlines_.storm_at() : nanoseconds(0);
  if (storm_at != nanoseconds(0) && monotonic_now() > storm_at) deadline_flags_ |= guard::kFlagStorm;
  // Before the first decision a camera may still be opening: no silence is a fault yet.
  if (started_) overrule_if_wrong();
  link_.idle(picture_flags_ | (deadline_flags_ & guard::kFlagStorm), storm_at);
  step_alone();
}

void Supervision::answered(std::span<const tensor::ConstTensorView> outputs) noexcept {
  answer_flags_ = 0;
  if (config_.check_finite)
    for (const tensor::ConstTensorView& output : outputs)
      if (!finite(output)) answer_flags_ = guard::kFlagNotFinite;
  overrule_if_wrong();
}

void Supervision::end(const media::Frame& frame, const StageTimes& times) noexcept {
  const nanoseconds captured = frame.captured.time_since_epoch();
  const nanoseconds actuated = captured + times[static_cast<int>(Stage::kActuation)];
  in_frame_ = false;
  for (const auto& [from, to] : kBudgeted) deadlines_.stage(to, times[static_cast<int>(from)]);
  const guard::DeadlineVerdict verdict = deadlines_.end(actuated);
  if (const nanoseconds now = monotonic_now(); now - thermal_read_ >= kThermalPeriod) {
    thermal_read_ = now;
    thermal_c_ = zones_.celsius();
  }
  const guard::Rung rung = ladder_.step({.now = actuated, .pressure = deadlines_.pressure(), .thermal_c = thermal_c_});
  deadline_flags_ = verdict.flags() | (rung == guard::Rung::kSafe ? std::uint32_t{guard::kFlagOverload} : 0);
  started_ = true;
  overrule_if_wrong();
  link_.frame({.index = static_cast<std::uint64_t>(frame.index),
               .captured = captured,
               .decided = captured + times[static_cast<int>(Stage::kDecision)],
               .actuated = actuated},
              flags());
  step_alone();
}

void Supervision::stop(guard::StopReason reason) noexcept {
  if (std::exchange(stopped_, true)) return;
  link_.stop(reason);
  step_alone();
}

act::Ruling Supervision::ruling() const noexcept {
  if (fault_.load(std::memory_order_acquire)) return act::Ruling::kSafe;
  return link_.permission() == guard::Permission::kAct ? act::Ruling::kAsAsked : act::Ruling::kSafe;
}

bool Supervision::leaves_out() noexcept {
  if (!gives_up(guard::Rung::kLowRate)) return false;
  const bool left_out = arrived_++ % static_cast<std::uint64_t>(config_.rate_divisor) != 0;
  if (left_out) in_frame_ = false;
  return left_out;
}

std::string Supervision::over_budget() const {
  std::string text;
  for (std::size_t k = 0; k < guard::kStageCount; ++k) {
    const auto stage = static_cast<guard::Stage>(k);
    if (deadlines_.over_budget(stage) == 0) continue;
    text += fmt::format("{}: over its budget in {} of {} frames, worst {:.1f} ms\n", guard::kStageNames[k],
                        deadlines_.over_budget(stage), deadlines_.frames(),
                        std::chrono::duration<double, std::milli>(deadlines_.worst(stage)).count());
  }
  return text;
}

}  // namespace hedge::pipeline
