#include "quantize/rounding.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "op/nn/window.h"

namespace hedge::quantize {
namespace {

constexpr std::int64_t kSamplesMax = 48;
constexpr int kWindowsASample = 64;
/// Of the mean second moment: keeps the matrix well away from singular.
constexpr double kDamping = 0.01;

std::size_t group_count(const Node& node) {
  return node.is("Conv") ? static_cast<std::size_t>(node.attributes.integer("group", 1)) : 1;
}

/// The inputs of one output of a convolution, group after group: [group][channel][tap].
void gather_window(const op::Window& window, const Tensor& x, std::int64_t row, std::int64_t column,
                   std::span<float> into) {
  const std::int64_t channels = x.shape()[1], h = window.in[1], w = window.in[2];
  std::size_t at = 0;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t kh = 0; kh < window.kernel[1]; ++kh)
      for (std::int64_t kw = 0; kw < window.kernel[2]; ++kw) {
        const std::int64_t y = window.origin(1, row) + kh * window.dilation[1],
                           z = window.origin(2, column) + kw * window.dilation[2];
        into[at++] =
            y >= 0 && y < h && z >= 0 && z < w ? x.as<float>()[static_cast<std::size_t>((c * h + y) * w + z)] : 0.0f;
      }
}

void add_outer_products(std::span<const float> inputs, InputMoments& moments) {
  for (std::size_t g = 0; g < moments.groups.size(); ++g) {
    const float* x = inputs.data() + g * moments.depth;
    double* matrix = moments.groups[g].data();
    for (std::size_t i = 0; i < moments.depth; ++i) {
      const double left = static_cast<double>(x[i]);
      if (left == 0) continue;
      for (std::size_t j = 0; j <= i; ++j) matrix[i * moments.depth + j] += left * static_cast<double>(x[j]);
    }
  }
}

/// In place, lower triangle; false where the matrix is not positive definite.
bool cholesky(std::vector<double>& a, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) {
    double diagonal = a[j * n + j];
    for (std::size_t k = 0; k < j; ++k) diagonal -= a[j * n + k] * a[j * n + k];
    if (!(diagonal > 0)) return false;
    a[j * n + j] = std::sqrt(diagonal);
    for (std::size_t i = j + 1; i < n; ++i) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = sum / a[j * n + j];
    }
  }
  return true;
}

/// U with inverse(H) = U^T U, U upper triangular: the reversed Cholesky factor of H, inverted.
///
/// H = L L^T in reversed order of inputs gives inverse(H) = M^T M with M = inverse(L) lower triangular; reversed back,
/// M is upper triangular.
std::vector<double> feedback_matrix(std::vector<double> h, std::size_t n) {
  std::vector<double> reversed(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) reversed[i * n + j] = h[(n - 1 - i) * n + (n - 1 - j)];
  if (!cholesky(reversed, n)) return {};
  std::vector<double> inverse(n * n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    inverse[j * n + j] = 1 / reversed[j * n + j];
    for (std::size_t i = j + 1; i < n; ++i) {
      double sum = 0;
      for (std::size_t k = j; k < i; ++k) sum -= reversed[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = sum / reversed[i * n + i];
    }
  }
  std::vector<double> upper(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i; j < n; ++j) upper[i * n + j] = inverse[(n - 1 - i) * n + (n - 1 - j)];
  return upper;
}

/// The moments with damping and factors, whole.
std::vector<double> conditioned(const InputMoments& moments, std::size_t group, std::span<const float> factors) {
  const std::size_t n = moments.depth;
  const std::vector<double>& lower = moments.groups[group];
  std::vector<double> h(n * n);
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const double scale = factors.empty() ? 1.0 : static_cast<double>(factors[i]) * static_cast<double>(factors[j]);
      h[i * n + j] = h[j * n + i] = lower[i * n + j] * scale;
    }
  for (std::size_t i = 0; i < n; ++i) trace += h[i * n + i];
  const double damping = std::max(kDamping * trace / static_cast<double>(n), 1e-12);
  for (std::size_t i = 0; i < n; ++i) h[i * n + i] += damping;
  return h;
}

}  // namespace

