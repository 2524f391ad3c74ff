// Bytes that a release has written decode for ever. tests/codec/golden/<record>_<case>.hex holds them, .json
// next to it what they mean. UPDATE=1 writes files that do not exist yet and never touches one that does.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "aurora/codec/json.h"
#include "aurora/codec/proto.h"
#include "aurora/v1/storage.pb.h"
#include "codec/message_filler.h"

namespace aurora::codec {
namespace {

namespace fs = std::filesystem;

struct Record {
  std::string name;
  std::function<std::unique_ptr<Message>()> make;
  std::function<Result<std::string>(std::string_view)> to_json;
  int cases = 3;  // one for each case of its widest oneof
};

template <typename Proto>
std::unique_ptr<Message> make() {
  return std::make_unique<Proto>();
}

template <auto Decode>
Result<std::string> json_of(std::string_view bytes) {
  const auto value = TRY(Decode(bytes));
  return encode_json(value);
}

Result<std::string> json_of_task(std::string_view bytes) {
  const StoredTask stored = TRY(decode_task(bytes));
  return JsonObject().add("config", stored.config.value()).add_raw("task", encode_json(stored.task)).text();
}

Result<std::string> json_of_task_move(std::string_view bytes) {
  core::Task task;
  apply(TRY(decode_task_move(bytes)), task);
  return encode_json(task);
}

const Record kRecords[] = {
    {"config", make<v1::TaskConfig>, json_of<decode_config>},
    {"task", make<v1::StoredTask>, json_of_task},
    {"task_move", make<v1::TaskMove>, json_of_task_move, 1},
    {"host", make<v1::Host>, json_of<decode_host>},
    {"tombstone", make<v1::Tombstone>, json_of<decode_tombstone>, 1},
    {"quota", make<v1::Quota>, json_of<decode_quota>, 1},
    {"cron_job", make<v1::CronJob>, json_of<decode_cron_job>},
    {"cron_progress", make<v1::CronProgressed>, json_of<decode_cron_progress>, 1},
    {"answered_request", make<v1::AnsweredRequest>, json_of<decode_answered_request>, 1},
    {"update", make<v1::JobUpdate>, json_of<decode_update>},
    {"update_event", make<v1::UpdateEvent>, json_of<decode_update_event>, 1},
    {"instance_event", make<v1::InstanceUpdateEvent>, json_of<decode_instance_event>, 1},
};

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += kDigits[(bytes[i] >> 4) & 15];
    out += kDigits[bytes[i] & 15];
    if (i % 60 == 59) out += '\n';
  }
  return out + '\n';
}

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string digits;
  for (const char c : hex) {
    if (c != '\n') digits += c;
  }
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(digit(digits[i]) * 16 + digit(digits[i + 1]));
  }
  return out;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_missing(const fs::path& stem, const Record& record, int choice) {
  if (fs::exists(stem.string() + ".hex")) return;
  const auto message = record.make();
  MessageFiller(choice).fill(*message);
  const std::string bytes = message->SerializeAsString();
  std::ofstream(stem.string() + ".hex") << to_hex(bytes);
  std::ofstream(stem.string() + ".json") << indent_json(*record.to_json(bytes), 1) << '\n';
}

TEST_CASE("golden bytes decode to what they meant when they were written") {
  const fs::path folder = fs::path(AURORA_SOURCE_DIR) / "tests/codec/golden";
  const bool update = std::getenv("UPDATE") != nullptr;
  for (const Record& record : kRecords) {
    for (int choice = 0; choice < record.cases; ++choice) {
      if (update) write_missing(folder / (record.name + "_" + std::to_string(choice)), record, choice);
    }
  }
  int checked = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".hex") continue;
    const std::string stem = entry.path().stem().string();
    INFO(stem);
    const auto json = [&]() -> Result<std::string> {
      for (const Record& record : kRecords) {
        if (stem.substr(0, stem.rfind('_')) == record.name)
          return record.to_json(from_hex(read_file(entry.path())));
      }
      return Error{ErrorCode::NotFound, "no record of that name"};
    }();
    REQUIRE(json.ok());
    fs::path expected = entry.path();
    expected.replace_extension(".json");
    CHECK(indent_json(*json, 1) + '\n' == read_file(expected));
    ++checked;
  }
  CHECK(checked >= 13);
}

}  // namespace
}  // namespace aurora::codec
