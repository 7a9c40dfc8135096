// The kernels that make a model's input out of a picture, best first. All families but one end in a plain kernel.
#pragma once

#include <span>
#include <vector>

#include "base/check.h"
#include "kernel/picture_params.h"
#include "kernel/table.h"

namespace hedge::kernel {

using SampleKernel = Kernel<SampleParams, SampleArgs>;
using BlendKernel = Kernel<BlendParams, BlendArgs>;

using SmoothKernel = Kernel<SmoothParams, SampleArgs>;
using WeighRowsKernel = Kernel<WeighRowsParams, WeighRowsArgs>;
using EighthsKernel = Kernel<EighthsParams, EighthsArgs>;

std::span<const SampleKernel> sample_kernels();
std::span<const SmoothKernel> smooth_kernels();
std::span<const WeighRowsKernel> weigh_rows_kernels();
std::span<const BlendKernel> blend_bytes_kernels();
std::span<const BlendKernel> blend_floats_kernels();
/// A shorter way for some problems, without a plain kernel: sampling and blending is that.
std::span<const EighthsKernel> eighths_kernels();

/// The first kernel that this machine can run and that takes the problem, or null.
template <class Params, class Args>
const Kernel<Params, Args>* find_kernel(std::span<const Kernel<Params, Args>> kernels, const Params& params,
                                        IsaSet here) {
  for (const Kernel<Params, Args>& kernel : kernels)
    if (here.contains(kernel.needs) && kernel.declines(params) == nullptr) return &kernel;
  return nullptr;
}
/// The same of a family that ends in a plain kernel, which takes all.
template <class Params, class Args>
const Kernel<Params, Args>& first_kernel(std::span<const Kernel<Params, Args>> kernels, const Params& params,
                                         IsaSet here) {
  const Kernel<Params, Args>* found = find_kernel(kernels, params, here);
  HEDGE_CHECK(found != nullptr);
  return *found;
}

/// The taps as kernels of that packing take them; empty for "".
std::vector<SampleVector> pack_taps(const char* packing, const SampleParams& params);
/// The same for EighthsParams, whose weights are eighths.
std::vector<EighthsVector> pack_eighths(const char* packing, const SampleParams& params);

struct SmoothTaps {
  std::vector<SmoothVector> vectors;
  std::vector<float> weights;
};
/// Groups of four taps that the longest window needs.
std::int64_t smooth_groups(std::span<const SmoothWindow> windows);
/// The windows as kernels of that packing take them; empty for "".
SmoothTaps pack_windows(const char* packing, const SmoothParams& params);

}  // namespace hedge::kernel
