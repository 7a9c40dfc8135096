#include "graph/attribute_proto.h"

#include <onnx/onnx_pb.h>

#include "graph/tensor_proto.h"

namespace hedge::graph {
namespace {

/// Files of old exporters leave the type out: what is set tells it.
onnx::AttributeProto::AttributeType type_of(const onnx::AttributeProto& proto) {
  using P = onnx::AttributeProto;
  if (proto.type() != P::UNDEFINED) return proto.type();
  if (proto.has_f()) return P::FLOAT;
  if (proto.has_i()) return P::INT;
  if (proto.has_s()) return P::STRING;
  if (proto.has_t()) return P::TENSOR;
  if (proto.floats_size() > 0) return P::FLOATS;
  if (proto.ints_size() > 0) return P::INTS;
  if (proto.strings_size() > 0) return P::STRINGS;
  return P::UNDEFINED;
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

Result<op::AttributeValue> attribute_from_proto(const onnx::AttributeProto& proto) {
  using P = onnx::AttributeProto;
  if (!proto.ref_attr_name().empty())
    return fail(ErrorKind::kUnsupported, "attribute '{}' refers to a function's attribute", proto.name());
  switch (type_of(proto)) {
    case P::FLOAT: return op::AttributeValue(proto.f());
    case P::INT: return op::AttributeValue(std::int64_t{proto.i()});
    case P::STRING: return op::AttributeValue(proto.s());
    case P::FLOATS: return op::AttributeValue(std::vector<float>(proto.floats().begin(), proto.floats().end()));
    case P::INTS: return op::AttributeValue(std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end()));
    case P::STRINGS:
      return op::AttributeValue(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
    case P::TENSOR: {
      auto tensor = tensor_from_proto(proto.t());
      if (!tensor) return base::in_context(tensor.error(), "attribute '" + proto.name() + "'");
      return op::AttributeValue(std::make_shared<const Tensor>(std::move(*tensor)));
    }
    default: return fail(ErrorKind::kUnsupported, "attribute '{}' is of a kind that Hedge does not know", proto.name());
  }
}

void attribute_to_proto(const std::string& name, const op::AttributeValue& value, onnx::AttributeProto& proto) {
  using P = onnx::AttributeProto;
  proto.set_name(name);
  std::visit(Overloaded{
                 [&](std::int64_t x) { proto.set_i(x), proto.set_type(P::INT); },
                 [&](float x) { proto.set_f(x), proto.set_type(P::FLOAT); },
                 [&](const std::string& x) { proto.set_s(x), proto.set_type(P::STRING); },
                 [&](const std::vector<std::int64_t>& list) {
                   for (const std::int64_t x : list) proto.add_ints(x);
                   proto.set_type(P::INTS);
                 },
                 [&](const std::vector<float>& list) {
                   for (const float x : list) proto.add_floats(x);
                   proto.set_type(P::FLOATS);
                 },
                 [&](const std::vector<std::string>& list) {
                   for (const std::string& x : list) proto.add_strings(x);
                   proto.set_type(P::STRINGS);
                 },
                 [&](const std::shared_ptr<const Tensor>& x) {
                   tensor_to_proto(*x, *proto.mutable_t());
                   proto.set_type(P::TENSOR);
                 },
             },
             value);
}

}  // namespace hedge::graph
