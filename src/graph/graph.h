// The model as a typed graph in SSA form: every value is produced once, by a node, an input or a constant.
//
// Invariants (verify.h checks them after every pass):
//   1. every live node's inputs are produced before it in nodes() order (call sort() after inserting);
//   2. every value of a live node has a known dtype and a static shape once infer_types() has run;
//   3. ids are stable: erasing a node or a value never renumbers the others.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "op/attributes.h"
#include "op/operator.h"
#include "tensor/tensor.h"

namespace hedge::graph {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::TensorType;

enum class ValueId : std::int32_t { kNone = -1 };  ///< kNone: an optional operand that is absent
enum class NodeId : std::int32_t { kNone = -1 };

struct Value {
  std::string name;                        ///< unique in the graph
  TensorType type;                         ///< dtype kUndefined until inferred
  std::shared_ptr<const Tensor> constant;  ///< set for constants (initializers, folded results)
  NodeId producer = NodeId::kNone;         ///< kNone for graph inputs and constants
};

class Graph;

struct Node {
  std::string name;  ///< for messages; unique
  std::string domain;
  std::string op_type;
  int opset = 0;  ///< version of `domain` that this node's semantics follow
  op::Attributes attributes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;  ///< kNone: an output that nobody names
  /// Bodies of If (then_branch, else_branch). They refer to values of the outer graph by name.
  std::map<std::string, std::shared_ptr<const Graph>> subgraphs;
  bool alive = true;

  bool is(std::string_view type) const { return domain.empty() && op_type == type; }
  bool is_hedge(std::string_view type) const { return domain == op::kHedgeDomain && op_type == type; }
  bool has_input(int index) const {
    return index < static_cast<int>(inputs.size()) && inputs[static_cast<std::size_t>(index)] != ValueId::kNone;
  }
  ValueId input(int index) const { return has_input(index) ? inputs[static_cast<std::size_t>(index)] : ValueId::kNone; }
  ValueId output(int index = 0) const { return outputs[static_cast<std::size_t>(index)]; }
};

class Graph {
 public:
  std::string name;
  std::string producer;  ///< tool that wrote the file, for provenance
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::map<std::string, int> opsets;  ///< domain -> version, as imported; export writes these

  // Building. Names are made unique by a suffix; an empty name gets a fresh one.
  ValueId add_value(std::string_view name, TensorType type = {});
  ValueId add_constant(std::string_view name, Tensor value);
  ValueId add_constant(std::string_view name, std::shared_ptr<const Tensor> value);
  NodeId add_node(Node node);  ///< sets itself as producer of its outputs
  /// A node with one new output of the given name and type.
  ValueId add_node(std::string_view op_type, std::vector<ValueId> inputs, op::Attributes attributes,
                   std::string_view output_name, TensorType type = {}, std::string_view domain = "");

  // Reading.
  const Value& value(ValueId id) const { return values_[index(id)]; }
  Value& value(ValueId id) { return values_[index(id)]; }
  const Node& node(NodeId id) const { return nodes_[index(id)]; }
  Node& node(NodeId id) { return nodes_[index(id)]; }
  std::vector<NodeId> nodes()
      const;  ///< the live nodes in execution order (a copy: safe to change the graph meanwhile)
  std::size_t value_count() const { return values_.size(); }  ///< dead ones included
  ValueId find_value(std::string_view name) const;            ///< kNone if absent
  const Node* producer_of(ValueId id) const;                  ///< null for inputs, constants and kNone
  bool is_constant(ValueId id) const { return id != ValueId::kNone && value(id).constant != nullptr; }
  const Tensor* constant(ValueId id) const { return id == ValueId::kNone ? nullptr : value(id).constant.get(); }
  bool is_graph_output(ValueId id) const;
  /// Live nodes that read `id`, in order, once each.
  std::vector<NodeId> consumers(ValueId id) const;
  /// Whether exactly one live node reads `id` and it is no graph output: its producer may be fused into that reader.
  bool has_single_consumer(ValueId id) const;

  // Rewriting.
  /// Every reader of `from`, and every graph output that is `from`, reads `to` instead. The name of a graph output
  /// moves to `to`, so that the model's interface never changes; if `to` is itself an input, output or constant the
  /// caller must insert an Identity instead (returns false, nothing changed).
  bool replace_uses(ValueId from, ValueId to);
  /// Turns a value into a constant; its producer loses that output (and dies if it was the last).
  void make_constant(ValueId id, Tensor value);
  void erase(NodeId id);
  /// Erases nodes whose outputs nobody needs; returns how many.
  int erase_dead_nodes();
  /// Gives back the memory of constants that no live node reads and that are no output.
  void release_unread_constants();
  void release_if_unread(ValueId id);
  /// Restores execution order, stable; kInvalid if there is a cycle.
  Status sort();

 private:
  static std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }
  static std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }
  std::string unique_name(std::string_view wanted);
  void rename(ValueId id, std::string name);

  // Deques: a reference to a value or a node stays good while a pass adds others.
  std::deque<Value> values_;
  std::deque<Node> nodes_;
  std::vector<NodeId> order_;
  std::map<std::string, ValueId, std::less<>> by_name_;
  std::map<std::string, int, std::less<>> suffixes_;
};

}  // namespace hedge::graph
