// `aurora man [COMMAND]`: help pages as manual pages (spec/client.md §13).
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "aurora/base/build_info.h"
#include "modes/help.h"
#include "modes/help_format.h"
#include "modes/man_page.h"
#include "modes/mode.h"
#include "modes/thermos_verbs.h"

namespace aurora {
namespace {

using Words = std::vector<std::string>;

// The commands that have a page, by their words; {} is aurora itself.
std::vector<Words> list_pages() {
  std::vector<Words> pages{{}};
  for (const std::string& name : command_names()) {
    if (name != "help" && std::ranges::find(pages, Words{name}) == pages.end()) pages.push_back({name});
  }
  for (const ClientVerb& verb : client_verbs()) {
    if (*verb.noun != '\0') pages.push_back({verb.noun, verb.name});
  }
  for (const ThermosVerb& verb : thermos_verbs()) pages.push_back({"thermos", verb.name});
  return pages;
}

std::string to_command(const Words& words) {
  std::string text = "aurora";
  for (const std::string& word : words) text += " " + word;
  return text;
}

// What `aurora help ...` prints, in lines as long as they come.
std::string capture_help(const Words& words) {
  constexpr size_t kEndless = 1'000'000;
  fix_help_columns(kEndless);
  std::ostringstream text;
  std::streambuf* const screen = std::cout.rdbuf(text.rdbuf());
  show_help(words);
  std::cout.rdbuf(screen);
  fix_help_columns(0);
  return text.str();
}

ManPage make_page(const Words& words) { return parse_help(to_command(words), capture_help(words)); }

// The command that a page's is a part of; of aurora itself all pages of one word.
Words related(const Words& words, const std::vector<Words>& pages) {
  Words names;
  for (const Words& page : pages) {
    const bool is_part = page.size() == words.size() + 1 && std::equal(words.begin(), words.end(), page.begin());
    const bool is_whole = page.size() + 1 == words.size() && std::equal(page.begin(), page.end(), words.begin());
    if (is_part || is_whole) names.push_back(man_page_name(to_command(page)));
  }
  return names;
}

std::string roff_of(const Words& words, const std::vector<Words>& pages) {
  return to_roff(make_page(words), related(words, pages), std::string(build_info().date));
}

int install(const std::string& folder, const std::vector<Words>& pages) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  for (const Words& words : pages) {
    const std::string path = folder + "/" + man_page_name(to_command(words)) + ".1";
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << roff_of(words, pages) << std::flush;
    if (file) continue;
    std::cerr << "aurora man: " << path << " cannot be written: " << std::strerror(errno) << "\n";
    return 1;
  }
  std::cout << pages.size() << " pages were written to " << folder << "\n";
  return 0;
}

// True: the system's viewer has shown it.
bool show_in_viewer(const std::string& roff) {
  std::signal(SIGPIPE, SIG_IGN);
  std::FILE* const viewer = popen("command -v man >/dev/null && exec man -l -", "w");
  if (viewer == nullptr) return false;
  std::fwrite(roff.data(), 1, roff.size(), viewer);
  return pclose(viewer) == 0;
}

}  // namespace

int man_main(int argc, char** argv) {
  CLI::App app("Show a command's manual page, or write all of them as files.", "aurora man");
  set_help_format(app);
  Words words;
  std::string folder;
  app.add_option("command", words, "The command, such as create, job create or scheduler; none: aurora itself")->option_text("COMMAND...");
  app.add_option("--install", folder, "Write all pages into this folder instead, such as /usr/local/share/man/man1")
      ->option_text("DIR");
  app.footer("On a terminal the page is shown by `man`, if there is one; else it is printed as text.\n"
             "Example: aurora man job create\n"
             "Example: aurora man --install /usr/local/share/man/man1");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_parsing(app, error);
  }
  const std::vector<Words> pages = list_pages();
  if (!folder.empty()) return install(folder, pages);
  if (words == Words{"aurora"} || words == Words{"help"}) words.clear();
  if (std::ranges::find(pages, words) == pages.end()) return show_help(words) == 0 ? 0 : 2;
  if (isatty(STDOUT_FILENO) == 1 && show_in_viewer(roff_of(words, pages))) return 0;
  std::cout << to_plain_text(make_page(words), help_columns());
  return 0;
}

}  // namespace aurora
