// hedge completion: the words that a shell may complete, from the declared options themselves.
#include "hedge/command.h"

namespace hedge::app {
namespace {

base::Result<int> run(const CLI::App& root) {
  std::string commands, cases;
  for (const CLI::App* command : root.get_subcommands({})) {
    std::string words;
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames()) words += " --" + name;
    commands += " " + command->get_name();
    cases += "    " + command->get_name() + ") words=\"" + words + "\" ;;\n";
  }
  fmt::print(
      "# source <(hedge completion)\n"
      "_hedge() {{\n"
      "  local words=\"{}\"\n"
      "  [ \"$COMP_CWORD\" -gt 1 ] && case \"${{COMP_WORDS[1]}}\" in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -o default -F _hedge hedge\n",
      commands, cases);
  return kOk;
}

}  // namespace

void add_completion(CLI::App& root, Action& chosen) {
  CLI::App* command =
      add_subcommand(root, "completion", "print a completion script for bash", "source <(hedge completion)");
  command->callback([&root, &chosen] { chosen = [&root] { return run(root); }; });
}

}  // namespace hedge::app
