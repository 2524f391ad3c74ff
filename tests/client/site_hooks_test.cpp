#include "aurora/client/site_hooks.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;

constexpr char kKey[] = "devcluster/www-data/devel/hello_world";

// HOME and AURORA_CONFIG_ROOT are folders below one that is new.
FindVariable variables(const std::string& home, const std::string& root) {
  return [home, root](const std::string& name) -> std::optional<std::string> {
    if (name == "HOME") return home;
    if (name == "AURORA_CONFIG_ROOT" && !root.empty()) return root;
    return std::nullopt;
  };
}

void write(const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << "x = 1\n";
}

}  // namespace

TEST_CASE("hook files run by folder, then by name, and each once") {
  const test::TempFolder folder;
  const std::string home = folder.path() + "/home", root = folder.path() + "/root";
  CHECK(list_hook_files(variables(home, root)).value().empty());
  write(home + "/.aurora/hooks/a.py");
  write(root + "/hooks/c.py");
  write(root + "/hooks/b.py");
  write(root + "/hooks/b.txt");
  CHECK(list_hook_files(variables(home, root)).value() ==
        std::vector<std::string>{root + "/hooks/b.py", root + "/hooks/c.py", home + "/.aurora/hooks/a.py"});
  CHECK(list_hook_files(variables(home, home + "/.aurora/")).value() ==
        std::vector<std::string>{home + "/.aurora//hooks/a.py"});
}

TEST_CASE("a folder of hooks that cannot be read is an error, not no hooks") {
  const test::TempFolder folder;
  std::filesystem::create_directories(folder.path() + "/root");
  std::filesystem::create_symlink("hooks", folder.path() + "/root/hooks");
  const auto files = list_hook_files(variables("", folder.path() + "/root"));
  REQUIRE_FALSE(files.ok());
  CHECK(files.error().message.starts_with("Error loading hooks of " + folder.path() + "/root/hooks: "));
}

TEST_CASE("cancel_update has hooks, and none of the scheduler's calls is made when they refuse") {
  for (const bool refuses : {false, true}) {
    SessionFixture f(Grammar::Classic);
    f.session.set_site_hooks(true);
    SessionFixture::hook_calls().clear();
    SessionFixture::refuses_hooks() = refuses;
    f.reply("GET /v1/updates", 200, R"({"updates": [], "total": 0})");
    CHECK(cancel_update(f.session, {kKey, "", UpdateWait::No, {}}) == (refuses ? 1 : 0));
    CHECK(SessionFixture::hook_calls() == (refuses ? "pre_cancel_update " : "pre_cancel_update post_cancel_update "));
    SessionFixture::refuses_hooks() = false;
  }
}

}  // namespace aurora::client
