// Rows that are decoded on other threads arrive as if they had been decoded one after the other.
#include "store/decode_ahead.h"

#include <catch2/catch.hpp>

#include "store/raw_folder.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

using Numbers = std::vector<int>;

std::unique_ptr<RocksDatabase> database_of(const std::string& folder, int rows) {
  auto database = open_to_write(folder);
  rocksdb::WriteBatch batch;
  for (int i = 0; i < rows; ++i)
    database->put(batch, Table::Tasks, std::to_string(1'000'000 + i), std::to_string(i));
  if (rows > 0) REQUIRE(database->write(batch).ok());
  return database;
}

// What is taken from a table of `rows` when `bad` cannot be decoded and `last` is taken and refused.
struct Reading {
  Numbers taken;
  Status status = Unit{};
};
Reading read(int rows, int bad = -1, int last = -1) {
  const test::TempFolder folder;
  const auto database = database_of(folder.path() + "/db", rows);
  const auto decode = [&](const RowBatch& batch) -> Result<Numbers> {
    Numbers numbers;
    TRY(batch.each([&](std::string_view key, std::string_view value) -> Status {
      const int number = std::stoi(std::string(value));
      if (key != std::to_string(1'000'000 + number)) return Error{ErrorCode::Internal, "another key"};
      if (number == bad) return Error{ErrorCode::DataLoss, "bad " + std::to_string(number)};
      numbers.push_back(number);
      return Unit{};
    }));
    return numbers;
  };
  Reading reading;
  reading.status = decode_ahead(*database, Table::Tasks, decode, [&](Numbers numbers) -> Status {
    for (const int number : numbers) {
      reading.taken.push_back(number);
      if (number == last) return Error{ErrorCode::Internal, "enough"};
    }
    return Unit{};
  });
  return reading;
}

Numbers up_to(int count) {
  Numbers numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

TEST_CASE("rows decoded ahead come once each, in the order of their keys") {
  for (const int rows : {0, 1, 255, 256, 257, 12'345}) {
    CAPTURE(rows);
    const Reading reading = read(rows);
    CHECK(reading.status.ok());
    CHECK(reading.taken == up_to(rows));
  }
}

TEST_CASE("a row that cannot be decoded ends the reading before anything behind it is taken") {
  for (const int bad : {0, 2'500, 7'999}) {
    CAPTURE(bad);
    const Reading reading = read(8'000, bad);
    REQUIRE_FALSE(reading.status.ok());
    CHECK(reading.status.error().message == "bad " + std::to_string(bad));
    CHECK(reading.taken == up_to(bad / 256 * 256));
  }
}

TEST_CASE("a record and its parts are decoded together") {
  const test::TempFolder folder;
  const auto database = database_of(folder.path() + "/db", 0);
  rocksdb::WriteBatch batch;
  for (int i = 0; i < 1'000; ++i) {
    const std::string name = std::to_string(1'000'000 + i);
    database->put(batch, Table::Tasks, name, "");
    for (int part = 0; part < i % 5; ++part)
      database->add_part(batch, Table::Tasks, name, part, std::to_string(part));
  }
  REQUIRE(database->write(batch).ok());
  const auto count_records = [](const RowBatch& rows) -> Result<int> {
    int records = 0;
    TRY(rows.each([&](std::string_view key, std::string_view) -> Status {
      if (records == 0 && is_part(key)) return Error{ErrorCode::Internal, "parts without their record"};
      records += is_part(key) ? 0 : 1;
      return Unit{};
    }));
    return records;
  };
  int total = 0;
  const Status read = decode_ahead(*database, Table::Tasks, count_records, [&](int records) -> Status {
    total += records;
    return Unit{};
  });
  CHECK(read.ok());
  CHECK(total == 1'000);
}

TEST_CASE("who takes rows may end the reading") {
  const Reading reading = read(8'000, -1, 1'234);
  REQUIRE_FALSE(reading.status.ok());
  CHECK(reading.status.error().message == "enough");
  CHECK(reading.taken == up_to(1'235));
}

}  // namespace
}  // namespace aurora::store
