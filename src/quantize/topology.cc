#include "quantize/topology.h"

#include <algorithm>
#include <functional>

#include "compile/rewrite.h"

namespace hedge::quantize {
namespace {

using compile::is_any;

bool is_number(const Graph& graph, ValueId id) {
  const Tensor* value = graph.constant(id);
  return value != nullptr && value->shape().elements() == 1;
}

/// A function of one tensor, element by element (with numbers as parameters).
bool is_elementwise(const Graph& graph, const Node& node) {
  if (is_any(node, "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Elu", "Selu",
             "Softplus", "Softsign", "Mish", "Exp", "Log", "Sqrt", "Abs", "Neg", "Erf", "Reciprocal", "Clip"))
    return true;
  if (!is_any(node, "Add", "Sub", "Mul", "Div", "Min", "Max", "Pow", "PRelu")) return false;
  return std::ranges::all_of(node.inputs,
                             [&](ValueId input) { return !graph.is_constant(input) || is_number(graph, input); });
}

/// A positive factor passes through: computed on the accumulator for nothing.
bool is_clamp(const Node& node) { return is_any(node, "Relu", "LeakyRelu", "Clip"); }

bool moves_elements(const Graph& graph, const Node& node) {
  if (is_any(node, "Pad"))
    return node.attributes.string("mode", "constant") == "constant" &&
           (!node.has_input(2) || is_number(graph, node.input(2)));
  if (is_any(node, "Resize")) return node.attributes.string("mode", "nearest") == "nearest";
  if (is_any(node, "MaxPool")) return node.outputs.size() == 1;
  return is_any(node, "Reshape", "Transpose", "Slice", "Split", "Gather", "Expand", "Tile", "DepthToSpace",
                "SpaceToDepth", "Squeeze", "Unsqueeze", "Flatten");
}

bool keeps_channels(const Node& node) { return is_any(node, "MaxPool", "Resize"); }

/// Operators with an integer form that is neither a product, nor elementwise, nor a move.
bool joins(const Graph& graph, const Node& node) {
  if (is_any(node, "Add", "Sub", "Mul"))
    return node.inputs.size() == 2 && !graph.is_constant(node.input(0)) && !graph.is_constant(node.input(1));
  return is_any(node, "Concat", "AveragePool", "GlobalAveragePool", "ReduceMean", "Resize");
}

class Finder {
 public:
  Finder(const Graph& graph, const Treatments& treatments) : graph_(graph), treatments_(treatments) {
    int at = 0;
    for (const NodeId id : graph.nodes()) order_[id] = at++;
  }

  Topology run() {
    find_products();
    find_needed();
    find_sources();
    for (const Product& product : topology_.products)
      if (!product.in_float) mark_accumulated(product);
    for (const Product& product : topology_.products) {
      if (product.in_float) continue;
      const ValueId end = end_of(product);
      if (needed_.contains(end)) topology_.sites_behind[product.node] = end;
      if (!carries_sum(product)) topology_.ended_by[end] = product.node;
    }
    choose_sites();
    return std::move(topology_);
  }

 private:
  using Readers = std::vector<NodeId>;

  const Node& node(NodeId id) const { return graph_.node(id); }
  const Product* product_at(NodeId id) const { return topology_.product_of(id); }
  bool is_float(ValueId id) const {
    return id != ValueId::kNone && !graph_.is_constant(id) && graph_.value(id).type.dtype == DType::kF32;
  }

  /// One number for all, or one a channel; a Gemm may also add one a row.
  bool is_bias(ValueId id, std::int64_t channels) const {
    const Shape& shape = graph_.value(id).type.shape;
    return shape.elements() == 1 || (shape.elements() == channels && shape[shape.rank() - 1] == channels);
  }

  void find_products() {
    for (const NodeId id : graph_.nodes()) {
      const Node& n = node(id);
      if (!is_any(n, "Conv", "Gemm", "MatMul") || !is_float(n.input(0))) continue;
      const Tensor* w = graph_.constant(n.input(1));
      if (w == nullptr || w->dtype() != DType::kF32 || w->shape().elements() == 0) continue;
      if (n.has_input(2) && graph_.constant(n.input(2)) == nullptr) continue;
      const Shape& ws = w->shape();
      Product product{.node = id, .name = n.name, .input = n.input(0), .output = n.output()};
      if (n.is("Conv")) {
        if (ws.rank() != 4) continue;
        product.depthwise = n.attributes.integer("group", 1) == ws[0] && ws[1] == 1;
      } else {
        if (ws.rank() != 2 || n.attributes.integer("transA", 0) != 0 || n.attributes.real("alpha", 1) != 1 ||
            n.attributes.real("beta", 1) != 1)
          continue;
        product.weight_axis = n.is("Gemm") && n.attributes.integer("transB", 0) != 0 ? 0 : 1;
        if (n.has_input(2) && !is_bias(n.input(2), ws[product.weight_axis])) continue;
      }
      const std::int64_t outputs = graph_.value(n.output()).type.elements();
      product.macs = outputs * (ws.elements() / ws[product.weight_axis]);
      const auto treated = treatments_.find(product.name);
      product.in_float = treated != treatments_.end() && treated->second.in_float;
      product.activated = activation_behind(product.output);
      topology_.products.push_back(std::move(product));
    }
  }

