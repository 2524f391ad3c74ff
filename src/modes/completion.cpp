// `aurora completion SHELL`: scripts that hand the words typed so far to `aurora __complete` (complete.cpp) and leave
// files to the shell, which knows how to quote them (spec/client.md §10).
#include <iostream>
#include <string>

#include "modes/help_format.h"
#include "modes/mode.h"

namespace aurora {
namespace {

constexpr char kBash[] = R"shell(# aurora completion for bash: eval "$(aurora completion bash)"
_aurora() {
  local cur=${COMP_WORDS[COMP_CWORD]} line admin=()
  COMPREPLY=()
  [[ ${1##*/} == aurora_admin ]] && admin=(admin)
  [[ $cur == [\"\']* ]] && cur=${cur:1}
  while IFS= read -r line; do
    case $line in
      :files*)
        [[ $cur == [=:] ]] && cur=
        [[ $line == ':files '* ]] && mapfile -t COMPREPLY < <(compgen -f -X "!*${line#:files }" -- "$cur")
        if [[ ${#COMPREPLY[@]} -gt 0 ]]; then
          compopt -o filenames
          mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$cur")
        else
          compopt -o default
        fi ;;
      :folders) compopt -o dirnames ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(aurora __complete "${admin[@]}" "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$cur" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
  return 0
}
complete -F _aurora aurora aurora_admin
)shell";

constexpr char kZsh[] = R"shell(# aurora completion for zsh: eval "$(aurora completion zsh)"
_aurora() {
  local line word
  local -a whole open admin
  [[ $service == aurora_admin ]] && admin=(admin)
  for line in "${(@f)$(aurora __complete --described $admin "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files*) compset -P '--*='; _files ${${line#:files}:+-g "*${line#:files }"} ;;
      :folders) compset -P '--*='; _files -/ ;;
      *)
        word=${line%%$'\t'*}
        if [[ $word == */ ]]; then open+=("$word"); else whole+=("${word//:/\\:}${${line#$word}/#$'\t'/:}"); fi ;;
    esac
  done
  (( ${#open} )) && compadd -S '' -- "${open[@]}"
  (( ${#whole} )) && _describe -V aurora whole
}
compdef _aurora aurora aurora_admin
)shell";

constexpr char kFish[] = R"shell(# aurora completion for fish: aurora completion fish | source
function __aurora_files
  set -l files (complete -C "__aurora_no_command $argv[1]")
  set -l wanted (string match -r -- "^.*$argv[2]\$" $files) (string match -r -- '^.*/$' $files)
  test -n "$wanted" && set files $wanted
  printf '%s\n' $files
end
function __aurora_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l admin (string match -r 'admin$' -- $words[1])
  set -l start (string match -r -- '^--[^=]*=' $typed)
  set -l value (string replace -- "$start" '' $typed)
  for line in (aurora __complete --described $admin $words[2..-1] "$typed" 2>/dev/null)
    switch $line
      case ':files*'
        printf "$start%s\n" (__aurora_files "$value" (string escape --style=regex -- (string sub -s 8 -- $line)))
      case ':folders'
        printf "$start%s\n" (__aurora_files "$value" /)
      case '*'
        printf '%s\n' $line
    end
  end
end
complete -c aurora -k -f -a '(__aurora_complete)'
complete -c aurora_admin -k -f -a '(__aurora_complete)'
)shell";

}  // namespace

int completion_main(int argc, char** argv) {
  const std::string shell = argc == 2 ? argv[1] : "";
  const char* script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : nullptr;
  if (script != nullptr) {
    std::cout << script;
    return 0;
  }
  const bool asks_help = shell == "-h" || shell == "--help";
  std::ostream& out = asks_help ? std::cout : std::cerr;
  for (const char* paragraph : {"Usage: aurora completion bash|zsh|fish", "",
                                "Prints a script that completes commands, options, clusters, jobs, instances, hosts and files.", "",
                                "Example: eval \"$(aurora completion bash)\""})
    out << wrap(paragraph, 0, 2, help_columns()) << "\n";
  return asks_help ? 0 : 2;
}

}  // namespace aurora
