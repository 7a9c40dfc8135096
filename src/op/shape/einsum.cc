// Einsum: sums of products over named axes, by plain loops over all of them. "bij,bjk->bik", "...ii->...i".
#include <algorithm>
#include <array>

#include "op/broadcasting.h"
#include "op/dispatch.h"

namespace hedge::op {
namespace {

constexpr int kOperandsMax = 4;
constexpr int kLabelsMax = 2 * tensor::kRankMax;

/// The equation resolved against shapes: every label an axis of one big loop, output labels first.
struct Plan {
  int operands = 0;
  int labels = 0;
  int output_rank = 0;
  std::array<std::int64_t, kLabelsMax> extent{};
  std::array<std::array<std::int64_t, kLabelsMax>, kOperandsMax> strides{};
};

/// One operand's term as label numbers: letters are their code, axes of an ellipsis -1, -2, ... counted from the right.
struct Term {
  std::array<int, tensor::kRankMax> label{};
  int rank = 0;
};

Result<Term> read_term(std::string_view text, int rank, int ellipsis_rank) {
  Term term;
  const auto add = [&](int label) {
    if (term.rank < tensor::kRankMax) term.label[static_cast<std::size_t>(term.rank)] = label;
    ++term.rank;
  };
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == ' ') continue;
    if (text.substr(k, 3) == "...") {
      const int dots =
          rank >= 0 ? rank - static_cast<int>(std::ranges::count_if(text, [](char c) { return c != ' ' && c != '.'; }))
                    : ellipsis_rank;
      if (dots < 0) return fail(ErrorKind::kInvalid, "'{}' has more labels than axes", text);
      for (int d = dots; d >= 1; --d) add(-d);
      k += 2;
    } else if ((text[k] >= 'a' && text[k] <= 'z') || (text[k] >= 'A' && text[k] <= 'Z')) {
      add(text[k]);
    } else {
      return fail(ErrorKind::kInvalid, "'{}' is no term of an equation", text);
    }
  }
  if (term.rank > tensor::kRankMax || (rank >= 0 && term.rank != rank))
    return fail(ErrorKind::kInvalid, "'{}' names {} axes of {}", text, term.rank, rank);
  return term;
}

template <class ShapeOf>
Result<Plan> make_plan(std::string_view equation, int operands, ShapeOf shape_of) {
  if (operands > kOperandsMax) return fail(ErrorKind::kUnsupported, "{} operands, at most {}", operands, kOperandsMax);
  const std::size_t arrow = equation.find("->");
  std::string_view left = equation.substr(0, arrow);
  std::array<Term, kOperandsMax> terms;
  int ellipsis_rank = 0;
  for (int k = 0; k < operands; ++k) {
    const std::size_t comma = left.find(',');
    if ((comma == left.npos) != (k + 1 == operands))
      return fail(ErrorKind::kInvalid, "'{}' has not {} terms", equation, operands);
    Term& term = terms[static_cast<std::size_t>(k)];
    term = TRY(read_term(left.substr(0, comma), shape_of(k).rank(), 0));
    left.remove_prefix(comma == left.npos ? left.size() : comma + 1);
    for (int a = 0; a < term.rank; ++a)
      ellipsis_rank = std::max(ellipsis_rank, -term.label[static_cast<std::size_t>(a)]);
  }
  std::array<int, kLabelsMax> order{};
  Plan plan{.operands = operands};
  const auto find = [&](int label) {
    return static_cast<int>(std::find(order.begin(), order.begin() + plan.labels, label) - order.begin());
  };
  const auto add = [&](int label) -> Status {
    if (find(label) < plan.labels) return {};
    if (plan.labels == kLabelsMax) return fail(ErrorKind::kUnsupported, "more than {} labels", kLabelsMax);
    order[static_cast<std::size_t>(plan.labels)] = label;
    plan.extent[static_cast<std::size_t>(plan.labels++)] = 1;
    return {};
  };
  if (arrow != equation.npos) {
    const Term output = TRY(read_term(equation.substr(arrow + 2), -1, ellipsis_rank));
    for (int a = 0; a < output.rank; ++a) TRY(add(output.label[static_cast<std::size_t>(a)]));
    if (plan.labels != output.rank) return fail(ErrorKind::kInvalid, "'{}' repeats an output label", equation);
  } else {  // implicit: the ellipsis, then labels that appear once, in alphabetical order
    for (int d = ellipsis_rank; d >= 1; --d) TRY(add(-d));
    for (int letter = 'A'; letter <= 'z'; ++letter) {
      int count = 0;
      for (const Term& term : terms)
        count += static_cast<int>(std::count(term.label.begin(), term.label.begin() + term.rank, letter));
      if (count == 1) TRY(add(letter));
    }
  }
  plan.output_rank = plan.labels;
  if (plan.output_rank > tensor::kRankMax) return fail(ErrorKind::kUnsupported, "rank {}", plan.output_rank);
  for (int k = 0; k < operands; ++k) {
    const Term& term = terms[static_cast<std::size_t>(k)];
    const Shape& shape = shape_of(k);
    const Strides dense = tensor::row_major_strides(shape);
    for (int a = 0; a < term.rank; ++a) {
      TRY(add(term.label[static_cast<std::size_t>(a)]));
      const auto at = static_cast<std::size_t>(find(term.label[static_cast<std::size_t>(a)]));
      if (shape[a] != 1) {
        if (plan.extent[at] != 1 && plan.extent[at] != shape[a])
          return fail(ErrorKind::kInvalid, "'{}': an axis is both {} and {}", equation, plan.extent[at], shape[a]);
        plan.extent[at] = shape[a];
        plan.strides[static_cast<std::size_t>(k)][at] += dense[static_cast<std::size_t>(a)];
      }
    }
  }
  return plan;
}

