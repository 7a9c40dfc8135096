#include "compile/lower.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"
#include "base/growing_buffer.h"
#include "compile/find_bands.h"
#include "compile/find_views.h"
#include "compile/memory_plan.h"
#include "compile/node_view.h"
#include "program/footprint.h"

namespace hedge::compile {
namespace {

using program::Candidate;
using program::kAbsent;
using program::Place;
using program::Program;
using program::ProgramTensor;
using program::StepView;

class Lowering {
 public:
  Lowering(Graph graph, const CompileOptions& options) : graph_(std::move(graph)), options_(options) {}

  Result<Program> run() {
    program_.provenance = options_.provenance;
    if (options_.portable) program_.portable.emplace();
    if (decides(kViewsPass)) views_ = find_views(graph_, options_.isa);
    if (decides(kRowBandsPass)) bands_ = find_bands(graph_, options_.bands, views_);
    find_lives();
    for (const ValueId input : graph_.inputs) {
      tensors_[input] =
          add_tensor(graph_.value(input), new_block(-1, end_of_run(), graph_.value(input).type.size_bytes()));
      program_.inputs.push_back(tensors_[input]);
    }
    int at = 0;
    for (const NodeId id : graph_.nodes()) {
      const Node& node = graph_.node(id);
      if (auto status = add_steps(id, at); !status)
        return base::in_context(status.error(), fmt::format("node '{}' ({})", node.name, node.op_type));
      for (const ValueId input : node.inputs)  // what is packed is not needed as it was
        if (graph_.is_constant(input) && last_read_[static_cast<std::size_t>(input)] == at)
          graph_.value(input).constant.reset();
      ++at;
    }
    for (const ValueId output : graph_.outputs) program_.outputs.push_back(tensors_.at(output));
    place();
    if (options_.tune && options_.after_tuning) options_.after_tuning(tuner_.report());
    return std::move(program_);
  }

 private:
  bool decides(std::string_view pass) const {
    return !options_.keep_all_tensors && !options_.disabled_passes.contains(std::string(pass));
  }

  /// Position of a value's last reader; the end of the run for what the caller reads.
  void find_lives() {
    last_read_.assign(graph_.value_count(), -1);
    int at = 0;
    for (const NodeId id : graph_.nodes()) {
      for (const ValueId input : graph_.node(id).inputs)
        if (input != ValueId::kNone) last_read_[static_cast<std::size_t>(input)] = at;
      ++at;
    }
    node_count_ = at;
    // A chain reads until its last band is made.
    const std::vector<NodeId> nodes = graph_.nodes();
    for (const NodeBands& bands : bands_)
      for (int k = bands.first; k < bands.first + bands.count; ++k)
        for (const ValueId input : graph_.node(nodes[static_cast<std::size_t>(k)]).inputs)
          if (input != ValueId::kNone && !graph_.is_constant(input)) {
            int& last = last_read_[static_cast<std::size_t>(input)];
            last = std::max(last, bands.first + bands.count - 1);
          }
    for (const ValueId output : graph_.outputs) last_read_[static_cast<std::size_t>(output)] = end_of_run();
    // What others lie in lives as long as they do.
    for (const auto& [value, view] : views_.of) {
      int& last = last_read_[static_cast<std::size_t>(view.root)];
      last = std::max(last, last_read_[static_cast<std::size_t>(value)]);
    }
  }
  int end_of_run() const { return node_count_; }

  std::size_t new_block(int first, int last, std::size_t bytes) {
    blocks_.push_back({.first_step = first,
                       .last_step = options_.keep_all_tensors ? end_of_run() : std::max(first, last),
                       .size_bytes = bytes});
    return blocks_.size() - 1;
  }

  /// `offset`: of its first byte in the block.
  std::int32_t add_tensor(const graph::Value& value, std::size_t block, std::uint64_t offset = 0,
                          std::uint64_t pitch = 0) {
    block_of_[static_cast<std::int32_t>(program_.tensors.size())] = block;
    ProgramTensor tensor{.name = value.name,
                         .type = value.type,
                         .place = Place::kArena,
                         .offset = offset,
                         .size_bytes = value.type.size_bytes(),
                         .pitch = pitch};
    if (pitch != 0) tensor.size_bytes = program::footprint(tensor).end() - offset;
    program_.tensors.push_back(std::move(tensor));
    return static_cast<std::int32_t>(program_.tensors.size()) - 1;
  }

  std::int32_t add_view(const graph::Value& value, const View& view, int at) {
    const auto [found, is_new] = root_blocks_.try_emplace(view.root, 0);
    if (is_new) found->second = root_block(view.root, at);
    return add_tensor(value, found->second, view.offset, view.pitch);
  }
  /// Of a value that others lie in: made here, where none of it is there yet.
  std::size_t root_block(ValueId root, int at) {
    if (const auto made = tensors_.find(root); made != tensors_.end()) return block_of_.at(made->second);
    return new_block(at, last_read_[static_cast<std::size_t>(root)], graph_.value(root).type.size_bytes());
  }

