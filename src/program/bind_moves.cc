// Operators that only move elements: each says as grids of blocks where the bytes of its output come from, and one
// kernel carries out all of them.
#include <algorithm>

#include "kernel/shuffle_plan.h"
#include "op/shape/indices.h"
#include "op/shape/move_geometry.h"
#include "program/footprint.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

using kernel::ShuffleAxis;
using kernel::ShuffleGrid;
using op::Strides;
using tensor::Shape;

/// What blocks spell out byte by byte: a row of a concatenation, the slices that a Gather picks.
constexpr std::int64_t kRowBytesMax = 2048;

/// The kernel's parameters with the plan and the grids behind it.
struct MoveProblem : kernel::ShuffleParams {
  std::vector<ShuffleGrid> grids;
  std::vector<std::uint8_t> padding;
  std::shared_ptr<const kernel::ShufflePlan> plan;
};

std::int64_t element_bytes(const StepView& step) {
  return static_cast<std::int64_t>(tensor::size_of(step.outputs[0].dtype));
}

ShuffleAxis axis_of(std::int64_t size, std::int64_t y_stride, std::int64_t x_stride, int source) {
  ShuffleAxis axis{.size = size, .y_stride = y_stride, .x_stride = {}};
  axis.x_stride[source] = x_stride;
  return axis;
}

/// A box of elements: sizes outermost first, strides in elements.
struct Box {
  std::vector<std::int64_t> sizes, y_strides, x_strides;
  std::int64_t y_first = 0, x_first = 0;

  void add(std::int64_t size, std::int64_t y_stride, std::int64_t x_stride) {
    sizes.push_back(size), y_strides.push_back(y_stride), x_strides.push_back(x_stride);
  }
};

ShuffleGrid grid_of(const Box& box, std::int64_t bytes, int source) {
  ShuffleGrid grid;
  for (std::size_t k = 0; k < box.sizes.size(); ++k)
    grid.axes.push_back(axis_of(box.sizes[k], box.y_strides[k] * bytes, box.x_strides[k] * bytes, source));
  grid.axes.push_back(axis_of(bytes, 1, 1, source));
  grid.y_offset = box.y_first * bytes;
  grid.x_offset[static_cast<std::size_t>(source)] = box.x_first * bytes;
  grid.block = {{source, 0}};
  kernel::merge_axes(grid);
  return grid;
}

/// A box that fills y, outermost axis first.
Box dense_box(std::span<const std::int64_t> sizes, std::span<const std::int64_t> x_strides) {
  Box box;
  std::int64_t stride = 1;
  for (const std::int64_t size : sizes) stride *= size;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    stride /= sizes[k];
    box.add(sizes[k], stride, x_strides[k]);
  }
  return box;
}

Result<Box> transpose_box(const StepView& step) {
  const Shape& x = step.inputs[0].shape;
  const auto perm = step.attributes.integers("perm");
  const auto strides = tensor::row_major_strides(x);
  std::vector<std::int64_t> sizes, from;
  for (int k = 0; k < x.rank(); ++k) {
    const int axis = perm.empty() ? x.rank() - 1 - k : static_cast<int>(perm[static_cast<std::size_t>(k)]);
    sizes.push_back(x[axis]);
    from.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  return dense_box(sizes, from);
}

Result<Box> slice_box(const StepView& step) {
  const Shape& x = step.inputs[0].shape;
  const op::SliceRanges ranges = TRY(op::slice_ranges({step.attributes, step.opset, step.inputs, step.constants, 1}));
  const auto strides = tensor::row_major_strides(x);
  std::vector<std::int64_t> sizes, from;
  std::int64_t first = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank()); ++k) {
    sizes.push_back(ranges.count[k]);
    from.push_back(strides[k] * ranges.step[k]);
    first += strides[k] * ranges.start[k];
  }
  Box box = dense_box(sizes, from);
  box.x_first = first;
  return box;
}

