// Postfix order: operands before their operator, so that the stack holds no more than the tree is deep.
#include <algorithm>

#include "rules/program.h"

namespace hedge::rules {
namespace {

class Emitter {
 public:
  Emitter(const Syntax& syntax, const Terms& terms) : syntax_(syntax), terms_(terms) {}

  void emit(int index) {
    const Node& node = syntax_.nodes[static_cast<std::size_t>(index)];
    switch (node.kind) {
      case NodeKind::kTerm: return emit_term(node);
      case NodeKind::kAggregate: return emit_aggregate(node, index);
      case NodeKind::kApply:
        for (const int child : node.children) emit(child);
        depth_ -= node.children.size() - 1;
        program_.code.push_back({.code = Code::kApply, .op = node.op});
        return;
      default: return emit_constant(node.value);
    }
  }
  Program take() { return std::move(program_); }

 private:
  void deeper() { program_.stack_max = std::max(program_.stack_max, ++depth_); }
  void emit_constant(double value) {
    deeper();
    program_.code.push_back({.code = Code::kConstant, .value = value});
  }
  void emit_term(const Node& node) {
    deeper();
    const Term& term = terms_[node.term];
    if (std::ranges::find(program_.terms, node.term) == program_.terms.end()) program_.terms.push_back(node.term);
    program_.code.push_back(
        {.code = term.of_track ? Code::kTrack : Code::kFrame, .index = static_cast<std::uint32_t>(term.column)});
  }
  void emit_aggregate(const Node& node, int index) {
    const std::size_t loop = program_.code.size();
    program_.code.push_back({.code = Code::kForEach,
                             .aggregate = node.aggregate,
                             .index = static_cast<std::uint32_t>(program_.aggregates.size())});
    program_.aggregates.push_back(to_text(syntax_, index));
    program_.aggregate_types.push_back(node.type);
    emit(node.children[0]);
    if (node.has_where)
      emit(node.children[1]);
    else
      emit_constant(1);
    depth_ -= 1;  // body and condition become one value
    program_.code[loop].end = static_cast<std::uint32_t>(program_.code.size());
  }

  const Syntax& syntax_;
  const Terms& terms_;
  Program program_;
  std::size_t depth_ = 0;
};

std::string describe(const Instruction& instruction, const Program& program, const Terms& terms) {
  const auto name = [&](bool of_track) -> std::string {
    for (const Term& term : terms.all())
      if (term.of_track == of_track && term.column == static_cast<int>(instruction.index)) return term.text;
    return "?";
  };
  switch (instruction.code) {
    case Code::kConstant: return fmt::format("constant  {}", instruction.value);
    case Code::kTrack: return fmt::format("track     {}", name(true));
    case Code::kFrame: return fmt::format("frame     {}", name(false));
    case Code::kApply: return fmt::format("apply     {}", to_string(instruction.op));
    case Code::kForEach:
      return fmt::format("for each  {} to {}: {}", to_string(instruction.aggregate), instruction.end,
                         program.aggregates[instruction.index]);
  }
  return "?";
}

}  // namespace

base::Result<Program> compile_program(const Syntax& syntax, const SourceText& source, const Terms& terms) {
  Emitter emitter(syntax, terms);
  emitter.emit(syntax.root);
  Program program = emitter.take();
  if (program.stack_max > kStackMax)
    return source.fail(0,
                       fmt::format("the expression needs {} values at once, at most {}", program.stack_max, kStackMax));
  return program;
}

std::string to_text(const Program& program, const Terms& terms) {
  std::string text;
  for (std::size_t k = 0; k < program.code.size(); ++k)
    text += fmt::format("{:>4} {}\n", k, describe(program.code[k], program, terms));
  return text;
}

}  // namespace hedge::rules
