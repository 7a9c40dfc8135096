// Output tensors -> predictions in source pixels. One file a family of heads: decode_yolox.cc, decode_ssd.cc, ...
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/card.h"
#include "pipeline/prediction.h"
#include "pipeline/preprocess.h"
#include "tensor/tensor.h"

namespace hedge::pipeline {

/// An output tensor as the decoder factory sees it: a name and a type, before any value exists.
struct OutputPort {
  std::string name;
  tensor::TensorType type;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// `outputs` in the model's order; fills `prediction` (cleared by the caller). Allocates only to grow its vectors.
  virtual void decode(std::span<const tensor::ConstTensorView> outputs, const ImageMapping& mapping,
                      Prediction& prediction) = 0;
};

/// The decoder that the card names, checked against the model's outputs; a misfit is kInvalid and says both.
base::Result<std::unique_ptr<Decoder>> create_decoder(const Card& card, std::span<const OutputPort> ports);

// The families, for create_decoder: `order[k]` is the index of the k-th tensor that the decoder wants.
using PortOrder = std::vector<std::size_t>;
base::Result<std::unique_ptr<Decoder>> create_yolox(const Card& card, std::span<const OutputPort> ports,
                                                    PortOrder order);
base::Result<std::unique_ptr<Decoder>> create_ssd(const Card& card, std::span<const OutputPort> ports, PortOrder order);
base::Result<std::unique_ptr<Decoder>> create_nanodet(const Card& card, std::span<const OutputPort> ports,
                                                      PortOrder order);
base::Result<std::unique_ptr<Decoder>> create_classification(const Card& card, std::span<const OutputPort> ports,
                                                             PortOrder order);

/// A box given by its corners in input pixels, brought to source pixels and clipped to the frame.
Box to_source(float left, float top, float right, float bottom, const ImageMapping& mapping);

/// Cells of an anchor-free head: for each stride, ceil(height / stride) rows of ceil(width / stride) cells.
std::int64_t cell_count(const InputCard& input, std::span<const int> strides);

}  // namespace hedge::pipeline
