// Which values lie in another one's bytes, so that joining and slicing costs nothing: the operands of a Concat are
// written where its result lies, and what a Slice, Split or Pick of neighbours leaves is read where its operand lies.
#pragma once

#include <map>
#include <vector>

#include "compile/compile.h"

namespace hedge::compile {

/// The name by which CompileOptions::disabled_passes switches it off; it is a decision of the lowering.
inline constexpr std::string_view kViewsPass = "views";

/// Where a value lies in `root`, which is no view itself.
struct View {
  ValueId root;
  std::uint64_t offset = 0;  ///< of its first byte, in the root's
  std::uint64_t pitch = 0;   ///< bytes from row to row; 0: dense
};

struct Views {
  std::map<ValueId, View> of;
  /// Nodes that are no step any more, each with the steps in its stead: a join of which some operands cannot lie in
  /// place copies these, each by a Concat of one, whose output is a value that no other node knows.
  std::map<NodeId, std::vector<Node>> replaced;
  std::map<ValueId, std::size_t> parts;  ///< how many lie in it, by root

  bool is_root(ValueId value) const { return parts.contains(value); }
  /// Bytes from row to row, also of what is a Reshape of a view; 0: dense.
  std::uint64_t pitch(const Graph& graph, ValueId value) const;
};

/// Bytes alone may have rows that lie apart, and only where every kernel that reads or writes them stays the one that
/// is chosen for `isa` without views. A join with less than half of its bytes in place stays a step. Adds values to the
/// graph, for copies, but no node. At most program::kPartsMax lie in one.
Views find_views(Graph& graph, kernel::IsaSet isa);

}  // namespace hedge::compile
