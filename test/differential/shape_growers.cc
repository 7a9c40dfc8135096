// What moves elements about: transpositions, reshapes, concatenations, slices, shuffles, resizing.
#include <algorithm>
#include <numeric>

#include "differential/graph_maker.h"

namespace hedge::test {
namespace {

std::vector<std::int64_t> dims_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

void transpose(GraphMaker& m) {
  const ValueId x = m.any();
  std::vector<std::int64_t> perm(static_cast<std::size_t>(m.shape(x).rank()));
  std::iota(perm.begin(), perm.end(), 0);
  for (std::size_t k = perm.size(); k > 1; --k)
    std::swap(perm[k - 1], perm[static_cast<std::size_t>(m.random.below(static_cast<int>(k)))]);
  if (m.shape(x).rank() == 4 && m.random.chance(50))
    perm = m.random.chance(50) ? std::vector<std::int64_t>{0, 2, 3, 1} : std::vector<std::int64_t>{0, 3, 1, 2};
  m.node("Transpose", {x}, {{"perm", perm}});
}

/// Random factors of the number of elements.
void reshape(GraphMaker& m) {
  const ValueId x = m.any();
  std::int64_t left = m.shape(x).elements();
  std::vector<std::int64_t> dims;
  for (int k = m.random.between(0, 4); k > 0; --k) {
    const std::int64_t factor = m.random.pick<std::int64_t>({1, 2, 3, 4, 5, 6, 7, 8});
    if (left % factor != 0) continue;
    dims.push_back(factor);
    left /= factor;
  }
  dims.insert(dims.begin() + m.random.below(static_cast<int>(dims.size()) + 1), left);
  m.node("Reshape", {x, m.list(dims)});
}

/// Axes merged or split beside each other, as heads do.
void regroup(GraphMaker& m) {
  const ValueId x = m.any();
  std::vector<std::int64_t> dims = dims_of(m.shape(x));
  if (dims.size() < 2) return;
  const auto at = static_cast<std::size_t>(m.random.below(static_cast<int>(dims.size()) - 1));
  if (m.random.chance(60)) {
    dims[at] *= dims[at + 1];
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  } else if (dims[at] % 2 == 0) {
    dims[at] /= 2;
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), 2);
  }
  m.node("Reshape", {x, m.list(dims)});
}

void flatten(GraphMaker& m) {
  const ValueId x = m.any();
  switch (m.random.below(3)) {
    case 0:
      m.node("Flatten", {x}, {{"axis", static_cast<std::int64_t>(m.random.below(m.shape(x).rank() + 1))}});
      return;
    case 1: m.node("Squeeze", {x}); return;
    default: m.node("Unsqueeze", {x, m.list({m.random.below(m.shape(x).rank() + 1)})});
  }
}

/// ShuffleNet's: [N, g*c, H, W] -> [N, g, c, H, W] -> swapped -> back; then often split in two.
void channel_shuffle(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone || m.shape(x)[1] % 2 != 0) return;
  const Shape s = m.shape(x);
  const ValueId split = m.node("Reshape", {x, m.list({s[0], 2, s[1] / 2, s[2], s[3]})});
  const ValueId swapped = m.node("Transpose", {split}, {{"perm", std::vector<std::int64_t>{0, 2, 1, 3, 4}}});
  const ValueId y = m.node("Reshape", {swapped, m.list(dims_of(s))});
  if (m.random.chance(60)) m.nodes("Split", {y}, {{"axis", std::int64_t{1}}}, 2);
}

void concat(GraphMaker& m) {
  const ValueId x = m.any();
  if (m.shape(x).rank() == 0) return;
  const std::int64_t axis = m.random.below(m.shape(x).rank());
  ValueId other = m.any_of_shape(m.shape(x), x);
  if (other == ValueId::kNone) other = m.random.chance(50) ? x : m.constant(m.shape(x), -1, 1);
  if (m.random.chance(50))
    m.node("Concat", {x, other}, {{"axis", axis}});
  else
    m.node("Concat", {other, x, x}, {{"axis", axis - m.shape(x).rank()}});
}

