#include "differential/graph_maker.h"

#include <algorithm>

namespace hedge::test {

using graph::Graph;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorType;

namespace {
constexpr std::int64_t kElementsMax = 20000;
constexpr int kOpset = 17;
}  // namespace

std::uint64_t Random::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

GraphMaker::GraphMaker(std::uint64_t seed) : random(seed * 2 + 1) {
  result_.graph.name = "random";
  result_.graph.opsets[""] = kOpset;
}

ValueId GraphMaker::any(int rank) {
  for (int attempt = 0; attempt < 12; ++attempt) {
    const int count = static_cast<int>(pool_.size());
    const ValueId id = pool_[static_cast<std::size_t>(std::max(random.below(count), random.below(count)))];
    if (rank == 0 || shape(id).rank() == rank) return id;
  }
  return ValueId::kNone;
}

ValueId GraphMaker::any_of_shape(const Shape& wanted, ValueId except) {
  std::vector<ValueId> fitting;
  for (const ValueId id : pool_)
    if (id != except && shape(id) == wanted) fitting.push_back(id);
  return fitting.empty() ? ValueId::kNone
                         : fitting[static_cast<std::size_t>(random.below(static_cast<int>(fitting.size())))];
}

ValueId GraphMaker::input(const Shape& shape) {
  Tensor value(DType::kF32, shape);
  for (float& x : value.as<float>()) x = random.real(-1, 1);
  const ValueId id = result_.graph.add_value("x", value.type());
  result_.graph.inputs.push_back(id);
  result_.inputs.push_back(std::move(value));
  pool_.push_back(id);
  return id;
}

ValueId GraphMaker::constant(const Shape& shape, float low, float high) {
  Tensor value(DType::kF32, shape);
  for (float& x : value.as<float>()) x = random.real(low, high);
  return result_.graph.add_constant("c", std::move(value));
}

ValueId GraphMaker::list(const std::vector<std::int64_t>& values) {
  return result_.graph.add_constant("l",
                                    Tensor::of<std::int64_t>(Shape{static_cast<std::int64_t>(values.size())}, values));
}

ValueId GraphMaker::floats(std::span<const float> values) {
  return result_.graph.add_constant("f", Tensor::of<float>(Shape{static_cast<std::int64_t>(values.size())}, values));
}

ValueId GraphMaker::number(float value) { return result_.graph.add_constant("n", Tensor::scalar(value)); }

std::vector<ValueId> GraphMaker::nodes(std::string_view op_type, std::vector<ValueId> inputs, AttributeList attributes,
                                       int outputs) {
  Graph& graph = result_.graph;
  const std::vector<ValueId> nothing(static_cast<std::size_t>(outputs), ValueId::kNone);
  if (inputs[0] == ValueId::kNone) return nothing;
  while (inputs.back() == ValueId::kNone) inputs.pop_back();
  graph::Node node{.op_type = std::string(op_type), .opset = kOpset, .inputs = std::move(inputs)};
  for (const auto& [name, value] : attributes) node.attributes.set(name, value);
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  for (const ValueId id : node.inputs) {
    types.push_back(id == ValueId::kNone ? TensorType{} : graph.value(id).type);
    constants.push_back(graph.constant(id));
  }
  const auto inferred = op::infer(*op::find("", op_type), {node.attributes, kOpset, types, constants, outputs});
  if (!inferred) return nothing;
  for (const TensorType& type : *inferred)
    if (type.elements() == 0 || type.elements() > kElementsMax || type.shape.rank() > 6) return nothing;
  for (const TensorType& type : std::span(*inferred).first(static_cast<std::size_t>(outputs))) {
    node.outputs.push_back(graph.add_value(op_type, type));
    if (type.dtype == DType::kF32) pool_.push_back(node.outputs.back());
  }
  std::vector<ValueId> results = node.outputs;
  graph.add_node(std::move(node));
  return results;
}

ValueId GraphMaker::node(std::string_view op_type, std::vector<ValueId> inputs, AttributeList attributes) {
  return nodes(op_type, std::move(inputs), attributes, 1)[0];
}

RandomGraph GraphMaker::finish() {
  Graph& graph = result_.graph;
  for (const ValueId id : pool_)
    if (graph.value(id).producer != graph::NodeId::kNone && (graph.consumers(id).empty() || random.chance(8)))
      graph.outputs.push_back(id);
  return std::move(result_);
}

RandomGraph random_graph(std::uint64_t seed, int steps) {
  GraphMaker maker(seed);
  Random& random = maker.random;
  const int batch = random.chance(80) ? 1 : random.between(2, 3);
  maker.input(Shape{batch, random.between(1, 20), random.between(1, 14), random.between(1, 14)});
  if (random.chance(20)) maker.input(Shape{random.between(1, 6), random.between(1, 40)});
  if (random.chance(15)) maker.input(Shape{1, random.between(1, 12), random.between(3, 40)});
  const std::vector<Grow> kinds[] = {layer_growers(), shape_growers(), value_growers()};
  for (int left = steps > 0 ? steps : random.between(3, 12); left > 0; --left) {
    const auto& growers = kinds[random.pick({0, 0, 0, 1, 1, 2, 2})];
    growers[static_cast<std::size_t>(random.below(static_cast<int>(growers.size())))](maker);
  }
  return maker.finish();
}

}  // namespace hedge::test
