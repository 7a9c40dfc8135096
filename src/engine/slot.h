// The engine that a camera's thread runs now, which another thread may replace at any moment: the reader goes from one
// inference to the next without a pause, a lock or an allocation, and finds the new engine at the border between two.
//
// One reader, many publishers. The reader says which engine it runs in `reading_` and then looks whether that is still
// the current one (a hazard pointer with one hand). A publisher swaps first and then waits until the reader's hand has
// left the old engine, so it never frees what is run; it is the publisher's thread that waits and frees.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/engine.h"

namespace hedge::engine {

class Slot {
 public:
  explicit Slot(Engine first);
  /// No lease may be left, no publisher at work.
  ~Slot();
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// The reader's hold on one engine: for one inference and the reading of its outputs.
  class Lease {
   public:
    explicit Lease(Slot& slot) : slot_(slot), engine_(slot.acquire()) {}
    ~Lease() { slot_.release(); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Engine& operator*() const { return *engine_; }
    Engine* operator->() const { return engine_; }

   private:
    Slot& slot_;
    Engine* engine_;
  };

  /// Makes `next` the current engine; returns when the one before is destroyed, which waits for a lease on it: never
  /// call it with a lease held. What is read from files, verified and warmed up belongs before the call. kUsage: other
  /// inputs or outputs than the engine before, whose reader relies on them; nothing is replaced then.
  base::Status publish(Engine next);

 private:
  Engine* acquire();
  void release();

  std::atomic<Engine*> current_;
  alignas(64) std::atomic<Engine*> reading_{nullptr};
  std::mutex publishing_;
  std::unique_ptr<Engine> owned_;  ///< the current one; publishers only
};

}  // namespace hedge::engine
