// Matrix products: classifier heads, attention-sized batches, and one large square to see the blocking at work.
#include <fmt/format.h>

#include "kernel_bench.h"

namespace hedge::bench {
namespace {

using kernel::GemmKernel;
using kernel::GemmParams;
using kernel::MatMulKernel;
using kernel::MatMulParams;

void run_gemm(benchmark::State& state, const GemmKernel& kernel, const GemmParams& p) {
  const auto a = random_floats(p.m * p.k), w = random_floats(p.k * p.n), bias = random_floats(p.n);
  std::vector<float> packed(kernel::panel_floats(p.k, p.n)), y(static_cast<std::size_t>(p.m * p.n));
  kernel::pack_panels(w.data(), p.k, p.n, p.n, packed.data());
  for (auto _ : state) {
    kernel.run(p, {a.data(), packed.data(), bias.data(), y.data()}, {});
    benchmark::ClobberMemory();
  }
  report_macs(state, static_cast<double>(p.m * p.n * p.k), kernel.needs);
  report_bytes(state, 4.0 * static_cast<double>(p.m * p.k + p.k * p.n + p.m * p.n));
}

void run_matmul(benchmark::State& state, const MatMulKernel& kernel, const MatMulParams& p) {
  const auto a = random_floats(p.batch * p.m * p.k), b = random_floats(p.batch * p.k * p.n);
  std::vector<float> y(static_cast<std::size_t>(p.batch * p.m * p.n));
  for (auto _ : state) {
    kernel.run(p, {a.data(), b.data(), y.data()}, {});
    benchmark::ClobberMemory();
  }
  report_macs(state, static_cast<double>(p.batch * p.m * p.n * p.k), kernel.needs);
}

}  // namespace

void register_product() {
  for (const auto [m, n, k] : {std::array{1, 1000, 1280}, std::array{1, 512, 128}, std::array{64, 512, 512},
                               std::array{512, 512, 512}, std::array{512, 512, 4096}}) {
    const GemmParams params{m, n, k, {}};
    for_each_isa(kernel::gemm_kernels(), params, [&](const GemmKernel& kernel) {
      const std::string name = fmt::format("gemm/{}x{}x{}/{}", m, n, k, kernel.name);
      benchmark::RegisterBenchmark(name.c_str(), run_gemm, kernel, params)->Unit(benchmark::kMicrosecond)->MinTime(0.1);
    });
  }
  for (const auto [batch, m, n, k] :
       {std::array{4, 196, 196, 64}, std::array{4, 196, 64, 196}, std::array{1, 512, 512, 512}}) {
    const MatMulParams params{batch, m, n, k, m * k, k * n};
    for_each_isa(kernel::matmul_kernels(), params, [&](const MatMulKernel& kernel) {
      const std::string name = fmt::format("matmul/{}x{}x{}x{}/{}", batch, m, n, k, kernel.name);
      benchmark::RegisterBenchmark(name.c_str(), run_matmul, kernel, params)
          ->Unit(benchmark::kMicrosecond)
          ->MinTime(0.1);
    });
  }
}

}  // namespace hedge::bench