  std::int32_t add_band(const graph::Value& value) {
    program_.tensors.push_back(
        {.name = value.name, .type = value.type, .place = Place::kBand, .size_bytes = value.type.size_bytes()});
    return static_cast<std::int32_t>(program_.tensors.size()) - 1;
  }

  /// Stored once for each form: as it is, or packed for a kernel.
  std::int32_t constant_operand(ValueId id, const Candidate& candidate, const StepView& view, std::size_t operand) {
    const graph::Value& value = graph_.value(id);
    const bool packed = operand == program::kPackedInput && !candidate.packing().empty();
    // The same weights packed for two groupings differ, so the size belongs to the key.
    const std::size_t size = packed ? candidate.packed_bytes(view) : value.type.size_bytes();
    const auto key = std::tuple(value.constant.get(), packed ? candidate.packing() : std::string_view(),
                                packed ? group_count(view) : 0);
    if (const auto known = stored_.find(key); known != stored_.end()) return known->second;
    const std::size_t offset = base::align_up(weights_.size());
    weights_.grow(offset + size);
    if (packed) {
      candidate.pack(view, *value.constant, {weights_.data() + offset, size});
      if (program_.portable) {
        const auto next = static_cast<std::int32_t>(program_.tensors.size());
        program_.portable->push_back({next, base::crc32c(value.constant->bytes())});
      }
    } else if (size > 0) {
      std::memcpy(weights_.data() + offset, value.constant->bytes().data(), size);
    }
    program_.tensors.push_back({.name = value.name,
                                .type = value.type,
                                .packing = std::string(packed ? candidate.packing() : ""),
                                .place = Place::kWeights,
                                .offset = offset,
                                .size_bytes = size});
    const auto index = static_cast<std::int32_t>(program_.tensors.size()) - 1;
    stored_.emplace(key, index);
    return index;
  }
  static std::int64_t group_count(const StepView& view) { return view.attributes.integer("group", 1); }

  /// A Reshape of what lives in the arena is its operand under another shape: no step, the same block.
  bool alias(const Node& node) {
    if (options_.keep_all_tensors || !node.is("Reshape") || graph_.is_constant(node.input(0))) return false;
    const auto source = tensors_.find(node.input(0));
    if (source == tensors_.end()) return false;
    const std::size_t block = block_of_.at(source->second);
    // What the caller reads must not be what it writes for the next run.
    const bool from_input =
        std::ranges::any_of(graph_.inputs, [&](ValueId input) { return block_of_.at(tensors_.at(input)) == block; });
    if (from_input && graph_.is_graph_output(node.output())) return false;
    const ProgramTensor& whole = program_.tensors[static_cast<std::size_t>(source->second)];
    blocks_[block].last_step = std::max(blocks_[block].last_step, last_read_[static_cast<std::size_t>(node.output())]);
    tensors_[node.output()] = add_tensor(graph_.value(node.output()), block, whole.offset, whole.pitch);
    return true;
  }

  /// The chain that the node at this position belongs to, or null.
  const NodeBands* bands_at(int at) const {
    const auto found = std::ranges::find_if(
        bands_, [&](const NodeBands& bands) { return at >= bands.first && at < bands.first + bands.count; });
    return found != bands_.end() ? &*found : nullptr;
  }

  Status add_steps(NodeId id, int at) {
    const Node& node = graph_.node(id);
    const auto replaced = views_.replaced.find(id);
    if (replaced == views_.replaced.end()) return add_step(node, at);
    for (const Node& copy : replaced->second) TRY(add_step(copy, at));
    for (const ValueId output : node.outputs)
      if (output != ValueId::kNone) tensors_[output] = place_output(output, at);
    return {};
  }

  /// Where a view says, or the block that its views already lie in.
  std::int32_t place_output(ValueId output, int at) {
    const graph::Value& value = graph_.value(output);
    if (const auto view = views_.of.find(output); view != views_.of.end()) return add_view(value, view->second, at);
    return add_view(value, {.root = output}, at);
  }

