// What of a float model can be integers, and where its activations are turned into bytes.
//
// A *product* is a convolution or matrix product with constant weights. A *site* is a value that becomes bytes: it gets
// a scale, a zero point and a QuantizeLinear/DequantizeLinear pair. Not every value is one: what lies between a product
// and the relu or the residual sum that its integer kernel computes on the accumulator stays a sum of 32 bits; what
// only moves elements inherits the bytes of its source; and what follows the last product (the *tail*: boxes, scores,
// softmax) stays in float: the last
// products' sums become floats, no byte.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "quantize/prepare.h"

namespace hedge::quantize {

/// What may be done for a product beyond the default, in the order of its cost.
struct Treatment {
  bool channel_scales = false;             ///< of its input: each channel a scale of its own, folded into weights
  bool activation_on_accumulator = false;  ///< no byte between the product and its curved activation
  bool in_float = false;                   ///< an island
  bool operator==(const Treatment&) const = default;
};
/// By the name of the product's node.
using Treatments = std::map<std::string, Treatment>;

struct Product {
  NodeId node = NodeId::kNone;
  std::string name;
  ValueId input = ValueId::kNone, output = ValueId::kNone;
  ValueId activated = ValueId::kNone;  ///< behind its curved activation (SiLU, sigmoid, ...); kNone: it has none
  int weight_axis = 0;                 ///< of the output channels
  bool depthwise = false;
  std::int64_t macs = 0;
  bool in_float = false;
};

struct Topology {
  std::vector<Product> products;  ///< in execution order
  std::vector<ValueId> sites;     ///< in execution order
  /// Values that move the elements of a site: value -> site. A site maps to itself.
  std::map<ValueId, ValueId> site_of;

  /// Where a product stores what it computes: site -> its node. Without those that carry a residual sum.
  std::map<ValueId, NodeId> ended_by;
  /// Where each integer product's answer becomes bytes, a carried sum included: its node -> site.
  std::map<NodeId, ValueId> sites_behind;

  const Product* product_of(NodeId node) const;
};

/// The channel axis of an activation: 1 for batch x channel x ..., the last of a matrix, else -1 (one channel).
int channel_axis(const Shape& shape);

Topology find_topology(const Graph& graph, const Treatments& treatments);

/// The products that read a site, directly or moved channel by channel (pooling, resizing); empty where anything else
/// reads it: then its channels cannot have scales of their own.
std::vector<const Product*> channelwise_readers(const Graph& graph, const Topology& topology, ValueId site);

}  // namespace hedge::quantize
