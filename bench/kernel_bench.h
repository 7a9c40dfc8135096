// What the rows share: the peak they are held against, filled buffers, and which kernels this machine can run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "kernel/table.h"

namespace hedge::bench {

/// Rows of one family; called by main once the options are read.
void register_conv();
void register_qconv();
void register_product();
void register_pointwise();
void register_qpointwise();

std::vector<float> random_floats(std::int64_t count);
std::vector<std::uint8_t> random_bytes(std::int64_t count);

/// The first kernel of the table for each instruction set that runs here and takes the problem.
template <class Kernel, class Params, class Register>
void for_each_isa(std::span<const Kernel> kernels, const Params& params, const Register& add) {
  const kernel::IsaSet here = kernel::detect_isa();
  std::vector<kernel::IsaSet> seen;
  for (const Kernel& kernel : kernels) {
    bool known = false;
    for (const kernel::IsaSet set : seen) known = known || set == kernel.needs;
    if (known || !here.contains(kernel.needs) || kernel.declines(params) != nullptr) continue;
    seen.push_back(kernel.needs);
    add(kernel);
  }
}

/// Adds the columns GMAC/s and % of the register-only peak of the kernel's instruction set.
void report_macs(benchmark::State& state, double macs_per_run, kernel::IsaSet isa);
/// The same for products of bytes, by the best single run: short kernels on a machine that others use.
void report_byte_macs(benchmark::State& state, double macs_per_run, double best_seconds, kernel::IsaSet isa);
/// Adds the column GB/s: bytes read and written.
void report_bytes(benchmark::State& state, double bytes_per_run);

}  // namespace hedge::bench
