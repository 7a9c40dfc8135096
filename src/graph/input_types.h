// A model input's static type: what the file states, with --shape and --freeze applied.
#pragma once

#include "graph/onnx_import.h"

namespace onnx {
class ValueInfoProto;
}

namespace hedge::graph {

/// --shape and --freeze must name real inputs; the error lists them.
Status check_option_names(const ImportOptions& options, const std::vector<std::string>& inputs);

/// kUnsupported, with the option to give, where dims are symbolic. With allow_dynamic the type may stay undefined.
Result<TensorType> input_type(const onnx::ValueInfoProto& input, const ImportOptions& options);

/// The frozen value brought to the input's type.
Result<Tensor> frozen_value(const TensorType& type, const Tensor& given);

}  // namespace hedge::graph
