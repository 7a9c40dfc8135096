#include "graph/graph.h"

#include <algorithm>
#include <queue>

#include "base/check.h"

namespace hedge::graph {

std::string Graph::unique_name(std::string_view wanted) {
  std::string base(wanted.empty() ? "v" : wanted);
  if (!by_name_.contains(base) && !wanted.empty()) return base;
  int& suffix = suffixes_[base];
  std::string candidate;
  do {
    candidate = fmt::format("{}_{}", base, ++suffix);
  } while (by_name_.contains(candidate));
  return candidate;
}

ValueId Graph::add_value(std::string_view wanted, TensorType type) {
  const auto id = static_cast<ValueId>(values_.size());
  std::string unique = unique_name(wanted);
  by_name_.emplace(unique, id);
  values_.push_back({.name = std::move(unique), .type = type});
  return id;
}

ValueId Graph::add_constant(std::string_view wanted, std::shared_ptr<const Tensor> constant) {
  const ValueId id = add_value(wanted, constant->type());
  value(id).constant = std::move(constant);
  return id;
}

ValueId Graph::add_constant(std::string_view wanted, Tensor constant) {
  return add_constant(wanted, std::make_shared<const Tensor>(std::move(constant)));
}

NodeId Graph::add_node(Node node) {
  const auto id = static_cast<NodeId>(nodes_.size());
  for (const ValueId output : node.outputs) {
    if (output == ValueId::kNone) continue;
    HEDGE_CHECK(value(output).producer == NodeId::kNone && !is_constant(output));
    value(output).producer = id;
  }
  if (node.name.empty() && !node.outputs.empty() && node.output() != ValueId::kNone)
    node.name = value(node.output()).name;
  nodes_.push_back(std::move(node));
  order_.push_back(id);
  return id;
}

ValueId Graph::add_node(std::string_view op_type, std::vector<ValueId> node_inputs, op::Attributes attributes,
                        std::string_view output_name, TensorType type, std::string_view domain) {
  const ValueId output = add_value(output_name, type);
  const auto opset = opsets.find(std::string(domain));
  add_node(Node{.domain = std::string(domain),
                .op_type = std::string(op_type),
                .opset = opset != opsets.end() ? opset->second : 1,
                .attributes = std::move(attributes),
                .inputs = std::move(node_inputs),
                .outputs = {output}});
  return output;
}

std::vector<NodeId> Graph::nodes() const {
  std::vector<NodeId> live;
  live.reserve(order_.size());
  for (const NodeId id : order_)
    if (node(id).alive) live.push_back(id);
  return live;
}

ValueId Graph::find_value(std::string_view wanted) const {
  const auto found = by_name_.find(wanted);
  return found != by_name_.end() ? found->second : ValueId::kNone;
}

const Node* Graph::producer_of(ValueId id) const {
  if (id == ValueId::kNone || value(id).producer == NodeId::kNone) return nullptr;
  return &node(value(id).producer);
}

bool Graph::is_graph_output(ValueId id) const { return std::ranges::find(outputs, id) != outputs.end(); }

std::vector<NodeId> Graph::consumers(ValueId id) const {
  std::vector<NodeId> readers;
  for (const NodeId reader : order_)
    if (node(reader).alive && std::ranges::find(node(reader).inputs, id) != node(reader).inputs.end())
      readers.push_back(reader);
  return readers;
}

bool Graph::has_single_consumer(ValueId id) const { return !is_graph_output(id) && consumers(id).size() == 1; }

void Graph::rename(ValueId id, std::string new_name) {
  by_name_.erase(value(id).name);
  by_name_[new_name] = id;
  value(id).name = std::move(new_name);
}

bool Graph::replace_uses(ValueId from, ValueId to) {
  if (from == to) return true;
  if (is_graph_output(from)) {
    const bool to_is_input = std::ranges::find(inputs, to) != inputs.end();
    if (is_constant(to) || to_is_input || is_graph_output(to)) return false;
    const std::string interface_name = value(from).name;
    rename(from, unique_name(interface_name + "_replaced"));
    rename(to, interface_name);
    std::ranges::replace(outputs, from, to);
  }
  for (const NodeId id : order_)
    if (node(id).alive) std::ranges::replace(node(id).inputs, from, to);
  return true;
}

void Graph::make_constant(ValueId id, Tensor constant) {
  Value& target = value(id);
  if (target.producer != NodeId::kNone) {
    Node& producer_node = node(target.producer);
    std::ranges::replace(producer_node.outputs, id, ValueId::kNone);
    const bool any_left = std::ranges::any_of(producer_node.outputs, [](ValueId out) { return out != ValueId::kNone; });
    producer_node.alive = any_left;
    target.producer = NodeId::kNone;
  }
  std::erase(inputs, id);
  target.type = constant.type();
  target.constant = std::make_shared<const Tensor>(std::move(constant));
}

void Graph::erase(NodeId id) {
  Node& dead = node(id);
  dead.alive = false;
  for (const ValueId output : dead.outputs)
    if (output != ValueId::kNone) value(output).producer = NodeId::kNone;
}

// Marks backwards from the outputs, so it does not matter where in the order a pass has put its new nodes.
int Graph::erase_dead_nodes() {
  std::vector<bool> needed(nodes_.size(), false);
  std::vector<NodeId> open;
  const auto need = [&](ValueId id) {
    if (id == ValueId::kNone || value(id).producer == NodeId::kNone || needed[index(value(id).producer)]) return;
    needed[index(value(id).producer)] = true;
    open.push_back(value(id).producer);
  };
  for (const ValueId output : outputs) need(output);
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    for (const ValueId input : node(id).inputs) need(input);
  }
  int erased = 0;
  for (const NodeId id : nodes()) {
    if (needed[index(id)]) continue;
    erase(id);
    ++erased;
  }
  std::erase_if(order_, [&](NodeId id) { return !node(id).alive; });
  return erased;
}

