// A step's attributes as bytes: name, kind, value.
#pragma once

#include "format/byte_stream.h"
#include "op/attributes.h"

namespace hedge::format {

void put_type(ByteWriter& out, const tensor::TensorType& type);
base::Result<tensor::TensorType> get_type(ByteReader& in);

void put_attributes(ByteWriter& out, const op::Attributes& attributes);
base::Result<op::Attributes> get_attributes(ByteReader& in);

}  // namespace hedge::format
