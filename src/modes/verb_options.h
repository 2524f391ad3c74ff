// How options are declared: shared by the files that define verbs.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "aurora/client/verbs.h"
#include "modes/client_verbs.h"

namespace aurora {

// The verb's options, kept by its VerbRun.
template <typename Options>
VerbRun run_with(std::shared_ptr<Options> options, int (*verb)(client::Session&, const Options&)) {
  return [options, verb](client::Session& session) { return verb(session, *options); };
}

inline void add_key(CLI::App& app, std::string& key, const char* form = "CLUSTER/ROLE/ENV/NAME") {
  app.add_option("key", key, form)->required()->option_text(" ");
}

// FILE with what binds into it.
enum class FileSpelling { Classic, NounVerb };
inline void add_file(CLI::App& app, client::JobFile& file, FileSpelling spelling) {
  app.add_option("file", file.path, "The job file")->required()->option_text(" ");
  const bool is_classic = spelling == FileSpelling::Classic;
  app.add_option(is_classic ? "-E,--bind" : "--bind,-E", file.bindings,
                 "Bind a template variable; may be given several times")
      ->option_text("NAME=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag(is_classic ? "-j,--json,--read-json" : "--read-json", file.read_json, "The file is JSON");
}

template <typename T>
CLI::Option* add_number(CLI::App& app, const char* names, T& value, const char* text) {
  return app.add_option(names, value, text)->option_text("N [" + std::to_string(value) + "]");
}

inline CLI::Option* add_text(CLI::App& app, const char* names, std::string& value, const char* form, const char* text) {
  return app.add_option(names, value, text)->option_text(value.empty() ? form : std::string(form) + " [" + value + "]");
}

inline void add_ignored_flag(CLI::App& app, const char* names, const char* text) { app.add_flag(names)->description(text); }

inline void add_browser(CLI::App& app, bool& open_browser) {
  app.add_flag("-o,--open-browser", open_browser, "Open the job's page afterwards");
}

inline void add_json(CLI::App& app, bool& is_json) {
  app.add_flag("--write-json,--json", is_json, "Print JSON instead of text");
}

}  // namespace aurora
