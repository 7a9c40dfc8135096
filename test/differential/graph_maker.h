// The growing random graph: a pool of values, random numbers, and nodes that are added only if their shape rule agrees.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "differential/random_graph.h"

namespace hedge::test {

using graph::ValueId;
using tensor::Shape;

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers from any standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  int below(int count) { return static_cast<int>(next() % static_cast<std::uint64_t>(count)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  float real(float low, float high) { return low + (high - low) * static_cast<float>(next() >> 40) * 0x1p-24f; }
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[below(static_cast<int>(choices.size()))];
  }

 private:
  std::uint64_t state_;
};

using AttributeList = std::initializer_list<std::pair<std::string_view, op::AttributeValue>>;

class GraphMaker {
 public:
  explicit GraphMaker(std::uint64_t seed);

  Random random;

  const Shape& shape(ValueId id) const { return result_.graph.value(id).type.shape; }
  /// A random f32 value made so far, rather a late one; kNone if none has this rank (0: any).
  ValueId any(int rank = 0);
  /// Another value of exactly this shape; kNone if there is none.
  ValueId any_of_shape(const Shape& wanted, ValueId except);

  ValueId input(const Shape& shape);
  ValueId constant(const Shape& shape, float low, float high);
  ValueId list(const std::vector<std::int64_t>& values);
  ValueId floats(std::span<const float> values);
  ValueId number(float value);

  /// kNone where an operand is kNone that `inputs` did not mean to leave out, the shape rule refuses, or the result is
  /// empty or large. Trailing kNone operands are dropped.
  ValueId node(std::string_view op_type, std::vector<ValueId> inputs, AttributeList attributes = {});
  std::vector<ValueId> nodes(std::string_view op_type, std::vector<ValueId> inputs, AttributeList attributes,
                             int outputs);

  RandomGraph finish();

 private:
  RandomGraph result_;
  std::vector<ValueId> pool_;
};

/// One random addition to the graph; it may give up and add nothing, or only a part.
using Grow = void (*)(GraphMaker&);
std::vector<Grow> layer_growers();  ///< convolutions, pooling, blocks of them, products
std::vector<Grow> shape_growers();  ///< what moves elements about
std::vector<Grow> value_growers();  ///< elementwise, reductions, normalizations

}  // namespace hedge::test