Result<std::vector<TensorType>> infer_einsum(const InferArgs& args) {
  for (const TensorType& type : args.inputs)
    if (type.dtype != args.input(0).dtype) return fail(ErrorKind::kInvalid, "operands differ in type");
  const Plan plan = TRY(make_plan(args.attributes.string("equation", ""), static_cast<int>(args.inputs.size()),
                                  [&](int k) -> const Shape& { return args.input(k).shape; }));
  const auto dims = std::span(plan.extent).first(static_cast<std::size_t>(plan.output_rank));
  return std::vector{TensorType{args.input(0).dtype, TRY(Shape::create(dims))}};
}

Status run(const RunArgs& args) {
  const Plan plan = TRY(make_plan(args.attributes.string("equation", ""), static_cast<int>(args.inputs.size()),
                                  [&](int k) -> const Shape& { return args.input(k).shape(); }));
  std::int64_t inner = 1;
  for (int label = plan.output_rank; label < plan.labels; ++label)
    inner *= plan.extent[static_cast<std::size_t>(label)];
  return visit_dtype<NumericTypes>(args.output(0).dtype(), [&]<class T>() {
    std::array<std::int64_t, kLabelsMax> position{};
    std::array<std::int64_t, kOperandsMax> offset{};
    const auto step = [&](int label_end, int label_begin) {  // the odometer over labels [begin, end)
      for (int label = label_end - 1; label >= label_begin; --label) {
        const auto at = static_cast<std::size_t>(label);
        for (int k = 0; k < plan.operands; ++k)
          offset[static_cast<std::size_t>(k)] += plan.strides[static_cast<std::size_t>(k)][at];
        if (++position[at] < plan.extent[at]) return;
        for (int k = 0; k < plan.operands; ++k)
          offset[static_cast<std::size_t>(k)] -= plan.strides[static_cast<std::size_t>(k)][at] * plan.extent[at];
        position[at] = 0;
      }
    };
    for (T& y : args.output(0).as<T>()) {
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k) {
        double product = 1;
        for (int o = 0; o < plan.operands; ++o)
          product *= static_cast<double>(static_cast<Compute<T>>(
              args.input(o).as<T>()[static_cast<std::size_t>(offset[static_cast<std::size_t>(o)])]));
        sum += product;
        step(plan.labels, plan.output_rank);
      }
      y = static_cast<T>(static_cast<Compute<T>>(sum));
      step(plan.output_rank, 0);
    }
  });
}

}  // namespace

extern const Operator kEinsum;
const Operator kEinsum = {
    .name = "Einsum", .inputs_max = kOperandsMax, .opset_min = 12, .infer = infer_einsum, .run = run};

}  // namespace hedge::op
