#include "aurora/core/ids.h"

#include <algorithm>

namespace aurora::core {
namespace {

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string to_string(const JobKey& key) { return key.role + '/' + key.environment + '/' + key.name; }

std::string to_string(const InstanceKey& key) {
  return to_string(key.job) + '/' + std::to_string(key.instance_id);
}

std::string to_string(const UpdateKey& key) { return to_string(key.job) + '/' + key.id.value(); }

bool is_identifier(const std::string& text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

TaskId make_task_id(const InstanceKey& instance, const std::string& uuid) {
  const JobKey& job = instance.job;
  std::string text = job.role + '-' + job.environment + '-' + job.name + '-' +
                     std::to_string(instance.instance_id) + '-' + uuid;
  for (char& c : text) {
    if (!is_word(c)) c = '-';
  }
  return TaskId(std::move(text));
}

}  // namespace aurora::core

size_t std::hash<aurora::core::JobKey>::operator()(const aurora::core::JobKey& key) const {
  const std::hash<std::string> hash;
  return (hash(key.role) * 31 + hash(key.environment)) * 31 + hash(key.name);
}
