// A pass rewrites a graph into an equal one. Operators of the hedge domain have references too, so after every pass the
// graph can be verified, printed and interpreted.
#pragma once

#include <span>
#include <string_view>

#include "graph/graph.h"

namespace hedge::compile {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::TensorType;

struct Pass {
  std::string_view name;
  std::string_view purpose;
  int (*run)(Graph&);  ///< how many rewrites
};

/// In the order in which they run.
std::span<const Pass> passes();

// One file each.
int mark_quantized_weights(Graph& graph);
int fold_constants(Graph& graph);
int remove_identity(Graph& graph);
int fold_batch_norm(Graph& graph);
int fold_pad(Graph& graph);
int fold_focus(Graph& graph);
int raise_activations(Graph& graph);
int reduce_powers(Graph& graph);
int to_gemm(Graph& graph);
int to_lstm(Graph& graph);
int widen_lines(Graph& graph);
int to_nhwc(Graph& graph);
int move_transposes(Graph& graph);
int fuse_epilogues(Graph& graph);
int to_integer(Graph& graph);
int fuse_tables(Graph& graph);
int fuse_sequels(Graph& graph);
int pick_channels(Graph& graph);
int to_pixels(Graph& graph);

}  // namespace hedge::compile
