// The worker's part in safety: looks at every picture, answer and deadline, says in the heartbeat what it saw, and
// overrules its own actuators when something is wrong or the watchdog has closed the latch. docs/formats/safety.md.
//
// Isolated, a watchdog process decides about SAFE; alone, the same state machine runs here, between two stages. What
// that cannot see is its own stall; after `unwatched_ms` of it the actuators' threads repeat SAFE by themselves.
//
// The frame's thread calls everything but ruling(); nothing blocks or allocates.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "act/overruler.h"
#include "guard/deadline_monitor.h"
#include "guard/frame_monitor.h"
#include "guard/ladder.h"
#include "guard/safety_config.h"
#include "guard/thermal.h"
#include "guard/worker_link.h"
#include "media/frame.h"
#include "pipeline/stages.h"
#include "tensor/tensor.h"

namespace hedge::pipeline {

/// What the monitors and the rules' `brightness` see of a picture.
guard::PictureSample sample_of(const media::Frame& frame, int black_level = guard::FrameLimits().black_level);

class Supervision final : public act::Overruler {
 public:
  /// `link`: of the watchdog that started this process; nothing: alone. kResourceLimit: no memory for the heartbeat.
  static base::Result<std::unique_ptr<Supervision>> create(guard::SafetyConfig config,
                                                           std::chrono::nanoseconds deadline,
                                                           std::optional<guard::WorkerLink> link);

  // In the order of a frame.
  /// Nothing to do: give it at least every third of `stall_ms` while no frame comes.
  void waiting() noexcept;
  /// A frame came. What is wrong with its picture is told before the model is asked.
  void begin(const media::Frame& frame, const guard::PictureSample& sample) noexcept;
  /// Between two stages: alive.
  void beat() noexcept;
  /// The model's outputs; a NaN or an infinity among the floats is a fault.
  void answered(std::span<const tensor::ConstTensorView> outputs) noexcept;
  /// Acted on: the deadline, the budgets and the ladder.
  void end(const media::Frame& frame, const StageTimes& times) noexcept;
  /// The worker ends. The first reason counts.
  void stop(guard::StopReason reason) noexcept;

  act::Ruling ruling() const noexcept override;

  // What is given up at present.
  bool gives_up(guard::Rung rung) const noexcept { return ladder_.gives_up(rung); }
  guard::Rung rung() const noexcept { return ladder_.rung(); }
  /// Whether the frame that just came is left out (the ladder's `rate`).
  bool leaves_out() noexcept;

  double thermal_c() const noexcept { return thermal_c_; }  ///< NaN: not known
  const guard::SafetyConfig& config() const { return config_; }
  const guard::DeadlineMonitor& deadlines() const { return deadlines_; }
  /// One line for each stage that went over its budget; empty where none did.
  std::string over_budget() const;

 private:
  Supervision(const guard::SafetyConfig& config, guard::WorkerLink link);
  void step_alone() noexcept;
  /// What is wrong at present: bits of guard::Flag.
  std::uint32_t flags() const noexcept { return picture_flags_ | answer_flags_ | deadline_flags_; }
  void overrule_if_wrong() noexcept;

  guard::SafetyConfig config_;
  guard::WorkerLink link_;
  guard::FrameMonitor frames_;
  guard::DeadlineMonitor deadlines_;
  guard::Ladder ladder_;
  guard::ThermalZones zones_;

  // Alone: the watchdog's side of the heartbeat, and its decision.
  std::optional<guard::HeartbeatMemory> memory_;
  std::optional<guard::SafeState> state_;

  std::uint32_t picture_flags_ = 0, answer_flags_ = 0, deadline_flags_ = 0;
  std::atomic<bool> fault_{false};  ///< seen by this process itself: no need to wait for the watchdog
  std::chrono::nanoseconds thermal_read_{0};
  double thermal_c_;
  std::uint64_t arrived_ = 0;
  bool in_frame_ = false, started_ = false, stopped_ = false;
};

}  // namespace hedge::pipeline