void split(GraphMaker& m) {
  const ValueId x = m.any();
  if (m.shape(x).rank() == 0) return;
  const int axis = m.random.below(m.shape(x).rank());
  const std::int64_t size = m.shape(x)[axis];
  if (size < 2) return;
  const std::int64_t first = m.random.between(1, static_cast<int>(size) - 1);
  m.nodes("Split", {x, m.list({first, size - first})}, {{"axis", static_cast<std::int64_t>(axis)}}, 2);
}

void slice(GraphMaker& m) {
  const ValueId x = m.any();
  if (m.shape(x).rank() == 0) return;
  const int axis = m.random.below(m.shape(x).rank());
  const auto size = static_cast<int>(m.shape(x)[axis]);
  if (m.random.chance(25))
    m.node("Slice", {x, m.list({-1}), m.list({-1000}), m.list({axis}), m.list({-1})});
  else
    m.node("Slice", {x, m.list({m.random.below(size)}), m.list({m.random.between(1, size)}), m.list({axis}),
                     m.list({m.random.between(1, 2)})});
}

/// A convolution without groups over all channels of x.
void convolve(GraphMaker& m, ValueId x) {
  if (x == ValueId::kNone) return;
  const std::int64_t k = m.random.between(1, 3), pad = m.random.below(static_cast<int>(k)),
                     stride = m.random.between(1, 2);
  m.node("Conv", {x, m.constant({m.random.between(1, 9), m.shape(x)[1], k, k}, -0.3f, 0.3f)},
         {{"pads", std::vector<std::int64_t>{pad, 0, 0, pad}}, {"strides", std::vector<std::int64_t>{stride, 1}}});
}

/// The focus of YOLOX: four strided slices, concatenated.
void focus(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone || m.shape(x)[2] < 2 || m.shape(x)[3] < 2 || m.shape(x)[2] % 2 + m.shape(x)[3] % 2 != 0)
    return;
  const auto part = [&](std::int64_t row, std::int64_t column) {
    const auto rows = m.node("Slice", {x, m.list({row}), m.list({1000}), m.list({2}), m.list({2})});
    return m.node("Slice", {rows, m.list({column}), m.list({1000}), m.list({3}), m.list({2})});
  };
  const ValueId y = m.node("Concat", {part(0, 0), part(1, 0), part(0, 1), part(1, 1)}, {{"axis", std::int64_t{1}}});
  if (m.random.chance(70)) convolve(m, y);
}

/// The same as exporters write it now, its channels in another order.
void depth_focus(GraphMaker& m) {
  const ValueId x = m.any(4);
  ValueId y = m.node("SpaceToDepth", {x}, {{"blocksize", std::int64_t{2}}});
  if (y == ValueId::kNone) return;
  std::vector<std::int64_t> order(static_cast<std::size_t>(m.shape(y)[1]));
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin(), order.begin() + m.random.below(static_cast<int>(order.size())), order.end());
  if (m.random.chance(70)) y = m.node("Gather", {y, m.list(order)}, {{"axis", std::int64_t{1}}});
  convolve(m, y);
}

void resize(GraphMaker& m) {
  const ValueId x = m.any(4);
  const float scales[] = {1, 1, m.random.pick({2.0f, 1.0f, 0.5f, 1.5f}), m.random.pick({2.0f, 3.0f, 0.6f})};
  const std::string mode = m.random.pick({"nearest", "nearest", "linear", "cubic"});
  const std::string coordinates = m.random.pick({"asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel"});
  const std::string nearest = m.random.pick({"floor", "round_prefer_floor", "round_prefer_ceil", "ceil"});
  m.node("Resize", {x, ValueId::kNone, m.floats(scales)},
         {{"mode", mode}, {"coordinate_transformation_mode", coordinates}, {"nearest_mode", nearest}});
}

