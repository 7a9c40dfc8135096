#include "quantize/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compile/compile.h"
#include "engine/engine.h"

namespace hedge::quantize {
namespace {

/// Runs of elements of one channel: [outer][channels][inner].
struct Layout {
  std::size_t outer = 1, channels = 1, inner = 1;

  explicit Layout(const Shape& shape) {
    const int axis = channel_axis(shape);
    if (axis < 0) {
      inner = static_cast<std::size_t>(shape.elements());
      return;
    }
    outer = static_cast<std::size_t>(shape.elements(0, axis));
    channels = static_cast<std::size_t>(shape[axis]);
    inner = static_cast<std::size_t>(shape.elements(axis + 1, shape.rank()));
  }
};

template <class Visit>
void for_each_run(const Tensor& tensor, Visit&& visit) {
  const Layout layout(tensor.shape());
  const float* x = tensor.as<float>().data();
  for (std::size_t o = 0; o < layout.outer; ++o)
    for (std::size_t c = 0; c < layout.channels; ++c, x += layout.inner) visit(c, std::span(x, layout.inner));
}

void measure(const Tensor& tensor, Statistics& statistics) {
  const Layout layout(tensor.shape());
  if (statistics.channels.empty()) {
    statistics.channels.resize(layout.channels);
    for (ChannelStatistics& channel : statistics.channels) {
      channel.low = std::numeric_limits<float>::max();
      channel.high = std::numeric_limits<float>::lowest();
    }
  }
  statistics.count += static_cast<std::int64_t>(layout.outer * layout.inner);
  for_each_run(tensor, [&](std::size_t c, std::span<const float> run) {
    ChannelStatistics& channel = statistics.channels[c];
    double sum = 0, squares = 0;
    for (const float x : run) {
      channel.low = std::min(channel.low, x);
      channel.high = std::max(channel.high, x);
      sum += static_cast<double>(x);
      squares += static_cast<double>(x) * static_cast<double>(x);
    }
    channel.sum += sum;
    channel.sum_of_squares += squares;
  });
}

void count(const Tensor& tensor, Statistics& statistics) {
  for_each_run(tensor, [&](std::size_t c, std::span<const float> run) {
    ChannelStatistics& channel = statistics.channels[c];
    if (channel.histogram.empty()) channel.histogram.resize(Statistics::kBins, 0);
    const float width = channel.high - channel.low;
    const float factor = width > 0 ? static_cast<float>(Statistics::kBins) / width : 0;
    for (const float x : run) {
      const auto bin = static_cast<int>((x - channel.low) * factor);
      ++channel.histogram[static_cast<std::size_t>(std::clamp(bin, 0, Statistics::kBins - 1))];
    }
  });
}

}  // namespace

float Statistics::low() const {
  float least = 0;
  for (const ChannelStatistics& channel : channels) least = std::min(least, channel.low);
  return least;
}
float Statistics::high() const {
  float most = 0;
  for (const ChannelStatistics& channel : channels) most = std::max(most, channel.high);
  return most;
}
double Statistics::energy(std::size_t channel) const {
  return channels[channel].sum_of_squares / static_cast<double>(std::max<std::int64_t>(count, 1));
}
double Statistics::mean(std::size_t channel) const {
  return channels[channel].sum / static_cast<double>(std::max<std::int64_t>(count, 1));
}

Status run_on_samples(const Graph& graph, const Samples& samples,
                      const std::function<Status(std::int64_t, std::vector<Tensor>)>& receive) {
  const compile::CompileOptions options{.isa = TRY(kernel::usable_isa())};
  engine::Engine engine = TRY(engine::Engine::create(TRY(compile::compile(graph, options)), {.threads = 2}));
  for (std::int64_t k = 0; k < samples.count; ++k) {
    const std::vector<Tensor> inputs = TRY(samples.at(k));
    if (inputs.size() != engine.inputs().size())
      return fail(ErrorKind::kUsage, "a calibration sample has {} tensors, the model {} inputs", inputs.size(),
                  engine.inputs().size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const tensor::TensorView into = engine.input(static_cast<int>(i));
      if (!(into.type == inputs[i].type()))
        return fail(ErrorKind::kUsage, "calibration sample {} is {}, input '{}' is {}", k, inputs[i].type().to_string(),
                    engine.inputs()[i].name, into.type.to_string());
      std::ranges::copy(inputs[i].bytes(), into.data);
    }
    TRY(engine.run());
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < engine.outputs().size(); ++i)
      outputs.push_back(Tensor::copy_of(engine.output(static_cast<int>(i))));
    TRY(receive(k, std::move(outputs)));
  }
  return {};
}

Result<AllStatistics> collect_statistics(const Graph& graph, const std::vector<ValueId>& watched,
                                         const Samples& samples, const std::function<void(double)>& progress) {
  // Inputs pass by themselves; everything else is an output of a copy of the graph.
  Graph observed = graph;
  observed.outputs.clear();
  std::vector<ValueId> inputs;
  for (const ValueId id : watched)
    (std::ranges::find(graph.inputs, id) != graph.inputs.end() ? inputs : observed.outputs).push_back(id);
  if (observed.outputs.empty()) return fail(ErrorKind::kInvalid, "nothing to watch");
  AllStatistics all;
  for (const bool counting : {false, true}) {
    const auto take = [&](ValueId id, const Tensor& tensor) {
      counting ? count(tensor, all[id]) : measure(tensor, all[id]);
    };
    const Samples watched_inputs{samples.count, [&](std::int64_t k) -> Result<std::vector<Tensor>> {
                                   auto tensors = TRY(samples.at(k));
                                   for (const ValueId id : inputs) {
                                     const auto at = std::ranges::find(graph.inputs, id) - graph.inputs.begin();
                                     if (static_cast<std::size_t>(at) < tensors.size())
                                       take(id, tensors[static_cast<std::size_t>(at)]);
                                   }
                                   return tensors;
                                 }};
    TRY(run_on_samples(observed, watched_inputs, [&](std::int64_t k, std::vector<Tensor> outputs) -> Status {
      for (std::size_t i = 0; i < outputs.size(); ++i) take(observed.outputs[i], outputs[i]);
      if (progress)
        progress((static_cast<double>(k + 1) / static_cast<double>(samples.count) + (counting ? 1 : 0)) / 2);
      return {};
    }));
    for (const auto& [id, statistics] : all)
      for (const ChannelStatistics& channel : statistics.channels)
        if (!std::isfinite(channel.sum_of_squares))
          return fail(ErrorKind::kInvalid,
                      "'{}' is not finite on the calibration samples: check the card's preprocessing",
                      graph.value(id).name);
  }
  return all;
}

}  // namespace hedge::quantize