/// Both ways: `deep` has the channels of `spacious` times the pixels of a block.
Result<Box> depth_space_box(const StepView& step) {
  const bool to_depth = step.op == "SpaceToDepth";
  const Shape& deep = to_depth ? step.outputs[0].shape : step.inputs[0].shape;
  const Shape& spacious = to_depth ? step.inputs[0].shape : step.outputs[0].shape;
  const std::int64_t block = step.attributes.integer("blocksize", 0), channels = spacious[1];
  const bool crd = step.attributes.string("mode", "DCR") == "CRD";
  const std::int64_t plane = deep[2] * deep[3], image = spacious[2] * spacious[3];
  struct Axis {
    std::int64_t size, deep, spacious;
  };
  const Axis n{deep[0], deep[1] * plane, deep[1] * plane}, c{channels, (crd ? block * block : 1) * plane, image},
      ph{block, (crd ? block : block * channels) * plane, spacious[3]}, pw{block, (crd ? 1 : channels) * plane, 1},
      h{deep[2], deep[3], block * spacious[3]}, w{deep[3], 1, block};
  Box box;
  const auto add = [&](std::initializer_list<Axis> axes) {
    for (const Axis& axis : axes)
      box.add(axis.size, to_depth ? axis.deep : axis.spacious, to_depth ? axis.spacious : axis.deep);
  };
  if (!to_depth)
    add({n, c, h, ph, w, pw});
  else if (crd)
    add({n, c, ph, pw, h, w});
  else
    add({n, ph, pw, c, h, w});
  return box;
}

/// One row of the output: for every outer position the operands' runs, one after the other.
Result<std::vector<ShuffleGrid>> concat_grids(const StepView& step) {
  if (step.inputs.size() > kernel::kShuffleFill) return fail(ErrorKind::kUnsupported, "many operands");
  const Shape& y = step.outputs[0].shape;
  const int axis = TRY(tensor::normalize_axis(step.attributes.integer("axis", 1), y.rank()));
  const std::int64_t rows = y.elements(0, axis), row = y.elements(axis, y.rank()) * element_bytes(step);
  const bool innermost = axis == y.rank() - 1;
  if (!innermost && !step.is_dense()) return fail(ErrorKind::kUnsupported, "rows lie apart inside of what is joined");
  const std::int64_t pitch = innermost ? step.output_pitch(0) : row;
  std::vector<ShuffleGrid> grids(1);
  ShuffleAxis along{.size = rows, .y_stride = pitch, .x_stride = {}};
  std::int64_t offset = 0;
  for (std::size_t k = 0; k < step.inputs.size(); ++k) {
    const Shape& x = step.inputs[k].shape;
    const std::int64_t run = x.elements(axis, x.rank()) * element_bytes(step);
    const auto source = static_cast<std::int32_t>(k);
    along.x_stride[k] = innermost ? step.input_pitch(k) : run;
    if (row <= kRowBytesMax) {
      for (std::int64_t at = 0; at < run; ++at) grids[0].block.push_back({source, at});
    } else {  // each operand by itself
      ShuffleGrid grid{.axes = {axis_of(rows, pitch, along.x_stride[k], source), axis_of(run, 1, 1, source)},
                       .block = {{source, 0}},
                       .y_offset = offset};
      kernel::merge_axes(grid);
      grids.push_back(std::move(grid));
    }
    offset += run;
  }
  if (grids[0].block.empty())
    grids.erase(grids.begin());
  else
    grids[0].axes = {along};
  return grids;
}

Result<std::vector<ShuffleGrid>> gather_grids(const StepView& step) {
  const Shape& x = step.inputs[0].shape;
  const Tensor* indices = step.constants[1];
  if (indices == nullptr) return fail(ErrorKind::kUnsupported, "indices that are computed");
  const int axis = TRY(tensor::normalize_axis(step.attributes.integer("axis", 0), x.rank()));
  const std::int64_t run = x.elements(axis + 1, x.rank()) * element_bytes(step), count = indices->shape().elements();
  if (run * count > kRowBytesMax) return fail(ErrorKind::kUnsupported, "long slices");
  ShuffleGrid grid;
  grid.axes = {axis_of(x.elements(0, axis), run * count, run * x[axis], 0)};
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t index = op::index_at(indices->view(), static_cast<std::size_t>(k), x[axis]);
    if (index < 0) return fail(ErrorKind::kUnsupported, "an index outside");
    for (std::int64_t at = 0; at < run; ++at) grid.block.push_back({0, index * run + at});
  }
  return std::vector{std::move(grid)};
}

Result<std::vector<ShuffleGrid>> pick_grids(const StepView& step) {
  const std::int64_t bytes = element_bytes(step), columns = step.outputs[0].shape[step.outputs[0].shape.rank() - 1];
  if (columns * bytes > kRowBytesMax) return fail(ErrorKind::kUnsupported, "long rows");
  if (step.inputs.size() > kernel::kShuffleFill) return fail(ErrorKind::kUnsupported, "many operands");
  ShuffleGrid grid;
  grid.axes = {{.size = step.outputs[0].elements() / columns, .y_stride = step.output_pitch(0), .x_stride = {}}};
  std::vector<std::int64_t> width;
  for (const TensorType& x : step.inputs) {
    grid.axes[0].x_stride[width.size()] = step.input_pitch(width.size());
    width.push_back(x.shape[x.shape.rank() - 1]);
  }
  for (std::int64_t channel : step.attributes.integers("channels")) {
    std::size_t k = 0;
    for (; channel >= width[k]; ++k) channel -= width[k];
    for (std::int64_t at = 0; at < bytes; ++at)
      grid.block.push_back({static_cast<std::int32_t>(k), channel * bytes + at});
  }
  return std::vector{std::move(grid)};
}

