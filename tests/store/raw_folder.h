// A database's folder as tests look at it and change it behind the store's back.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "store/rocks_database.h"

namespace aurora::store {

// Verified and ready to be written.
inline std::unique_ptr<RocksDatabase> open_to_write(const std::string& folder) {
  auto database = RocksDatabase::open(folder, IfMissing::Initialize);
  REQUIRE(database.ok());
  REQUIRE((*database)->verify().ok());
  REQUIRE((*database)->begin_writing().ok());
  return std::move(database).value();
}

// Every file with what is in it.
inline std::map<std::string, std::string> contents_of(const std::string& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::string& bytes = found[entry.path().string()];
    REQUIRE(rocksdb::ReadFileToString(rocksdb::Env::Default(), entry.path().string(), &bytes).ok());
  }
  return found;
}

}  // namespace aurora::store
