#include "compile/find_views.h"

#include <algorithm>
#include <optional>
#include <set>

#include "compile/lower.h"
#include "compile/node_view.h"
#include "compile/rewrite.h"
#include "op/shape/move_geometry.h"
#include "program/footprint.h"
#include "program/liveness.h"

namespace hedge::compile {
namespace {

/// One operand of a join, or one output of a slice: a run in each row of the wide value.
struct Part {
  ValueId value;
  std::uint64_t first;  ///< bytes before it, in a row
};

/// Parts of a wide value's rows.
struct Table {
  ValueId wide;
  std::int64_t rows = 0;
  bool innermost = false;  ///< a part's row is one of its innermost rows
  std::vector<Part> parts;
};

constexpr int kConcatOpset = 13;  ///< the latest

class ViewSearch {
 public:
  ViewSearch(Graph& graph, kernel::IsaSet isa) : graph_(graph), isa_(isa), nodes_(graph.nodes()) {}

  Views run() {
    // The last join first: what it joins may itself be one.
    for (auto id = nodes_.rbegin(); id != nodes_.rend(); ++id)
      if (const auto axis = joined_axis(graph_.node(*id))) place_join(*id, *axis);
    for (const NodeId id : nodes_) place_slice(id);
    return std::move(views_);
  }

 private:
  std::uint64_t bytes_of(ValueId value) const { return graph_.value(value).type.size_bytes(); }

  /// `axis` of the wide value is cut in parts.
  Table table_of(ValueId wide, int axis) const {
    const Shape& shape = graph_.value(wide).type.shape;
    return {wide, shape.elements(0, axis), axis == shape.rank() - 1, {}};
  }

  /// The axis along which a node lays its operands one after the other; nullopt: it is no join.
  std::optional<int> joined_axis(const Node& node) const {
    if (!is_any(node, "Concat") && !node.is_hedge("Pick")) return std::nullopt;
    if (node.inputs.size() < 2 || bytes_of(node.output()) == 0) return std::nullopt;
    const int rank = graph_.value(node.output()).type.shape.rank();
    if (node.is_hedge("Pick")) return picks_neighbours(node) ? std::optional(rank - 1) : std::nullopt;
    const auto axis = tensor::normalize_axis(node.attributes.integer("axis", 1), rank);
    return axis ? std::optional(*axis) : std::nullopt;
  }
  /// A Pick of channels as they follow each other: of some of one operand, or of all of them all.
  bool picks_neighbours(const Node& node) const {
    const auto channels = node.attributes.integers("channels");
    for (std::size_t k = 1; k < channels.size(); ++k)
      if (channels[k] != channels[0] + static_cast<std::int64_t>(k)) return false;
    std::uint64_t bytes = 0;
    for (const ValueId input : node.inputs) bytes += bytes_of(input);
    return node.inputs.size() == 1 || bytes == bytes_of(node.output());
  }

  void place_join(NodeId id, int axis) {
    if (views_.replaced.contains(id)) return;
    const Node& node = graph_.node(id);
    const Table table = table_of(node.output(), axis);
    const auto whole = view_in(table, node.output(), 0);
    if (!whole) return;
    const Mark before = mark();
    replace(id);  // it reads its operands no more
    std::uint64_t first = 0, in_place = 0;
    std::vector<Part> copied;
    for (const ValueId operand : node.inputs) {
      const std::uint64_t bytes = bytes_of(operand);
      if (bytes > 0 && place(operand, *view_in(table, operand, first)))
        in_place += bytes;
      else if (bytes > 0)
        copied.push_back({operand, first});
      first += bytes / static_cast<std::uint64_t>(table.rows);
    }
    if (in_place == 0 || 2 * in_place < bytes_of(node.output()) ||
        parts_in(whole->root) + copied.size() > program::kPartsMax)
      return undo_to(before);
    for (const Part& part : copied) {
      Node copy = copy_to(node, axis, part.value, *view_in(table, part.value, part.first));
      if (views_.of.at(copy.output()).pitch != 0 && !runs_as_before(copy)) return undo_to(before);
      views_.replaced[id].push_back(std::move(copy));
    }
  }

  Node copy_to(const Node& join, std::int64_t axis, ValueId from, const View& view) {
    const graph::Value& value = graph_.value(from);
    const ValueId to =
        graph_.add_value(fmt::format("{} in {}", value.name, graph_.value(join.output()).name), value.type);
    put(to, view);
    Node copy{.name = join.name, .op_type = "Concat", .opset = kConcatOpset, .inputs = {from}, .outputs = {to}};
    copy.attributes.set("axis", axis);
    return copy;
  }

