// NumPy's .npy files (format 1.0 and 2.0, C order):
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace hedge::format {

base::Result<tensor::Tensor> decode_npy(std::span<const std::byte> bytes);
base::Result<tensor::Tensor> read_npy(const std::filesystem::path& path);
std::vector<std::byte> encode_npy(const tensor::Tensor& tensor);

}  // namespace hedge::format
