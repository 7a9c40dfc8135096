// Integer kernels that pass once over memory, as they occur between convolutions.
#include <fmt/format.h>

#include "kernel_bench.h"

namespace hedge::bench {
namespace {

/// One row a kernel and instruction set: `run` calls the kernel once, `bytes` are read and written by it.
template <class Kernel, class Params, class Run>
void add_rows(const char* what, std::span<const Kernel> kernels, const Params& params, double bytes, const Run& run) {
  for_each_isa(kernels, params, [&](const Kernel& kernel) {
    const std::string name = fmt::format("{}/{}", what, kernel.name);
    benchmark::RegisterBenchmark(name.c_str(),
                                 [=](benchmark::State& state) {
                                   for (auto _ : state) {
                                     run(kernel, params);
                                     benchmark::ClobberMemory();
                                   }
                                   report_bytes(state, bytes);
                                 })
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.1);
  });
}

/// Bytes that all rows read and write; the largest tensor below has fewer.
constexpr std::int64_t kBytes = 1 << 20;
std::uint8_t* buffer(int k) {
  static std::vector<std::uint8_t> buffers[3] = {random_bytes(kBytes), random_bytes(kBytes), random_bytes(kBytes)};
  return buffers[k].data();
}

kernel::QPoolParams pool_of(std::int64_t size, std::int64_t channels, std::int64_t kernel, std::int64_t stride,
                            bool average) {
  kernel::QPoolParams p{};
  p.batch = 1;
  p.in_h = p.in_w = size;
  p.channels = p.x_pitch = p.y_pitch = channels;
  p.out_h = p.out_w = (size - kernel) / stride + 1;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.average = average;
  p.scale = 1;
  p.y_high = 255;
  return p;
}

}  // namespace

void register_qpointwise() {
  const kernel::QTableParams table{1, 52 * 52 * 64, 52 * 52 * 64, 52 * 52 * 64};
  add_rows("qtable/52x52x64", kernel::qtable_kernels(), table, 2.0 * 52 * 52 * 64,
           [](const auto& kernel, const auto& p) { kernel.run(p, {buffer(0), buffer(2), buffer(1)}, {}); });

  kernel::QBinaryParams binary{.function = kernel::QBinary::kAdd,
                               .rows = 56 * 56,
                               .columns = 24,
                               .rows_per_b = 1,
                               .a_pitch = 24,
                               .b_pitch = 24,
                               .y_pitch = 24,
                               .a_zero = 100,
                               .b_zero = 90,
                               .a_scale = 0.7f,
                               .b_scale = 0.5f,
                               .y_zero = 80,
                               .y_low = 0,
                               .y_high = 255};
  const auto run_binary = [](const auto& kernel, const auto& p) {
    kernel.run(p, {buffer(0), buffer(1), buffer(2)}, {});
  };
  add_rows("qadd/56x56x24", kernel::qbinary_kernels(), binary, 3.0 * 56 * 56 * 24, run_binary);
  binary.function = kernel::QBinary::kMul;
  binary.rows = binary.rows_per_b = 28 * 28;
  binary.columns = binary.a_pitch = binary.b_pitch = binary.y_pitch = 120;
  add_rows("qmul/28x28x120 by a row", kernel::qbinary_kernels(), binary, 2.0 * 28 * 28 * 120, run_binary);

  const auto run_pool = [](const auto& kernel, const auto& p) { kernel.run(p, {buffer(0), buffer(1)}, {}); };
  add_rows("qpool/global average 7x7x1280", kernel::qpool_kernels(), pool_of(7, 1280, 7, 1, true), 7.0 * 7 * 1280,
           run_pool);
  add_rows("qpool/max 3x3s2 112x112x64", kernel::qpool_kernels(), pool_of(112, 64, 3, 2, false), 112.0 * 112 * 64,
           run_pool);
  add_rows("qpool/max 5x5 13x13x128", kernel::qpool_kernels(), pool_of(13, 128, 5, 1, false), 13.0 * 13 * 128,
           run_pool);

  const kernel::QuantizeParams image{128 * 128 * 3, 0.02f, 114};
  add_rows("quantize/128x128x3", kernel::quantize_kernels(), image, 5.0 * 128 * 128 * 3,
           [](const auto& kernel, const auto& p) {
             static const std::vector<float> x = random_floats(128 * 128 * 3);
             kernel.run(p, {x.data(), buffer(1)}, {});
           });
  add_rows("dequantize/128x128x3", kernel::dequantize_kernels(), image, 5.0 * 128 * 128 * 3,
           [](const auto& kernel, const auto& p) {
             static std::vector<float> y(128 * 128 * 3);
             kernel.run(p, {buffer(0), y.data()}, {});
           });
}

}  // namespace hedge::bench