  void place_slice(NodeId id) {
    const std::optional<Table> table = slice_table(graph_.node(id));
    if (!table || graph_.is_constant(table->wide)) return;
    // A Reshape lies where its operand does, which is another root.
    if (const Node* producer = graph_.producer_of(table->wide); producer != nullptr && producer->is("Reshape")) return;
    const Mark before = mark();
    replace(id);
    for (const Part& part : table->parts) {
      const auto view = view_in(*table, part.value, part.first);
      if (!view || !place_alone(part.value, *view)) return undo_to(before);
    }
  }

  /// What a node takes out of its operand; nullopt: it is no slice, or not of neighbours in the same order.
  std::optional<Table> slice_table(const Node& node) const {
    if (is_any(node, "Split")) return split_table(node);
    if (is_any(node, "Slice")) return cut_table(node);
    if (!node.is_hedge("Pick") || node.inputs.size() != 1 || !picks_neighbours(node)) return std::nullopt;
    const TensorType& type = graph_.value(node.input(0)).type;
    Table table = table_of(node.input(0), type.shape.rank() - 1);
    const auto first = static_cast<std::uint64_t>(node.attributes.integers("channels")[0]);
    table.parts.push_back({node.output(), first * tensor::size_of(type.dtype)});
    return table;
  }
  std::optional<Table> split_table(const Node& node) const {
    const auto axis =
        tensor::normalize_axis(node.attributes.integer("axis", 0), graph_.value(node.input(0)).type.shape.rank());
    if (!axis || bytes_of(node.input(0)) == 0) return std::nullopt;
    Table table = table_of(node.input(0), *axis);
    std::uint64_t first = 0;
    for (const ValueId output : node.outputs) {
      if (output == ValueId::kNone || bytes_of(output) == 0) return std::nullopt;
      table.parts.push_back({output, first});
      first += bytes_of(output) / static_cast<std::uint64_t>(table.rows);
    }
    return table;
  }
  std::optional<Table> cut_table(const Node& node) const {
    const KnownOperands known(graph_, node.inputs);
    const auto ranges = op::slice_ranges({node.attributes, node.opset, known.types, known.constants, 1});
    const TensorType& x = known.types[0];
    if (!ranges || bytes_of(node.output()) == 0) return std::nullopt;
    int cut = -1;  // the only axis of which it leaves something out
    for (int axis = 0; axis < x.shape.rank(); ++axis) {
      const auto k = static_cast<std::size_t>(axis);
      if (ranges->count[k] == x.shape[axis] && (ranges->step[k] == 1 || x.shape[axis] == 1)) continue;
      if (cut != -1 || (ranges->step[k] != 1 && ranges->count[k] > 1)) return std::nullopt;
      cut = axis;
    }
    if (cut == -1) return std::nullopt;
    Table table = table_of(node.input(0), cut);
    const auto start = static_cast<std::uint64_t>(ranges->start[static_cast<std::size_t>(cut)]);
    const auto inner = static_cast<std::uint64_t>(x.shape.elements(cut + 1, x.shape.rank()));
    table.parts.push_back({node.output(), start * inner * tensor::size_of(x.dtype)});
    return table;
  }

  /// A part's place, in whatever the wide value itself lies in.
  std::optional<View> view_in(const Table& table, ValueId part, std::uint64_t first) const {
    const auto found = views_.of.find(table.wide);
    View view = found != views_.of.end() ? found->second : View{.root = table.wide};
    view.offset += first;
    if (table.rows == 1) return view.pitch == 0 ? std::optional(view) : std::nullopt;
    if (!table.innermost) return std::nullopt;
    if (view.pitch == 0) view.pitch = bytes_of(table.wide) / static_cast<std::uint64_t>(table.rows);
    if (view.pitch == program::row_bytes(graph_.value(part).type)) view.pitch = 0;  // the whole row
    return view;
  }

  /// Puts a value where a join wants it. What is a Reshape of another lies where that does.
  bool place(ValueId value, const View& view) {
    const Node* producer = graph_.producer_of(value);
    if (producer == nullptr) return false;
    const Mark before = mark();
    const bool placed = place_alone(value, view) && (!producer->is("Reshape") || place(producer->input(0), view));
    if (!placed) undo_to(before);
    return placed;
  }

