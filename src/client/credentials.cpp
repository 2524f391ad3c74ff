#include "client/credentials.h"

#include <sys/stat.h>

#include <cctype>
#include <fstream>
#include <sstream>
#include <vector>

namespace aurora::client {
namespace {

constexpr size_t kBytesMax = 1 << 20;

struct Words {
  std::string_view text;
  size_t at = 0;

  bool is_over() const { return at >= text.size(); }
  void skip_line() { at = std::min(text.find('\n', at), text.size()); }
  void skip_macro() { at = std::min(text.find("\n\n", at), text.size()); }  // its body ends with an empty line

  // Nothing at the end.
  std::optional<std::string> next() {
    for (; !is_over(); ++at) {
      if (text[at] == '#') skip_line();
      if (!is_over() && !is_blank(text[at])) break;
    }
    if (is_over()) return std::nullopt;
    return text[at] == '"' ? quoted() : plain();
  }

 private:
  static bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
  std::string plain() {
    std::string word;
    for (; !is_over() && !is_blank(text[at]); ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      word += text[at];
    }
    return word;
  }
  std::string quoted() {
    std::string word;
    for (++at; !is_over() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      word += text[at];
    }
    ++at;
    return word;
  }
};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(kBytesMax, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

std::string host_of(const std::string& url) {
  const size_t begin = url.find("://") + 3;
  if (url.compare(begin, 1, "[") == 0) return url.substr(begin + 1, url.find(']', begin) - begin - 1);
  return url.substr(begin, url.find_first_of(":/", begin) - begin);
}

}  // namespace

std::optional<Credentials> find_netrc_entry(const std::string& text, const std::string& host) {
  struct Entry {
    std::string machine;
    Credentials credentials;
  };
  std::vector<Entry> entries;
  Words words{text};
  while (const auto word = words.next()) {
    if (*word == "macdef") {
      words.skip_macro();
      continue;
    }
    if (*word == "default") {
      entries.push_back({});
      continue;
    }
    const auto value = words.next();
    if (!value || (*word != "machine" && entries.empty())) return std::nullopt;
    if (*word == "machine") {
      entries.push_back({*value, {}});
    } else if (*word == "login") {
      entries.back().credentials.user = *value;
    } else if (*word == "password") {
      entries.back().credentials.password = *value;
    } else if (*word != "account") {
      return std::nullopt;
    }
  }
  for (const std::string& machine : {host, std::string()}) {
    for (const Entry& entry : entries) {
      if (entry.machine == machine) return entry.credentials;
    }
  }
  return std::nullopt;
}

std::optional<Credentials> find_credentials(Session& session, const std::string& url) {
  const FindVariable& variable = session.world().variable;
  if (const auto user = variable("AURORA_USER"); user && !user->empty())
    return Credentials{*user, variable("AURORA_PASSWORD").value_or("")};
  const std::string home = home_folder(variable);
  const auto named = variable("NETRC");
  const std::vector<std::string> files = named && !named->empty()
                                             ? std::vector<std::string>{*named}
                                             : std::vector<std::string>{home + "/.netrc", home + "/_netrc"};
  for (const std::string& file : files) {
    const auto text = read_file(file);
    if (!text) continue;
    auto found = find_netrc_entry(*text, host_of(url));
    struct stat status {};
    if (found && stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
      session.console().log(Severity::Warning, "Others can read the password in " + file + "; `chmod 600 " + file +
                                                   "` makes it yours alone");
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace aurora::client
