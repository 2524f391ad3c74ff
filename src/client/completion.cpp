#include "aurora/client/completion.h"

#include <algorithm>

#include "aurora/base/split.h"
#include "aurora/client/job_path.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

using codec::JsonValue;

constexpr size_t kWordsMax = 200;

// A list from the scheduler, each item made a word; those that are empty are left out.
template <typename ToWord>
std::vector<std::string> ask(Session& session, const std::string& cluster, const std::string& path, const std::string& list,
                             const ToWord& to_word) {
  session.set_timeout(kCompletionPatience);
  auto scheduler = SchedulerClient::find(session, cluster);
  if (!scheduler.ok()) return {};
  const auto answer = scheduler->get_once("complete", path);
  const JsonValue* items = answer.ok() ? answer->find(list) : nullptr;
  std::vector<std::string> words;
  if (items == nullptr) return words;
  for (const JsonValue& item : items->items()) {
    if (std::string word = to_word(item); !word.empty()) words.push_back(std::move(word));
  }
  return words;
}

std::vector<std::string> ask_for_member(Session& session, const std::string& cluster, const std::string& path,
                                        const std::string& list, const char* member) {
  const std::string query = path.find('?') == std::string::npos ? "?" : "&";
  return ask(session, cluster, path + query + "fields=" + member + "&limit=" + std::to_string(kWordsMax), list,
             [&](const JsonValue& item) { return item.string_or(member, ""); });
}

std::vector<std::string> ask_for_keys(Session& session, const std::string& cluster, const std::string& typed) {
  return ask(session, cluster, "/v1/jobKeys?prefix=" + net::url_encode(typed), "keys",
             [](const JsonValue& key) { return key.as_string().ok() ? *key.as_string() : std::string(); });
}

// Those of a range of instances that begin with `typed`.
void add_numbers(const JsonValue& range, const std::string& typed, std::vector<std::string>& numbers) {
  constexpr int64_t kRangeMax = 1'000'000;  // above what a job may have
  const int64_t first = range.int_or("first", 0);
  for (int64_t i = first; i <= std::min(range.int_or("last", -1), first + kRangeMax); ++i) {
    std::string number = std::to_string(i);
    if (number.starts_with(typed)) numbers.push_back(std::move(number));
  }
}

std::vector<std::string> first_and_last(std::vector<std::string> words) {
  if (words.size() <= kWordsMax) return words;
  std::swap(words[kWordsMax - 1], words.back());
  words.resize(kWordsMax);
  return words;
}

// Active instances: of "0-3,7" the number after the last sign is being typed.
std::vector<std::string> complete_instance(Session& session, const JobPath& path, const std::string& typed) {
  const size_t sign = typed.find_last_of(",-");
  const std::string number = sign == std::string::npos ? typed : typed.substr(sign + 1);
  std::vector<std::string> numbers;
  ask(session, path.cluster, job_route(path.job) + "?fields=configGroups.instances", "configGroups", [&](const JsonValue& group) {
    if (const JsonValue* ranges = group.find("instances")) {
      for (const JsonValue& range : ranges->items()) add_numbers(range, number, numbers);
    }
    return std::string();
  });
  const std::string start = to_string(path) + "/" + typed.substr(0, typed.size() - number.size());
  for (std::string& word : numbers) word.insert(0, start);
  return first_and_last(std::move(numbers));
}

constexpr size_t kRolePart = 1;  // of the parts of a path; the cluster is before it
constexpr size_t kInstancePart = 4;

void end_words(std::vector<std::string>& words, KeyForm form, size_t part) {
  for (std::string& word : words) {
    if (form == KeyForm::Role && word.ends_with('/')) word.pop_back();
    if (form == KeyForm::InstancesOnly && part + 1 == kInstancePart) word += '/';
  }
}

}  // namespace

std::vector<std::string> complete_cluster(Session& session) {
  std::vector<std::string> names;
  const auto clusters = session.list_clusters();
  if (!clusters.ok()) return names;
  for (const auto& [name, cluster] : *clusters) names.push_back(name);
  return names;
}

std::vector<std::string> complete_key(Session& session, const std::string& typed, KeyForm form) {
  const size_t slash = typed.find('/');
  if (slash == std::string::npos) {
    std::vector<std::string> names = complete_cluster(session);
    for (std::string& name : names) name += '/';
    return names;
  }
  const std::vector<std::string> parts = split(typed, '/');
  const size_t part = parts.size() - 1;
  if (part == kInstancePart && form != KeyForm::Job && form != KeyForm::Role) {
    const auto path = parse_job_path(typed.substr(0, typed.rfind('/')));
    return path.ok() ? complete_instance(session, *path, parts.back()) : std::vector<std::string>();
  }
  if (part >= kInstancePart || (form == KeyForm::Role && part > kRolePart)) return {};
  std::vector<std::string> words = ask_for_keys(session, parts[0], typed.substr(slash + 1));
  end_words(words, form, part);
  for (std::string& word : words) word.insert(0, parts[0] + "/");
  return words;
}

std::vector<std::string> complete_role(Session& session, const std::string& cluster, const std::string& typed) {
  std::vector<std::string> roles = ask_for_keys(session, cluster, typed);
  end_words(roles, KeyForm::Role, kRolePart);
  return roles;
}

std::vector<std::string> complete_host(Session& session, const std::string& cluster, const std::string& typed) {
  return ask_for_member(session, cluster, "/v1/hosts?search=" + net::url_encode(typed), "hosts", "host");
}

std::vector<std::string> complete_update(Session& session, const std::string& key) {
  const auto path = parse_job_path(key);
  if (!path.ok()) return {};
  const std::string query = "/v1/updates?role=" + net::url_encode(path->job.role) +
                            "&environment=" + net::url_encode(path->job.environment) +
                            "&name=" + net::url_encode(path->job.name) + "&fields=key.id&limit=" + std::to_string(kWordsMax);
  return ask(session, path->cluster, query, "updates", [](const JsonValue& update) {
    const JsonValue* update_key = update.find("key");
    return update_key == nullptr ? std::string() : update_key->string_or("id", "");
  });
}

std::vector<std::string> complete_backup(Session& session, const std::string& cluster) {
  return ask_for_member(session, cluster, "/v1/backups", "backups", "backup");
}

std::vector<std::string> complete_unknown_task(Session& session, const std::string& cluster) {
  return ask_for_member(session, cluster, "/v1/unknownTasks", "tasks", "taskId");
}

}  // namespace aurora::client