  /// Nothing has been decided about it, and it may lie there.
  bool is_free(ValueId value, const View& view) const {
    if (graph_.producer_of(value) == nullptr || views_.of.contains(value) || views_.is_root(value)) return false;
    if (parts_in(view.root) == program::kPartsMax) return false;
    // What the caller reads must not be what it writes for the next run.
    return !graph_.is_graph_output(value) || std::ranges::find(graph_.inputs, view.root) == graph_.inputs.end();
  }
  std::size_t parts_in(ValueId root) const {
    const auto found = views_.parts.find(root);
    return found != views_.parts.end() ? found->second : 0;
  }

  bool place_alone(ValueId value, const View& view) {
    if (!is_free(value, view) || hopeless_.contains({value, view.pitch})) return false;
    const Mark before = mark();
    put(value, view);
    if (view.pitch == 0 || lies_apart_well(value, view.pitch)) return true;
    undo_to(before);
    hopeless_.insert({value, view.pitch});  // joins in joins would try it again and again
    return false;
  }

  /// Whether all that read or write the value take its rows as they lie now. A join that makes it is placed first.
  bool lies_apart_well(ValueId value, std::uint64_t pitch) {
    const TensorType& type = graph_.value(value).type;
    if (type.dtype != DType::kU8 || graph_.is_graph_output(value) || type.shape.rank() < 2) return false;
    const bool read_well = std::ranges::all_of(graph_.consumers(value), [&](NodeId id) {
      const Node& reader = graph_.node(id);
      return views_.replaced.contains(id) || (reader.is("Reshape") ? keeps_rows(reader) : runs_as_before(reader));
    });
    if (!read_well) return false;
    const NodeId maker = graph_.value(value).producer;
    if (const auto axis = joined_axis(graph_.node(maker))) place_join(maker, *axis);
    return views_.replaced.contains(maker) || graph_.node(maker).is("Reshape") || runs_as_before(graph_.node(maker));
  }

  /// A Reshape costs nothing where it leaves the innermost rows whole.
  bool keeps_rows(const Node& reshape) const {
    const Shape &x = graph_.value(reshape.input(0)).type.shape, &y = graph_.value(reshape.output()).type.shape;
    if (y.rank() < 2 || x[x.rank() - 1] != y[y.rank() - 1] || graph_.is_graph_output(reshape.output())) return false;
    return std::ranges::all_of(graph_.consumers(reshape.output()), [&](NodeId id) {
      const Node& reader = graph_.node(id);
      if (reader.is("Reshape")) return keeps_rows(reader);
      return views_.replaced.contains(id) || runs_as_before(reader);
    });
  }

  /// By the kernel that would be chosen if nothing lay apart, and not badly.
  bool runs_as_before(const Node& node) const {
    const NodeView dense(graph_, node), apart(graph_, node, views_);
    const program::Candidate* first = choose_kernel(dense.view, isa_).first();
    return first != nullptr && first == choose_kernel(apart.view, isa_).first() &&
           first->name() != program::kReferenceName && !first->avoids(apart.view);
  }

  /// All decisions up to here stand.
  struct Mark {
    std::size_t placed, replaced;
  };
  Mark mark() const { return {placed_.size(), replaced_.size()}; }
  void put(ValueId value, const View& view) {
    views_.of[value] = view;
    ++views_.parts[view.root];
    placed_.push_back(value);
  }
  void replace(NodeId id) {
    views_.replaced[id] = {};
    replaced_.push_back(id);
  }
  void undo_to(const Mark& mark) {
    for (; placed_.size() > mark.placed; placed_.pop_back()) {
      const auto root = views_.parts.find(views_.of.at(placed_.back()).root);
      if (--root->second == 0) views_.parts.erase(root);
      views_.of.erase(placed_.back());
    }
    for (; replaced_.size() > mark.replaced; replaced_.pop_back()) views_.replaced.erase(replaced_.back());
  }

  Graph& graph_;
  kernel::IsaSet isa_;
  std::vector<NodeId> nodes_;
  Views views_;
  std::vector<ValueId> placed_;  ///< in the order of the decisions
  std::vector<NodeId> replaced_;
  std::set<std::pair<ValueId, std::uint64_t>> hopeless_;  ///< values, and pitches with which they cannot lie
};

}  // namespace

std::uint64_t Views::pitch(const Graph& graph, ValueId value) const {
  if (of.empty()) return 0;
  for (;;) {
    if (const auto found = of.find(value); found != of.end()) return found->second.pitch;
    const Node* producer = value == ValueId::kNone ? nullptr : graph.producer_of(value);
    if (producer == nullptr || !producer->is("Reshape")) return 0;
    value = producer->input(0);
  }
}

Views find_views(Graph& graph, kernel::IsaSet isa) { return ViewSearch(graph, isa).run(); }

}  // namespace hedge::compile
