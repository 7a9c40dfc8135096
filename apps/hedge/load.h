// Load on the machine while something is measured: other processes, which end with this one, however it ends.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "guard/child.h"

namespace hedge::app {

class Load {
 public:
  /// "none"; "burn:N", N processes of our own that multiply bytes and stream through memory; "stress-ng:N",
  /// `stress-ng --cpu N`. They run with the ordinary class, niceness of the caller. Start it before asking for
  /// real-time: children of a thread get its cores.
  static base::Result<Load> start(const std::string& kind);
  Load(Load&&) = default;
  Load& operator=(Load&&) = delete;
  ~Load();

  /// kUnavailable once a process of the load has ended: what is measured from then on was measured without it.
  base::Status check();
  const std::string& text() const { return text_; }  ///< for people

 private:
  Load() = default;
  std::string text_;
  std::vector<guard::Child> children_;
};

}  // namespace hedge::app
