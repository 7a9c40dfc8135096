#include "hedge/stop_on_signals.h"

#include <csignal>

namespace hedge::app {
namespace {

std::atomic<bool> stop_requested{false};
void request_stop(int) { stop_requested.store(true); }

}  // namespace

std::atomic<bool>& stop_on_signals() {
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  return stop_requested;
}

}  // namespace hedge::app
