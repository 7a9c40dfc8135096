#include "pipeline/decoder.h"

#include <algorithm>
#include <numeric>

namespace hedge::pipeline {
namespace {

using base::ErrorKind;
using base::fail;

base::Result<PortOrder> order_ports(const Card& card, std::span<const OutputPort> ports) {
  PortOrder order(ports.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (card.output.names.empty()) return order;
  order.clear();
  for (const std::string& name : card.output.names) {
    const auto found = std::ranges::find(ports, name, &OutputPort::name);
    if (found == ports.end())
      return fail(ErrorKind::kInvalid, "the card names an output '{}' that the model lacks", name);
    order.push_back(static_cast<std::size_t>(found - ports.begin()));
  }
  return order;
}

}  // namespace

base::Result<std::unique_ptr<Decoder>> create_decoder(const Card& card, std::span<const OutputPort> ports) {
  PortOrder order = TRY(order_ports(card, ports));
  for (const std::size_t index : order)
    if (ports[index].type.dtype != tensor::DType::kF32)
      return fail(ErrorKind::kUnsupported, "output '{}' is {}; decoders read f32", ports[index].name,
                  ports[index].type.to_string());
  switch (card.output.decoder) {
    case DecoderKind::kYolox: return create_yolox(card, ports, std::move(order));
    case DecoderKind::kSsd: return create_ssd(card, ports, std::move(order));
    case DecoderKind::kNanodet: return create_nanodet(card, ports, std::move(order));
    case DecoderKind::kClassification: return create_classification(card, ports, std::move(order));
  }
  return fail(ErrorKind::kUnsupported, "the card's decoder is unknown");
}

Box to_source(float left, float top, float right, float bottom, const ImageMapping& mapping) {
  const auto width = static_cast<float>(mapping.source_width);
  const auto height = static_cast<float>(mapping.source_height);
  const float x0 = std::clamp((left - mapping.offset_x) / mapping.scale_x, 0.0f, width);
  const float y0 = std::clamp((top - mapping.offset_y) / mapping.scale_y, 0.0f, height);
  const float x1 = std::clamp((right - mapping.offset_x) / mapping.scale_x, 0.0f, width);
  const float y1 = std::clamp((bottom - mapping.offset_y) / mapping.scale_y, 0.0f, height);
  return {x0, y0, std::max(x1 - x0, 0.0f), std::max(y1 - y0, 0.0f)};
}

std::int64_t cell_count(const InputCard& input, std::span<const int> strides) {
  std::int64_t cells = 0;
  for (const int stride : strides)
    cells += static_cast<std::int64_t>((input.height + stride - 1) / stride) * ((input.width + stride - 1) / stride);
  return cells;
}

}  // namespace hedge::pipeline