  /// The value behind a curved activation of one operator, or of x * sigmoid(x).
  ValueId activation_behind(ValueId value) const {
    const Readers readers = graph_.consumers(value);
    if (graph_.is_graph_output(value)) return ValueId::kNone;
    if (readers.size() == 1 && is_any(node(readers[0]), "Sigmoid", "HardSwish", "Tanh", "HardSigmoid", "Gelu"))
      return node(readers[0]).output();
    if (readers.size() != 2) return ValueId::kNone;
    for (const int k : {0, 1}) {
      const Node &gate = node(readers[static_cast<std::size_t>(k)]),
                 &product = node(readers[static_cast<std::size_t>(1 - k)]);
      if (!is_any(gate, "Sigmoid", "HardSigmoid") || !is_any(product, "Mul")) continue;
      if (!graph_.has_single_consumer(gate.output())) continue;
      const bool pairs = (product.input(0) == value && product.input(1) == gate.output()) ||
                         (product.input(1) == value && product.input(0) == gate.output());
      if (pairs) return product.output();
    }
    return ValueId::kNone;
  }

  /// Values that some product still depends on; the others are the tail.
  void find_needed() {
    const std::vector<NodeId> nodes = graph_.nodes();
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
      const Node& n = node(*it);
      const bool wanted = product_at(*it) != nullptr ||
                          std::ranges::any_of(n.outputs, [&](ValueId out) { return needed_.contains(out); });
      if (wanted) needed_.insert(n.inputs.begin(), n.inputs.end());
    }
  }

  /// For each value the value of which it is an element-wise function; itself where it is none.
  void find_sources() {
    for (const NodeId id : graph_.nodes()) {
      const Node& n = node(id);
      if (n.outputs.size() != 1 || !is_elementwise(graph_, n)) continue;
      ValueId source = ValueId::kNone;
      bool one = true;
      for (const ValueId input : n.inputs) {
        if (input == ValueId::kNone || is_number(graph_, input)) continue;
        const ValueId found = source_of(input);
        one &= (source == ValueId::kNone || source == found) &&
               graph_.value(input).type.shape == graph_.value(n.output()).type.shape;
        source = found;
      }
      if (one && source != ValueId::kNone) source_[n.output()] = source;
    }
  }
  ValueId source_of(ValueId id) const {
    const auto found = source_.find(id);
    return found != source_.end() ? found->second : id;
  }

  bool has_one_reader(ValueId id) const { return graph_.has_single_consumer(id); }

  /// The values that the product's kernel never stores.
  void mark_accumulated(const Product& product) {
    ValueId at = product.output;
    bool activated = false;
    const auto treated = treatments_.find(product.name);
    const bool curved = treated != treatments_.end() && treated->second.activation_on_accumulator;
    if (product.activated != ValueId::kNone && needed_.contains(product.activated) && curved) {
      internal_.insert(at);
      at = product.activated;
      activated = true;
    } else if (has_one_reader(at) && is_clamp(node(graph_.consumers(at)[0]))) {
      internal_.insert(at);
      at = node(graph_.consumers(at)[0]).output();
      activated = true;
    }
    if (!has_one_reader(at) || !node(product.node).is("Conv")) return;
    const NodeId reader = graph_.consumers(at)[0];
    const Node& sum = node(reader);
    if (!is_any(sum, "Add") || !joins(graph_, sum) || sum.input(0) == sum.input(1) || carried_.contains(reader)) return;
    const ValueId other = sum.input(sum.input(0) == at ? 1 : 0);
    if (!(graph_.value(other).type.shape == graph_.value(at).type.shape) || is_later_product(other, product)) return;
    carried_.insert(reader);
    internal_.insert(at);
    at = sum.output();
    if (!activated && has_one_reader(at) && is_clamp(node(graph_.consumers(at)[0]))) internal_.insert(at);
  }

  /// Whether `value` comes right from a product that runs after `product`: then that one carries the sum.
  bool is_later_product(ValueId value, const Product& product) const {
    for (const Product& other : topology_.products)
      if ((other.output == value || other.activated == value || clamped(other.output) == value) && !other.in_float &&
          has_one_reader(value) && order_.at(other.node) > order_.at(product.node))
        return true;
    return false;
  }
  ValueId clamped(ValueId value) const {
    if (!has_one_reader(value) || !is_clamp(node(graph_.consumers(value)[0]))) return ValueId::kNone;
    return node(graph_.consumers(value)[0]).output();
  }