  Status add_step(const Node& node, int at) {
    if (alias(node)) return {};
    const NodeBands* bands = bands_at(at);
    if (bands != nullptr && at == bands->first)
      program_.bands.push_back({.first_step = static_cast<std::int32_t>(program_.steps.size()),
                                .steps = bands->count,
                                .rows = static_cast<std::int32_t>(bands->rows)});
    const bool last_of_bands = bands != nullptr && at + 1 == bands->first + bands->count;
    const NodeView operands(graph_, node, views_);
    const Choice choice = choose_kernel(operands.view, options_.isa);
    if (choice.first() == nullptr)
      return fail(ErrorKind::kUnsupported, "{}",
                  choice.considered.empty() ? "no kernel" : choice.considered.back().reason);
    const Candidate& candidate = options_.tune ? *tuner_.fastest(operands.view, choice.able) : *choice.first();
    program_.required_isa.bits |= candidate.needs().bits;
    program::Step step{.label = node.name,
                       .domain = node.domain,
                       .op = node.op_type,
                       .opset = node.opset,
                       .kernel = std::string(candidate.name()),
                       .attributes = node.attributes};
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const ValueId input = node.inputs[k];
      if (input == ValueId::kNone)
        step.inputs.push_back(kAbsent);
      else if (graph_.is_constant(input))
        step.inputs.push_back(constant_operand(input, candidate, operands.view, k));
      else
        step.inputs.push_back(tensors_.at(input));
    }
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      const ValueId output = node.outputs[k];
      if (output == ValueId::kNone) {
        step.outputs.push_back(kAbsent);
        continue;
      }
      const graph::Value& value = graph_.value(output);
      if (bands != nullptr && !last_of_bands) {
        tensors_[output] = add_band(value);
        step.outputs.push_back(tensors_[output]);
        continue;
      }
      if (views_.of.contains(output)) {
        tensors_[output] = place_output(output, at);
        step.outputs.push_back(tensors_[output]);
        continue;
      }
      const int last = last_read_[static_cast<std::size_t>(output)];
      // What a chain reads is read again while its output is written.
      const std::size_t block =
          k == 0 && bands == nullptr ? overwritten_block(step, candidate, operands.view, value, at) : kNoBlock;
      if (block != kNoBlock) blocks_[block].last_step = std::max(last, at);
      tensors_[output] = add_tensor(value, block != kNoBlock ? block : new_block(at, last, value.type.size_bytes()));
      step.outputs.push_back(tensors_[output]);
    }
    program_.steps.push_back(std::move(step));
    return {};
  }

  static constexpr std::size_t kNoBlock = static_cast<std::size_t>(-1);

  /// The block of an operand that dies here and that the kernel may write over.
  std::size_t overwritten_block(const program::Step& step, const Candidate& candidate, const StepView& view,
                                const graph::Value& output, int at) const {
    if (options_.keep_all_tensors) return kNoBlock;
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      if (step.inputs[k] == kAbsent) continue;
      const ProgramTensor& tensor = program_.tensors[static_cast<std::size_t>(step.inputs[k])];
      if (tensor.place != Place::kArena || tensor.size_bytes != output.type.size_bytes() ||
          !candidate.may_overwrite(view, k))
        continue;
      const std::size_t block = block_of_.at(step.inputs[k]);
      if (blocks_[block].last_step != at || blocks_[block].size_bytes != tensor.size_bytes) continue;
      // Another operand in the same block may only be one that the kernel also allows to be overwritten.
      const bool alone = std::ranges::none_of(step.inputs, [&](const std::int32_t& other) {
        const auto index = static_cast<std::size_t>(&other - step.inputs.data());
        return index != k && other != kAbsent && block_of_.contains(other) && block_of_.at(other) == block &&
               !candidate.may_overwrite(view, index);
      });
      if (alone) return block;
    }
    return kNoBlock;
  }

  void place() {
    program_.arena_bytes = plan_memory(blocks_);
    for (const auto& [tensor, block] : block_of_)
      program_.tensors[static_cast<std::size_t>(tensor)].offset += blocks_[block].offset;
    program_.weights_bytes = weights_.size();
    program_.weights = weights_.share();
  }

  Graph graph_;
  const CompileOptions& options_;
  Program program_;
  Tuner tuner_;
  Views views_;
  std::vector<NodeBands> bands_;
  std::vector<int> last_read_;
  int node_count_ = 0;
  std::vector<MemoryBlock> blocks_;
  std::map<std::int32_t, std::size_t> block_of_;
  std::map<ValueId, std::int32_t> tensors_;
  std::map<ValueId, std::size_t> root_blocks_;
  std::map<std::tuple<const Tensor*, std::string_view, std::int64_t>, std::int32_t> stored_;
  base::GrowingBuffer weights_;
};

}  // namespace

Choice choose_kernel(const StepView& step, kernel::IsaSet isa) {
  Choice choice;
  for (const Candidate* candidate : program::by_preference(step)) {
    std::string reason;
    if (!isa.contains(candidate->needs()))
      reason = "needs " + kernel::to_string(candidate->needs());
    else
      reason = candidate->declines(step);
    if (reason.empty()) choice.able.push_back(candidate);
    choice.considered.push_back({std::string(candidate->name()), std::move(reason)});
  }
  return choice;
}

Result<Program> lower(Graph graph, const CompileOptions& options) { return Lowering(std::move(graph), options).run(); }

std::vector<StepExplanation> explain(const Graph& optimized, const CompileOptions& options) {
  Graph graph = optimized;  // constants are shared
  Views views;
  if (!options.disabled_passes.contains(std::string(kViewsPass))) views = find_views(graph, options.isa);
  std::vector<StepExplanation> steps;
  const auto add = [&](const Node& node) {
    const NodeView operands(graph, node, views);
    Choice choice = choose_kernel(operands.view, options.isa);
    steps.push_back({node.name, node.domain.empty() ? node.op_type : node.domain + "." + node.op_type,
                     choice.first() != nullptr ? std::string(choice.first()->name()) : "",
                     std::move(choice.considered)});
  };
  for (const NodeId id : graph.nodes()) {
    const auto replaced = views.replaced.find(id);
    if (replaced == views.replaced.end())
      add(graph.node(id));
    else
      std::ranges::for_each(replaced->second, add);
  }
  return steps;
}

}  // namespace hedge::compile