/// The bytes of the value that Pad writes.
Result<std::vector<std::uint8_t>> padding_of(const StepView& step) {
  const std::int64_t bytes = element_bytes(step);
  std::vector<std::uint8_t> padding(static_cast<std::size_t>(bytes), 0);
  if (step.opset < 11) {
    if (step.attributes.real("value", 0.0f) != 0) return fail(ErrorKind::kUnsupported, "a value as an attribute");
  } else if (step.has_input(2)) {
    if (step.constants[2] == nullptr) return fail(ErrorKind::kUnsupported, "a value that is computed");
    const auto value = step.constants[2]->bytes();
    std::ranges::transform(value, padding.begin(), [](std::byte b) { return static_cast<std::uint8_t>(b); });
  }
  return padding;
}

/// Pad of one axis that repeats what is there: the inside, and before and after it a box that walks on, back or stays.
Result<std::vector<ShuffleGrid>> repeating_grids(const StepView& step, const op::Pads& pads, std::size_t axis) {
  const Shape &x = step.inputs[0].shape, &y = step.outputs[0].shape;
  const std::string_view mode = step.attributes.string("mode", "");
  const std::int64_t bytes = element_bytes(step), length = x[static_cast<int>(axis)], before = pads.before[axis],
                     after = pads.after[axis];
  const std::int64_t most = mode == "reflect" ? length - 1 : mode == "wrap" ? length : std::max(before, after);
  if (before > most || after > most) return fail(ErrorKind::kUnsupported, "it repeats more than once");
  const auto from = tensor::row_major_strides(x), to = tensor::row_major_strides(y);
  std::vector<ShuffleGrid> grids;
  /// y[first, first + count) is x[source], x[source + step], ... along the axis.
  const auto add = [&](std::int64_t first, std::int64_t count, std::int64_t source, std::int64_t along) {
    if (count == 0) return;
    Box box;
    for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank()); ++k)
      box.add(k == axis ? count : x[static_cast<int>(k)], to[k], k == axis ? along * from[k] : from[k]);
    box.y_first = first * to[axis];
    box.x_first = source * from[axis];
    grids.push_back(grid_of(box, bytes, 0));
  };
  add(before, length, 0, 1);
  if (mode == "reflect") {
    add(0, before, before, -1);
    add(before + length, after, length - 2, -1);
  } else if (mode == "edge") {
    add(0, before, 0, 0);
    add(before + length, after, length - 1, 0);
  } else {
    add(0, before, length - before, 1);
    add(before + length, after, 0, 1);
  }
  return grids;
}

/// The inside, and for each padded axis what lies before and after it. Where only the last axis is padded, a row is a
/// block.
Result<std::vector<ShuffleGrid>> pad_grids(const StepView& step) {
  const Shape &x = step.inputs[0].shape, &y = step.outputs[0].shape;
  const op::Pads pads = TRY(op::constant_pads({step.attributes, step.opset, step.inputs, step.constants, 1}));
  const std::int64_t bytes = element_bytes(step);
  const auto from = tensor::row_major_strides(x), to = tensor::row_major_strides(y);
  const auto rank = static_cast<std::size_t>(y.rank());
  for (std::size_t k = 0; k < rank; ++k)
    if (pads.before[k] < 0 || pads.after[k] < 0) return fail(ErrorKind::kUnsupported, "it cuts");
  std::size_t last = rank;  // the only padded axis
  int padded = 0;
  for (std::size_t k = 0; k < rank; ++k)
    if (pads.before[k] != 0 || pads.after[k] != 0) last = k, ++padded;
  if (const std::string_view mode = step.attributes.string("mode", "constant"); mode != "constant") {
    if (padded != 1 || (mode != "reflect" && mode != "edge" && mode != "wrap"))
      return fail(ErrorKind::kUnsupported, "it repeats along several axes");
    return repeating_grids(step, pads, last);
  }
  const std::int64_t row = padded == 1 ? y.elements(static_cast<int>(last), y.rank()) * bytes : 0;
  if (padded == 1 && row <= kRowBytesMax) {
    const std::int64_t inner = y.elements(static_cast<int>(last) + 1, y.rank()) * bytes;
    const std::int64_t run = x[static_cast<int>(last)] * inner, first = pads.before[last] * inner;
    ShuffleGrid grid;
    grid.axes = {axis_of(y.elements(0, static_cast<int>(last)), row, run, 0)};
    for (std::int64_t at = 0; at < row; ++at) {
      if (at < first || at >= first + run)
        grid.block.push_back({kernel::kShuffleFill, at % bytes});
      else
        grid.block.push_back({0, at - first});
    }
    return std::vector{std::move(grid)};
  }
  std::vector<ShuffleGrid> grids;
  Box inside;
  for (std::size_t k = 0; k < rank; ++k) {
    inside.add(x[static_cast<int>(k)], to[k], from[k]);
    inside.y_first += pads.before[k] * to[k];
  }
  grids.push_back(grid_of(inside, bytes, 0));
  for (std::size_t axis = 0; axis < rank; ++axis)
    for (const bool after : {false, true}) {
      const std::int64_t count = after ? pads.after[axis] : pads.before[axis];
      if (count == 0) continue;
      Box border;
      for (std::size_t k = 0; k < rank; ++k) {
        const int at = static_cast<int>(k);
        border.add(k < axis ? x[at] : k == axis ? count : y[at], to[k], 0);
        if (k < axis) border.y_first += pads.before[k] * to[k];
      }
      if (after) border.y_first += (y[static_cast<int>(axis)] - count) * to[axis];
      grids.push_back(grid_of(border, bytes, kernel::kShuffleFill));
    }
  return grids;
}