void Graph::release_unread_constants() {
  std::vector<bool> is_read(values_.size(), false);
  const auto read = [&](ValueId id) {
    if (id != ValueId::kNone) is_read[index(id)] = true;
  };
  for (const NodeId id : nodes()) std::ranges::for_each(node(id).inputs, read);
  std::ranges::for_each(outputs, read);
  for (std::size_t k = 0; k < values_.size(); ++k)
    if (!is_read[k]) values_[k].constant.reset();
}

void Graph::release_if_unread(ValueId id) {
  if (!is_graph_output(id) && consumers(id).empty()) value(id).constant.reset();
}

// Kahn's algorithm; among the ready nodes the one that stood first comes first, so a sorted graph stays as it is.
Status Graph::sort() {
  const std::vector<NodeId> live = nodes();
  std::vector<std::size_t> position(nodes_.size());
  std::vector<int> waiting(nodes_.size(), 0);
  std::vector<std::vector<NodeId>> readers(nodes_.size());
  for (std::size_t i = 0; i < live.size(); ++i) {
    position[index(live[i])] = i;
    for (const ValueId input : node(live[i]).inputs) {
      if (producer_of(input) == nullptr) continue;
      readers[index(value(input).producer)].push_back(live[i]);
      ++waiting[index(live[i])];
    }
  }
  const auto later = [&](NodeId a, NodeId b) { return position[index(a)] > position[index(b)]; };
  std::priority_queue<NodeId, std::vector<NodeId>, decltype(later)> ready(later);
  for (const NodeId id : live)
    if (waiting[index(id)] == 0) ready.push(id);
  std::vector<NodeId> sorted;
  sorted.reserve(live.size());
  while (!ready.empty()) {
    const NodeId id = ready.top();
    ready.pop();
    sorted.push_back(id);
    for (const NodeId reader : readers[index(id)])
      if (--waiting[index(reader)] == 0) ready.push(reader);
  }
  if (sorted.size() != live.size()) return fail(ErrorKind::kInvalid, "the graph has a cycle");
  order_ = std::move(sorted);
  return {};
}

}  // namespace hedge::graph