  bool is_integer_node(NodeId id) const {
    const Node& n = node(id);
    if (const Product* product = product_at(id)) return !product->in_float;
    return is_elementwise(graph_, n) || moves_elements(graph_, n) || joins(graph_, n);
  }

  /// Inside an element-wise function of one site: all its readers are parts of the same function.
  bool inside_function(ValueId value) const {
    const ValueId source = source_of(value);
    if (source == value || graph_.is_graph_output(value)) return false;
    const Readers readers = graph_.consumers(value);
    return std::ranges::all_of(readers, [&](NodeId reader) {
      return node(reader).outputs.size() == 1 && source_of(node(reader).output()) == source &&
             source_.contains(node(reader).output());
    });
  }

  void choose_sites() {
    for (const ValueId input : graph_.inputs) visit(input, NodeId::kNone);
    for (const NodeId id : graph_.nodes())
      for (const ValueId output : node(id).outputs)
        if (output != ValueId::kNone) visit(output, id);
  }

  void visit(ValueId value, NodeId producer) {
    if (!is_float(value) || internal_.contains(value) || inside_function(value)) return;
    const Product* product = producer != NodeId::kNone ? product_at(producer) : nullptr;
    const bool from_product =
        std::ranges::any_of(topology_.sites_behind, [&](const auto& behind) { return behind.second == value; });
    if (!needed_.contains(value)) return;  // the tail
    if (producer != NodeId::kNone && !from_product) {
      const Node& n = node(producer);
      if (moves_elements(graph_, n)) return inherit(value, n.input(0));
      if (is_any(n, "Concat") && inherit_common(value, n)) return;
    }
    if (product != nullptr && product->in_float && !feeds_integers(value)) return;
    if (!from_product && !feeds_integers(value)) return;
    topology_.sites.push_back(value);
    topology_.site_of[value] = value;
  }

  /// The value behind one that a kernel never stores.
  ValueId behind(const Product& product, ValueId internal) const {
    if (internal == product.output && product.activated != ValueId::kNone) return product.activated;
    return node(graph_.consumers(internal)[0]).output();
  }
  /// The value that an integer product stores, behind what it computes on the way.
  ValueId end_of(const Product& product) const {
    ValueId at = product.output;
    while (internal_.contains(at)) at = behind(product, at);
    return at;
  }
  bool carries_sum(const Product& product) const {
    for (ValueId at = product.output; internal_.contains(at); at = behind(product, at))
      if (carried_.contains(graph_.consumers(at)[0])) return true;
    return false;
  }

  bool feeds_integers(ValueId value) const {
    const Readers readers = graph_.consumers(value);
    return std::ranges::any_of(readers, [&](NodeId reader) {
      if (!is_integer_node(reader)) return false;
      return product_at(reader) != nullptr ||
             std::ranges::any_of(node(reader).outputs, [&](ValueId out) { return needed_.contains(out); });
    });
  }

  void inherit(ValueId value, ValueId from) {
    const auto site = topology_.site_of.find(from);
    if (site != topology_.site_of.end()) topology_.site_of[value] = site->second;
  }

  /// A concatenation of moved parts of one site is that site's bytes.
  bool inherit_common(ValueId value, const Node& concat) {
    ValueId site = ValueId::kNone;
    for (const ValueId input : concat.inputs) {
      const auto found = topology_.site_of.find(input);
      if (found == topology_.site_of.end() || (site != ValueId::kNone && site != found->second)) return false;
      site = found->second;
    }
    topology_.site_of[value] = site;
    return true;
  }

  const Graph& graph_;
  const Treatments& treatments_;
  Topology topology_;
  std::map<NodeId, int> order_;
  std::set<ValueId> needed_, internal_;
  std::set<NodeId> carried_;  ///< sums that a product computes
  std::map<ValueId, ValueId> source_;
};

}  // namespace

const Product* Topology::product_of(NodeId node) const {
  const auto found = std::ranges::find(products, node, &Product::node);
  return found != products.end() ? &*found : nullptr;
}

int channel_axis(const Shape& shape) { return shape.rank() >= 2 ? 1 : -1; }

Topology find_topology(const Graph& graph, const Treatments& treatments) { return Finder(graph, treatments).run(); }

std::vector<const Product*> channelwise_readers(const Graph& graph, const Topology& topology, ValueId site) {
  std::vector<const Product*> readers;
  const std::function<bool(ValueId)> collect = [&](ValueId value) {
    if (graph.is_graph_output(value)) return false;
    for (const NodeId id : graph.consumers(value)) {
      const Node& node = graph.node(id);
      if (const Product* product = topology.product_of(id); product != nullptr && node.is("Conv") && !product->in_float)
        readers.push_back(product);
      else if (!keeps_channels(node) || !moves_elements(graph, node) || !collect(node.output()))
        return false;
    }
    return true;
  };
  if (!collect(site)) return {};
  return readers;
}

}  // namespace hedge::quantize
