// ONNX AttributeProto <-> our attributes.
#pragma once

#include "graph/graph.h"

namespace onnx {
class AttributeProto;
}

namespace hedge::graph {

/// Not for graph attributes: the importer builds those itself.
Result<op::AttributeValue> attribute_from_proto(const onnx::AttributeProto& proto);
void attribute_to_proto(const std::string& name, const op::AttributeValue& value, onnx::AttributeProto& proto);

}  // namespace hedge::graph
