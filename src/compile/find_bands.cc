#include "compile/find_bands.h"

#include <algorithm>

#include "compile/node_view.h"
#include "program/row_bands.h"

namespace hedge::compile {
namespace {

class BandSearch {
 public:
  BandSearch(const Graph& graph, const BandLimits& limits, const Views& views)
      : graph_(graph), limits_(limits), views_(views), readers_(graph.value_count(), 0) {
    for (const NodeId id : graph.nodes()) {
      nodes_.push_back(&graph.node(id));
      for (const ValueId input : graph.node(id).inputs)
        if (input != ValueId::kNone) ++readers_[static_cast<std::size_t>(input)];
    }
  }

  std::vector<NodeBands> run() {
    std::vector<NodeBands> found;
    for (std::size_t first = 0; first < nodes_.size();) {
      std::size_t end = chain_from(first);
      std::int64_t rows = 0;
      while (end >= first + 2 && (rows = rows_of(first, end)) == 0) --end;  // a shorter one may fit
      if (end >= first + 2) {
        found.push_back({static_cast<int>(first), static_cast<int>(end - first), rows});
        calls_ += calls_of(first, end, rows);
      }
      first = std::max(end, first + 1);
    }
    return found;
  }

 private:
  std::size_t bytes_of(ValueId value) const { return graph_.value(value).type.size_bytes(); }

  /// Where the longest chain from this node ends.
  std::size_t chain_from(std::size_t first) const {
    if (!can_run(first)) return first;
    std::size_t end = first + 1;
    while (end < nodes_.size() && links(end - 1, end) && can_run(end)) ++end;
    return end;
  }

  bool can_run(std::size_t at) const {
    const Node& node = *nodes_[at];
    const NodeView operands(graph_, node, views_);
    if (!operands.view.is_dense() || !program::row_window(operands.view)) return false;
    for (std::size_t k = 1; k < node.inputs.size(); ++k)
      if (node.inputs[k] != ValueId::kNone && k != program::residual_of(operands.view) &&
          !graph_.is_constant(node.inputs[k]))
        return false;
    std::size_t weights = 0;
    for (const ValueId input : node.inputs)
      if (graph_.is_constant(input)) weights += bytes_of(input);
    return weights <= limits_.weights_max;
  }

  /// What lies between the two is read by the second alone, and pays.
  bool links(std::size_t at, std::size_t next) const {
    const ValueId between = nodes_[at]->output();
    return nodes_[next]->input(0) == between && readers_[static_cast<std::size_t>(between)] == 1 &&
           !graph_.is_graph_output(between) && !views_.of.contains(between) && !views_.is_root(between) &&
           bytes_of(between) >= limits_.between_min;
  }

  std::int64_t calls_of(std::size_t first, std::size_t end, std::int64_t rows) const {
    const std::int64_t out_h = graph_.value(nodes_[end - 1]->output()).type.shape[1];
    return (out_h + rows - 1) / rows * static_cast<std::int64_t>(end - first);
  }

  /// As many rows as let the buffers stay in the cache; 0 where one is too many, or bands of them too many.
  std::int64_t rows_of(std::size_t first, std::size_t end) const {
    std::vector<program::RowWindow> windows;
    std::vector<std::size_t> row_bytes;
    for (std::size_t at = first; at < end; ++at) {
      const NodeView operands(graph_, *nodes_[at]);
      windows.push_back(*program::row_window(operands.view));
      const TensorType& type = operands.outputs[0];
      row_bytes.push_back(type.size_bytes() / static_cast<std::size_t>(type.shape[1]));
    }
    std::int64_t best = 0;
    for (std::int64_t rows = 1; rows <= windows.back().out_h; ++rows) {
      const program::BandPlan plan = program::plan_bands(windows, {0, windows.back().out_h}, rows);
      std::size_t bytes = 0;
      for (std::size_t k = 0; k < plan.heights.size(); ++k)
        bytes += static_cast<std::size_t>(plan.heights[k]) * row_bytes[k];
      if (bytes > limits_.buffers_max) break;
      best = rows;
    }
    return best > 0 && calls_ + calls_of(first, end, best) <= program::kBandCallsMax ? best : 0;
  }

  const Graph& graph_;
  const BandLimits& limits_;
  const Views& views_;
  std::vector<const Node*> nodes_;
  std::vector<int> readers_;
  std::int64_t calls_ = 0;  ///< of the chains found
};

}  // namespace

std::vector<NodeBands> find_bands(const Graph& graph, const BandLimits& limits, const Views& views) {
  return BandSearch(graph, limits, views).run();
}

}  // namespace hedge::compile
