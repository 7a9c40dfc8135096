#include "engine/slot.h"

#include <utility>

#include "base/check.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::Status;

Status check_ports(const std::vector<Port>& now, const std::vector<Port>& next, const char* what) {
  if (now.size() != next.size())
    return fail(ErrorKind::kUsage, "an engine of {} {}s in place of one of {}", next.size(), what, now.size());
  for (std::size_t k = 0; k < now.size(); ++k)
    if (now[k].name != next[k].name || !(now[k].type == next[k].type))
      return fail(ErrorKind::kUsage, "{} '{}' {} in place of '{}' {}", what, next[k].name, next[k].type.to_string(),
                  now[k].name, now[k].type.to_string());
  return {};
}

}  // namespace

Slot::Slot(Engine first) : owned_(std::make_unique<Engine>(std::move(first))) { current_.store(owned_.get()); }

Slot::~Slot() { HEDGE_CHECK(reading_.load() == nullptr); }

Engine* Slot::acquire() {
  HEDGE_CHECK(reading_.load(std::memory_order_relaxed) == nullptr);  // a second lease, or a second reader
  // Sequentially consistent, here and in publish(): either the publisher sees our hand, or we see its engine.
  Engine* engine = current_.load();
  for (;;) {
    reading_.store(engine);
    Engine* now = current_.load();
    if (now == engine) return engine;
    engine = now;  // swapped in between; each publisher can make us look again once
  }
}

void Slot::release() {
  reading_.store(nullptr, std::memory_order_release);
  reading_.notify_one();  // no system call unless a publisher sleeps
}

Status Slot::publish(Engine next) {
  const std::scoped_lock lock(publishing_);
  TRY(check_ports(owned_->inputs(), next.inputs(), "input"));
  TRY(check_ports(owned_->outputs(), next.outputs(), "output"));
  std::unique_ptr<Engine> old = std::exchange(owned_, std::make_unique<Engine>(std::move(next)));
  current_.store(owned_.get());
  while (reading_.load() == old.get()) reading_.wait(old.get());
  return {};
}

}  // namespace hedge::engine