void upsample_and_join(GraphMaker& m) {
  const ValueId x = m.any(4);
  const float scales[] = {1, 1, 2, 2};
  const ValueId up = m.node("Resize", {x, ValueId::kNone, m.floats(scales)},
                            {{"mode", std::string("nearest")},
                             {"coordinate_transformation_mode", std::string("asymmetric")},
                             {"nearest_mode", std::string("floor")}});
  if (up == ValueId::kNone) return;
  const ValueId other = m.any_of_shape(m.shape(up), up);
  m.node("Concat", {up, other == ValueId::kNone ? up : other}, {{"axis", std::int64_t{1}}});
}

/// [N, C, H, W] -> [N, H*W, C], sometimes through one more split of the channels, joined with another such head.
void detection_head(GraphMaker& m) {
  const ValueId x = m.any(4);
  if (x == ValueId::kNone) return;
  const Shape s = m.shape(x);
  ValueId y;
  if (m.random.chance(50)) {
    const ValueId flat = m.node("Reshape", {x, m.list({s[0], s[1], s[2] * s[3]})});
    y = m.node("Transpose", {flat}, {{"perm", std::vector<std::int64_t>{0, 2, 1}}});
  } else {
    const std::int64_t parts = s[1] % 2 == 0 ? 2 : 1;
    const ValueId last = m.node("Transpose", {x}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
    y = m.node("Reshape", {last, m.list({s[0], s[2] * s[3] * parts, s[1] / parts})});
  }
  if (m.random.chance(50))
    m.node("Softmax", {y}, {{"axis", std::int64_t{2}}});
  else
    m.node("Concat", {y, y}, {{"axis", std::int64_t{1}}});
}

void gather(GraphMaker& m) {
  const ValueId x = m.any();
  if (m.shape(x).rank() == 0) return;
  const int axis = m.random.below(m.shape(x).rank());
  const int size = static_cast<int>(m.shape(x)[axis]);
  m.node("Gather", {x, m.list({m.random.below(size), m.random.below(size)})},
         {{"axis", static_cast<std::int64_t>(axis)}});
}

void pad(GraphMaker& m) {
  const ValueId x = m.any();
  std::vector<std::int64_t> pads(2 * static_cast<std::size_t>(m.shape(x).rank()));
  for (std::int64_t& p : pads) p = m.random.below(2);
  m.node("Pad", {x, m.list(pads)}, {{"mode", std::string(m.random.pick({"constant", "edge", "reflect"}))}});
}

void expand(GraphMaker& m) {
  const ValueId x = m.any();
  std::vector<std::int64_t> repeats(static_cast<std::size_t>(m.shape(x).rank()), 1);
  if (repeats.empty()) return;
  repeats[static_cast<std::size_t>(m.random.below(static_cast<int>(repeats.size())))] = 2;
  if (m.random.chance(50))
    m.node("Tile", {x, m.list(repeats)});
  else
    m.node("Expand", {x, m.list(std::vector<std::int64_t>{2, 1})});
}

void depth_to_space(GraphMaker& m) {
  const ValueId x = m.any(4);
  m.node(m.random.pick({"DepthToSpace", "SpaceToDepth"}), {x}, {{"blocksize", std::int64_t{2}}});
}

void identity(GraphMaker& m) {
  const ValueId x = m.any();
  m.node(m.random.pick({"Identity", "Dropout"}), {x});
}

}  // namespace

std::vector<Grow> shape_growers() {
  return {transpose,      transpose,      reshape, regroup, regroup, flatten,        channel_shuffle, channel_shuffle,
          concat,         concat,         split,   slice,   focus,   depth_focus,    resize,          upsample_and_join,
          detection_head, detection_head, gather,  pad,     expand,  depth_to_space, identity};
}

}  // namespace hedge::test