Result<std::vector<ShuffleGrid>> grids_of(const StepView& step) {
  if (step.op == "Concat") return concat_grids(step);
  if (step.op == "Pick") return pick_grids(step);
  if (!step.is_dense()) return fail(ErrorKind::kUnsupported, "rows lie apart");
  if (step.op == "Pad") return pad_grids(step);
  if (step.op == "Gather") return gather_grids(step);
  const Box box = step.op == "Transpose" ? TRY(transpose_box(step))
                  : step.op == "Slice"   ? TRY(slice_box(step))
                                         : TRY(depth_space_box(step));
  return std::vector{grid_of(box, element_bytes(step), 0)};
}

struct MoveFamily : PlainFamily<kernel::ShuffleKernel, MoveProblem> {
  /// Of a window's 16 bytes, on average. With fewer it takes a vector for every few bytes: tiles do that better. They
  /// do with words somewhat earlier.
  static constexpr double kBytesMin = 3, kWordBytesMin = 6;
  static bool avoids(const StepView& step, const Problem& problem) {
    const bool words = step.op == "Transpose" && element_bytes(step) == 4;
    const bool scattered = words && std::ranges::any_of(problem.grids, [](const ShuffleGrid& grid) {
                             return kernel::bytes_per_window(grid) < kWordBytesMin;
                           });
    return scattered || are_short_rows_apart(step.outputs, step.output_pitches);
  }
  static bool takes_pitch(std::size_t) { return true; }  // grids_of() looks closer
  static Result<Problem> problem(const StepView& step) {
    Problem problem{};
    problem.grids = TRY(grids_of(step));
    if (step.op == "Pad") problem.padding = TRY(padding_of(step));
    for (const ShuffleGrid& grid : problem.grids)
      if (kernel::bytes_per_window(grid) < kBytesMin)
        return fail(ErrorKind::kUnsupported, "neighbours come from far apart");
    for (std::size_t k = 0; k < step.inputs.size() && k < kernel::kShuffleFill; ++k)
      if (step.has_input(k)) problem.x_size[k] = static_cast<std::int64_t>(step.input_span(k));
    problem.x_size[kernel::kShuffleFill] = static_cast<std::int64_t>(problem.padding.size());
    return problem;
  }
  static void prepare(Problem& problem, const StepView&, kernel::IsaSet needs) {
    auto plan = std::make_shared<const kernel::ShufflePlan>(problem.grids, kernel::shuffle_width(needs));
    problem.parts = plan->parts.data();
    problem.part_count = static_cast<std::int64_t>(plan->parts.size());
    problem.fill = problem.padding.data();  // moves with the problem
    problem.plan = std::move(plan);
    problem.grids.clear();
  }
  static kernel::ShuffleArgs args(const Operands& operands, std::span<std::byte>) {
    kernel::ShuffleArgs args{};
    for (std::size_t k = 0; k < operands.inputs.size() && k < kernel::kShuffleFill; ++k)
      args.x[k] = operand<std::uint8_t>(operands, k);
    args.y = reinterpret_cast<std::uint8_t*>(operands.outputs[0]);
    return args;
  }
};

}  // namespace

CandidateList move_candidates() { return make_candidates<MoveFamily>(kernel::shuffle_kernels()); }

}  // namespace hedge::program
