// One contract for both stores, against a model, under random operations; and what only the simulated disk
// can do.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "aurora/store/store.h"
#include "store/random_changes.h"
#include "support/load_all.h"
#include "support/memory_store.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

using core::Change;

// A store that can be closed and opened again.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Store& open() = 0;
  virtual void close() = 0;
};

class MemorySubject : public Subject {
 public:
  Store& open() override { return *(store_ = std::make_unique<test::MemoryStore>(disk_)); }
  void close() override { store_.reset(); }

 private:
  test::SimDisk disk_;
  std::unique_ptr<Store> store_;
};

class RocksSubject : public Subject {
 public:
  Store& open() override {
    auto opened = open_rocks_store(folder_.path(), IfMissing::Initialize);
    REQUIRE(opened.ok());
    return *(store_ = std::move(opened).value());
  }
  void close() override { store_.reset(); }

 private:
  test::TempFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_CASE("what was committed is loaded, whatever the changes") {
  const std::function<std::unique_ptr<Subject>()> makers[] = {
      [] { return std::make_unique<MemorySubject>(); }, [] { return std::make_unique<RocksSubject>(); }};
  for (const auto& make : makers) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      INFO("seed " << seed);
      Rng rng(seed);
      const auto subject = make();
      StoreModel model;
      Store* store = &subject->open();
      REQUIRE(test::load_all(*store).ok());
      for (int step = 0; step < 120; ++step) {
        const std::vector<Change> batch = random_changes(rng, model);
        REQUIRE(store->commit(batch).ok());
        model.apply(batch);
        if (rng.below(20) != 0) continue;
        subject->close();
        store = &subject->open();
        StoreModel loaded;
        const auto changes = test::load_all(*store);
        REQUIRE(changes.ok());
        loaded.apply(*changes);
        REQUIRE(loaded == model);
      }
    }
  }
}

TEST_CASE("loading orders changes so that a cluster accepts them") {
  RocksSubject subject;
  Store& store = subject.open();
  Rng rng(1);
  StoreModel model;
  for (int step = 0; step < 100; ++step) {
    const auto batch = random_changes(rng, model);
    REQUIRE(store.commit(batch).ok());
    model.apply(batch);
  }
  std::set<std::string> updates;
  const auto loaded = test::load_all(store);
  for (const Change& change : *loaded) {
    if (const auto* saved = std::get_if<core::UpdateSaved>(&change))
      updates.insert(to_string(saved->update->key));
    if (const auto* event = std::get_if<core::UpdateEventAdded>(&change))
      CHECK(updates.contains(to_string(event->key)));
  }
}

TEST_CASE("a batch that was being written when the power failed is there as a whole or not at all") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    Rng rng(seed);
    test::SimDisk disk;
    test::MemoryStore store(disk);
    StoreModel model;
    for (int step = 0; step < 10; ++step) {
      const auto batch = random_changes(rng, model);
      REQUIRE(store.commit(batch).ok());
      model.apply(batch);
    }
    disk.before_sync = [] { return Error{ErrorCode::Internal, "the power failed"}; };
    const std::vector<Change> last = {random_task(rng), random_task(rng), random_task(rng)};
    REQUIRE_FALSE(store.commit(last).ok());
    disk.lose_power(rng);
    disk.before_sync = nullptr;

    StoreModel whole = model;
    whole.apply(last);
    test::MemoryStore again(disk);
    StoreModel loaded;
    loaded.apply(*test::load_all(again));
    CHECK((loaded == model || loaded == whole));
    REQUIRE(again.commit(last).ok());
    StoreModel after;
    test::MemoryStore later(disk);
    after.apply(*test::load_all(later));
    CHECK(after == whole);
  }
}

}  // namespace
}  // namespace aurora::store
