// The worker as a process: started so that it cannot outlive its watchdog, watched by its parent, reaped once.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "guard/safe_state.h"

namespace hedge::guard {

class Child {
 public:
  /// `command`: a program, found on PATH where it has no '/', and its arguments. The child inherits standard input and
  /// outputs and `heartbeat_descriptor`, and leads a process group of its own: what a terminal sends (Ctrl-C) reaches
  /// the watchdog alone, which hands it on. The kernel kills it when the calling thread ends (PR_SET_PDEATHSIG).
  /// A program that cannot be run is a child that exits with 127 after a line on standard error.
  /// `heartbeat_descriptor` -1: the child is no worker and gets none.
  static base::Result<Child> start(const std::vector<std::string>& command, int heartbeat_descriptor = -1);
  Child() = default;
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  ///< kills and reaps it, and its group

  /// Takes in what the kernel knows, without waiting.
  void update();
  ChildState state() const { return state_; }
  pid_t pid() const { return pid_; }  ///< 0: none
  int signal() const { return signal_; }
  int exit_status() const { return exit_status_; }

  void send(int signal) const;
  /// SIGKILL to its whole group: nothing of it sends any more.
  void kill_group() const;

 private:
  pid_t pid_ = 0;
  ChildState state_ = ChildState::kEnded;
  int signal_ = 0, exit_status_ = 0;
};

}  // namespace hedge::guard
