// Kernels that pass once over memory, in bytes a second: held against the cache they stream from.
#include <fmt/format.h>

#include "kernel_bench.h"

namespace hedge::bench {
namespace {

using kernel::Activation;

constexpr std::int64_t kElements = 52 * 52 * 64;

template <class Kernel, class Params, class Args>
void run(benchmark::State& state, const Kernel& kernel, const Params& p, Args args, std::int64_t in, std::int64_t out) {
  const auto x = random_floats(in);
  std::vector<float> y(static_cast<std::size_t>(out));
  args(x.data(), y.data(), [&](const auto& operands) {
    for (auto _ : state) {
      kernel.run(p, operands, {});
      benchmark::ClobberMemory();
    }
  });
  report_bytes(state, 4.0 * static_cast<double>(in + out));
}

template <class Kernels, class Params, class Args>
void add(const char* what, Kernels kernels, const Params& params, Args args, std::int64_t in, std::int64_t out) {
  for_each_isa(kernels, params, [&](const auto& kernel) {
    const std::string name = fmt::format("{}/{}", what, kernel.name);
    benchmark::RegisterBenchmark(name.c_str(),
                                 [=](benchmark::State& state) { run(state, kernel, params, args, in, out); })
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.1);
  });
}

}  // namespace

void register_pointwise() {
  using namespace kernel;  // NOLINT: parameters of every family
  const auto one = []<class Args>(Args*) {
    return [](const float* x, float* y, const auto& loop) { loop(Args{x, y}); };
  };
  for (const Activation activation : {Activation::kRelu, Activation::kSilu, Activation::kTanh, Activation::kGelu})
    add(fmt::format("unary/{}", to_string(activation)).c_str(), unary_kernels(),
        UnaryParams{kElements, Unary::kActivation, {activation, 0, 6, false}}, one((UnaryArgs*)nullptr), kElements,
        kElements);
  const auto two = [](const float* x, float* y, const auto& loop) { loop(BinaryArgs{x, x + kElements, y}); };
  add("binary/add same", binary_kernels(), BinaryParams{1, 1, kElements, 0, 0, 1, 0, 0, 1, Binary::kAdd}, two,
      2 * kElements, kElements);
  add("binary/mul channels", binary_kernels(), BinaryParams{1, 52 * 52, 64, 0, 64, 1, 0, 0, 1, Binary::kMul}, two,
      kElements + 64, kElements);
  add("pool/max 3x3s2 112x112x32", pool_kernels(),
      PoolParams{1, 112, 112, 32, 56, 56, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, false, false}, one((PoolArgs*)nullptr),
      112 * 112 * 32, 56 * 56 * 32);
  add("pool/max 13x13 13x13x128", pool_kernels(),
      PoolParams{1, 13, 13, 128, 13, 13, 13, 13, 1, 1, 1, 1, 6, 6, 6, 6, false, false}, one((PoolArgs*)nullptr),
      13 * 13 * 128, 13 * 13 * 128);
  add("pool/global 7x7x1280", pool_kernels(),
      PoolParams{1, 7, 7, 1280, 1, 1, 7, 7, 1, 1, 1, 1, 0, 0, 0, 0, true, false}, one((PoolArgs*)nullptr), 49 * 1280,
      1280);
  add("softmax/1764x21", softmax_kernels(), SoftmaxParams{1764, 21}, one((SoftmaxArgs*)nullptr), 1764 * 21, 1764 * 21);
  add("softmax/196x196", softmax_kernels(), SoftmaxParams{196, 196}, one((SoftmaxArgs*)nullptr), 196 * 196, 196 * 196);
  static std::vector<ResizeTap> taps;
  for (int k = 0; k < 52; ++k) taps.push_back({k / 2, std::min(k / 2 + 1, 25), 0});
  for (int k = 0; k < 52; ++k) taps.push_back({k / 2, std::min(k / 2 + 1, 25), 0.25f});
  add("resize/nearest 26->52x64", resize_kernels(), ResizeParams{1, 26, 26, 64, 52, 52, taps.data(), taps.data()},
      one((ResizeArgs*)nullptr), 26 * 26 * 64, kElements);
  add("resize/linear 26->52x64", resize_kernels(),
      ResizeParams{1, 26, 26, 64, 52, 52, taps.data() + 52, taps.data() + 52}, one((ResizeArgs*)nullptr), 26 * 26 * 64,
      kElements);
  const auto words = [](const float* x, float* y, const auto& loop) {
    loop(TransposeArgs{reinterpret_cast<const std::uint32_t*>(x), reinterpret_cast<std::uint32_t*>(y)});
  };
  add("transpose/416x416x3 to planes", transpose_kernels(), TransposeParams{1, 416 * 416, 3}, words, 416 * 416 * 3,
      416 * 416 * 3);
  add("transpose/planes to 416x416x3", transpose_kernels(), TransposeParams{1, 3, 416 * 416}, words, 416 * 416 * 3,
      416 * 416 * 3);
  add("transpose/52x52x64 to planes", transpose_kernels(), TransposeParams{1, 52 * 52, 64}, words, kElements,
      kElements);
}

}  // namespace hedge::bench
