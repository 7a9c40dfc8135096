// What a latency was measured on: without it the figure means nothing. Read from Linux's own files; what a kernel does
// not tell is said to be unknown.
#pragma once

#include <string>
#include <vector>

namespace hedge::measure {

struct Fact {
  std::string key;    ///< "kernel", for programs
  std::string label;  ///< for people
  std::string value;
};

/// Processor, cores, kernel, preemption, governor, frequency, virtualisation, clock, isolated cores, limits of
/// real-time: in this order, always all of them.
std::vector<Fact> machine_facts();

/// Of machine_facts(): the value of a key; "" where there is none.
std::string fact(const std::vector<Fact>& facts, const std::string& key);

/// Whether this kernel says that it is a PREEMPT_RT one.
bool has_realtime_kernel();

/// Whether a hypervisor is below us, which may take the cores away.
bool is_virtual();

/// How the cores' time was spent since the start of the machine.
struct CoreTimes {
  double all = 0, idle = 0, stolen = 0;  ///< clock ticks, all cores together
};
CoreTimes core_times();

}  // namespace hedge::measure