Result<AllMoments> collect_moments(const Graph& graph, const Topology& topology, const Samples& samples) {
  AllMoments all;
  Graph observed = graph;
  observed.outputs.clear();
  std::vector<const Product*> products;
  for (const Product& product : topology.products) {
    const Node& node = graph.node(product.node);
    const Shape& w = graph.constant(node.input(1))->shape();
    const auto depth = static_cast<std::size_t>(w.elements() / w[product.weight_axis]);
    if (product.in_float || depth > kMomentDepthMax) continue;
    const std::size_t groups = group_count(node);
    all[product.node] = {depth, std::vector<std::vector<double>>(groups, std::vector<double>(depth * depth, 0.0))};
    products.push_back(&product);
    const bool is_input = std::ranges::find(graph.inputs, product.input) != graph.inputs.end();
    if (!is_input && std::ranges::find(observed.outputs, product.input) == observed.outputs.end())
      observed.outputs.push_back(product.input);
  }
  std::mt19937 random(1);
  std::vector<Tensor> inputs;
  const Samples some{std::min(samples.count, kSamplesMax), [&](std::int64_t k) -> Result<std::vector<Tensor>> {
                       inputs = TRY(samples.at(k));
                       return inputs;
                     }};
  TRY(run_on_samples(observed, some, [&](std::int64_t, std::vector<Tensor> outputs) -> Status {
    for (const Product* product : products) {
      const auto at = std::ranges::find(observed.outputs, product->input) - observed.outputs.begin();
      const auto index = static_cast<std::size_t>(at);
      const Tensor& x = index < outputs.size()
                            ? outputs[index]
                            : inputs[static_cast<std::size_t>(std::ranges::find(graph.inputs, product->input) -
                                                              graph.inputs.begin())];
      InputMoments& moments = all[product->node];
      const Node& node = graph.node(product->node);
      std::vector<float> row(moments.depth * moments.groups.size());
      if (!node.is("Conv")) {
        for (std::size_t first = 0; first + moments.depth <= x.as<float>().size(); first += moments.depth)
          add_outer_products(x.as<float>().subspan(first, moments.depth), moments);
        continue;
      }
      const Shape& w = graph.constant(node.input(1))->shape();
      const op::Window window = TRY(op::make_window(node.attributes, x.shape(), w.dims().subspan(2)));
      std::uniform_int_distribution<std::int64_t> rows(0, window.out[1] - 1), columns(0, window.out[2] - 1);
      for (int k = 0; k < kWindowsASample; ++k) {
        gather_window(window, x, rows(random), columns(random), row);
        add_outer_products(row, moments);
      }
    }
    return {};
  }));
  return all;
}

void round_with_feedback(const Node& node, const Product& product, const Tensor& w, const InputMoments& moments,
                         const std::vector<float>& factors, QuantizedWeights& quantized) {
  const std::size_t n = moments.depth, outputs = quantized.scales.size();
  const std::size_t groups = moments.groups.size(), per_group = outputs / groups;
  const bool by_row = product.weight_axis == 0;  // [out][depth], else [depth][out]
  const auto index = [&](std::size_t out, std::size_t k) { return by_row ? out * n + k : k * outputs + out; };
  const std::vector<std::size_t> input_of = factors.empty()
                                                ? std::vector<std::size_t>()
                                                : input_channels(node, w.shape(), product.weight_axis, factors.size());
  for (std::size_t g = 0; g < groups; ++g) {
    std::vector<float> scaled;
    for (std::size_t k = 0; k < n && !factors.empty(); ++k)
      scaled.push_back(factors[input_of[index(g * per_group, k)]]);
    const std::vector<double> u = feedback_matrix(conditioned(moments, g, scaled), n);
    if (u.empty()) continue;
    std::vector<double> left(n);
    for (std::size_t out = g * per_group; out < (g + 1) * per_group; ++out) {
      for (std::size_t k = 0; k < n; ++k) left[k] = static_cast<double>(w.as<float>()[index(out, k)]);
      const double scale = static_cast<double>(quantized.scales[out]);
      for (std::size_t k = 0; k < n; ++k) {
        const double q = std::clamp(std::nearbyint(left[k] / scale), -127.0, 127.0);
        quantized.q.as<std::int8_t>()[index(out, k)] = static_cast<std::int8_t>(q);
        const double error = (left[k] - q * scale) / u[k * n + k];
        for (std::size_t j = k + 1; j < n; ++j) left[j] -= error * u[k * n + j];
      }
    }
  }
}

}  // namespace hedge::quantize
