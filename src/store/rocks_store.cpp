// Changes as records: a task without its configuration, each configuration once, each move of a task by
// itself, an update without its events, each event by itself, so that a write is as small as what changed.
#include <atomic>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "aurora/base/log.h"
#include "aurora/codec/proto.h"
#include "aurora/store/store.h"
#include "store/backups.h"
#include "store/decode_ahead.h"
#include "store/read_database.h"
#include "store/record_key.h"
#include "store/replacement.h"
#include "store/rocks_database.h"

namespace aurora::store {
namespace {

using ConfigsByHash = std::unordered_map<core::ConfigHash, core::TaskConfigRef>;

// What was accepted although something before it is gone.
struct Torn {
  std::set<std::string> tasks;        // of which moves are there, but not all that was before them
  std::vector<core::TaskSaved> rest;  // what there is of these tasks
  std::vector<std::pair<Table, std::string>> events;  // of updates
  bool empty() const { return tasks.empty() && events.empty(); }
};

class RocksStore final : public DurableStore {
 public:
  explicit RocksStore(std::unique_ptr<RocksDatabase> database)
      : database_(std::move(database)),
        may_be_old_(rocksdb::Env::Default()->FileExists(old_mark_in(database_->folder())).ok()) {}

  Status commit(const std::vector<core::Change>& changes) override {
    rocksdb::WriteBatch batch;
    for (const core::Change& change : changes) {
      std::visit([&](const auto& c) { add(batch, c); }, change);
    }
    if (batch.Count() == 0) return Unit{};
    return database_->write(batch);
  }

  Status load(const Take& take) override;
  // The same without writing: what is torn stays as it is.
  Status read(const Take& take) {
    Torn torn;
    return read(torn, take);
  }
  const std::string& cluster_id() const override { return database_->cluster_id(); }
  bool may_be_old() const override { return may_be_old_; }
  void forget_that_it_may_be_old() override {
    may_be_old_ = rocksdb::Env::Default()->DeleteFile(old_mark_in(database_->folder())).IsIOError();
  }
  Status sync_position() override { return database_->sync_position(); }
  Result<Backup> make_backup(const BackupConfig& config) override {
    return store::make_backup(*database_, config, "cluster " + database_->cluster_id());
  }

 private:
  void put(rocksdb::WriteBatch& batch, Table table, const std::string& key, const std::string& value) {
    database_->put(batch, table, key, value);
  }

  void add(rocksdb::WriteBatch& batch, const core::TaskSaved& change) {
    const core::TaskConfigRef& config = change.task.config;
    if (known_configs_.insert(config.hash()).second) {
      put(batch, Table::Configs, config.hash().value(), codec::encode_config(*config));
    }
    put(batch, Table::Tasks, change.task.id.value(), codec::encode_task(change.task));
  }
  void add(rocksdb::WriteBatch& batch, const core::TaskMoved& change) {
    database_->add_part(batch, Table::Tasks, change.task_id.value(), change.index,
                        codec::encode_task_move(change.move));
  }
  void add(rocksdb::WriteBatch& batch, const core::TaskDeleted& change) {
    database_->erase_with_parts(batch, Table::Tasks, change.task_id.value());
  }
  void add(rocksdb::WriteBatch& batch, const core::HostSaved& change) {
    put(batch, Table::Hosts, change.host.id.value(), codec::encode_host(change.host));
  }
  void add(rocksdb::WriteBatch& batch, const core::UpdateSaved& change) {
    const core::JobUpdate& update = *change.update;
    put(batch, Table::Updates, to_string(update.key), codec::encode_update(update));
    for (size_t i = 0; i < update.events.size(); ++i) {
      add(batch, core::UpdateEventAdded{update.key, static_cast<int32_t>(i), update.events[i]});
    }
    for (size_t i = 0; i < update.instance_events.size(); ++i) {
      add(batch, core::InstanceEventAdded{update.key, static_cast<int32_t>(i), update.instance_events[i]});
    }
  }
  void add(rocksdb::WriteBatch& batch, const core::UpdateEventAdded& change) {
    put(batch, Table::UpdateEvents, part_key(to_string(change.key), change.index),
        codec::encode_update_event(change.event));
  }
  void add(rocksdb::WriteBatch& batch, const core::InstanceEventAdded& change) {
    put(batch, Table::InstanceEvents, part_key(to_string(change.key), change.index),
        codec::encode_instance_event(change.event));
  }
  void add(rocksdb::WriteBatch& batch, const core::UpdateDeleted& change) {
    database_->erase(batch, Table::Updates, to_string(change.key));
    for (const Table events : {Table::UpdateEvents, Table::InstanceEvents}) {
      database_->erase_events(batch, events, to_string(change.key));
    }
  }
  void add(rocksdb::WriteBatch& batch, const core::TombstoneSaved& change) {
    put(batch, Table::Tombstones, change.tombstone.task_id.value(),
        codec::encode_tombstone(change.tombstone));
  }
  void add(rocksdb::WriteBatch& batch, const core::TombstoneDeleted& change) {
    database_->erase(batch, Table::Tombstones, change.task_id.value());
  }
  void add(rocksdb::WriteBatch& batch, const core::QuotaSaved& change) {
    put(batch, Table::Quotas, change.quota.role, codec::encode_quota(change.quota));
  }
  void add(rocksdb::WriteBatch& batch, const core::CronJobSaved& change) {
    put(batch, Table::CronJobs, to_string(change.job->job.key), codec::encode_cron_job(*change.job));
  }
  void add(rocksdb::WriteBatch& batch, const core::CronProgressed& change) {
    put(batch, Table::CronProgress, to_string(change.job), codec::encode_cron_progress(change));
  }
  void add(rocksdb::WriteBatch& batch, const core::CronJobDeleted& change) {
    database_->erase(batch, Table::CronJobs, to_string(change.job));
    database_->erase(batch, Table::CronProgress, to_string(change.job));
  }
  void add(rocksdb::WriteBatch& batch, const core::RequestAnswered& change) {
    put(batch, Table::AnsweredRequests, change.request.key, codec::encode_answered_request(change.request));
  }
  void add(rocksdb::WriteBatch& batch, const core::RequestForgotten& change) {
    database_->erase(batch, Table::AnsweredRequests, change.key);
  }
  void add(rocksdb::WriteBatch&, const core::HostReserved&) {}
  void add(rocksdb::WriteBatch&, const core::InstanceKept&) {}
  void add(rocksdb::WriteBatch&, const core::InstanceReleased&) {}
  void add(rocksdb::WriteBatch&, const core::ListWanted&) {}
  void add(rocksdb::WriteBatch&, const core::HostReleased&) {}
  void add(rocksdb::WriteBatch&, const core::UnknownTasksFound&) {}
  void add(rocksdb::WriteBatch&, const core::DrainProgressed&) {}
  void add(rocksdb::WriteBatch&, const core::CoordinatorAsked&) {}
  void add(rocksdb::WriteBatch&, const core::CoordinatorSaid&) {}
  void add(rocksdb::WriteBatch&, const core::HostSeen&) {}
  void add(rocksdb::WriteBatch&, const core::HostChecked&) {}
  void add(rocksdb::WriteBatch&, const core::HostGone&) {}
  void add(rocksdb::WriteBatch&, const core::UpdateProgressed&) {}
  void add(rocksdb::WriteBatch&, const core::PendingReasonFound&) {}

  // One pass over all records. The errors are of reading; the first of a record that makes no sense is in
  // `failed`: nothing behind it is taken, and all is read.
  Status read(Torn& torn, const Take& take);
  Status read_all(Status& failed, Torn& torn, const Take& take);
  Status read_configs(Status& failed);
  Status read_tasks(Status& failed, Torn& torn, const Take& take);
  Status read_updates(Status& failed, Torn& torn, const Take& take);
  Status mend(const Torn& torn);
  Status drop_unused_configs();

  std::unique_ptr<RocksDatabase> database_;
  std::atomic<bool> may_be_old_;
  std::unordered_set<core::ConfigHash> known_configs_;  // on disk, or in a batch on its way there
  ConfigsByHash read_configs_;                          // while loading
};

template <typename T>
Result<T> named(std::string_view what, std::string_view key, Result<T> value) {
  if (value.ok()) return value;
  return Error{value.error().code,
               std::string(what) + " " + std::string(name_of(key)) + ": " + value.error().message};
}

Error lost(const std::string& what) {
  return {ErrorCode::DataLoss, what + " is missing; restore the database from a backup"};
}

// What is missing is told before what makes no sense without it.
Status RocksStore::read(Torn& torn, const Take& take) {
  Status failed = Unit{};
  TRY(database_->begin_reading());
  TRY(read_all(failed, torn, take));
  TRY(database_->check_what_was_read());
  return failed;
}

Status RocksStore::load(const Take& take) {
  Torn torn;
  TRY(read(torn, take));
  TRY(database_->begin_writing());
  TRY(mend(torn));
  return drop_unused_configs();
}

Status RocksStore::read_all(Status& failed, Torn& torn, const Take& take) {
  const auto skip = [](std::string_view, std::string_view) -> Status { return Unit{}; };
  TRY(database_->read_hashed(Table::Meta, failed, skip));
  const auto read = [&](Table table, std::string_view what, const auto& decode, const auto& to_change) {
    return database_->read_hashed(table, failed, [&](std::string_view key, std::string_view bytes) -> Status {
      take(to_change(TRY(named(what, key, decode(bytes)))));
      return Unit{};
    });
  };
  const auto as_is = [](auto change) { return change; };
  TRY(read(Table::Hosts, "host", codec::decode_host, [](core::Host h) { return core::HostSaved{std::move(h)}; }));
  TRY(read(Table::Tombstones, "tombstone", codec::decode_tombstone,
           [](core::Tombstone t) { return core::TombstoneSaved{std::move(t)}; }));
  TRY(read(Table::Quotas, "quota", codec::decode_quota, [](core::Quota q) { return core::QuotaSaved{std::move(q)}; }));
  TRY(read(Table::CronJobs, "cron job", codec::decode_cron_job,
           [](core::CronJob job) { return core::CronJobSaved{std::move(job)}; }));
  TRY(read(Table::CronProgress, "progress of cron job", codec::decode_cron_progress, as_is));
  TRY(read(Table::AnsweredRequests, "answered request", codec::decode_answered_request,
           [](core::AnsweredRequest request) { return core::RequestAnswered{std::move(request)}; }));
  TRY(read_configs(failed));
  TRY(read_tasks(failed, torn, take));
  return read_updates(failed, torn, take);
}

Status RocksStore::read_configs(Status& failed) {
  read_configs_.clear();
  return database_->read_hashed(
      Table::Configs, failed, [&](std::string_view key, std::string_view bytes) -> Status {
        core::TaskConfig config = TRY(named("configuration", key, codec::decode_config(bytes)));
        // A later program may hash the same configuration differently: the key is what tasks refer to.
        read_configs_.emplace(core::ConfigHash(std::string(key)), core::TaskConfigRef(std::move(config)));
        return Unit{};
      });
}

struct LoadedTasks {
  std::vector<core::Task> tasks;
  std::set<std::string> torn;  // as in Torn
};

Result<core::Task> decode_task(const ConfigsByHash& configs, std::string_view key, std::string_view bytes) {
  codec::StoredTask stored = TRY(named("task", key, codec::decode_task(bytes)));
  const auto config = configs.find(stored.config);
  if (config == configs.end())
    return lost("task " + std::string(key) + ": its configuration " + stored.config.value());
  stored.task.config = config->second;
  return std::move(stored.task);
}

// The moves of a task follow it. Rows that are torn are an error unless the database was accepted as it is.
Result<LoadedTasks> decode_tasks(const ConfigsByHash& configs, bool is_accepted, const RowBatch& rows) {
  LoadedTasks loaded;
  TRY(rows.each([&](std::string_view key, std::string_view bytes) -> Status {
    if (!is_part(key)) {
      loaded.tasks.push_back(TRY(decode_task(configs, key, bytes)));
      return Unit{};
    }
    const std::string name(name_of(key));
    const auto index = static_cast<size_t>(part_index(key));
    core::Task* last = loaded.tasks.empty() ? nullptr : &loaded.tasks.back();
    if (last == nullptr || last->id.value() != name || last->events.size() < index) {
      if (!is_accepted) return lost("task " + name + ": what was before its event " + std::to_string(index));
      loaded.torn.insert(name);
      return Unit{};
    }
    if (index < last->events.size()) return Unit{};  // the task was saved with it
    core::apply(TRY(named("move of task", key, codec::decode_task_move(bytes))), *last);
    return Unit{};
  }));
  return loaded;
}

struct TaskBatch {
  RecordHashes hashes;
  Result<LoadedTasks> loaded;
};

Status RocksStore::read_tasks(Status& failed, Torn& torn, const Take& take) {
  known_configs_.clear();
  const auto decode = [&, is_accepted = may_be_old()](const RowBatch& rows) -> Result<TaskBatch> {
    RecordHashes hashes;
    TRY(rows.each([&](std::string_view key, std::string_view bytes) -> Status {
      RocksDatabase::hash_row(hashes, Table::Tasks, key, bytes);
      return Unit{};
    }));
    return TaskBatch{std::move(hashes), decode_tasks(read_configs_, is_accepted, rows)};
  };
  const auto take_tasks = [&](TaskBatch batch) -> Status {
    database_->add_hashes(batch.hashes);
    if (!failed.ok()) return Unit{};
    if (!batch.loaded.ok()) {
      failed = std::move(batch.loaded).error();
      return Unit{};
    }
    for (core::Task& task : batch.loaded->tasks) {
      known_configs_.insert(task.config.hash());
      if (batch.loaded->torn.contains(task.id.value())) torn.rest.push_back({task});
      take(core::TaskSaved{std::move(task)});
    }
    torn.tasks.merge(batch.loaded->torn);
    return Unit{};
  };
  return decode_ahead(*database_, Table::Tasks, decode, take_tasks);
}

Status RocksStore::read_updates(Status& failed, Torn& torn, const Take& take) {
  struct Known {
    core::UpdateKey key;
    std::map<Table, int32_t> events;  // that were read
  };
  std::unordered_map<std::string, Known> updates;
  TRY(database_->read_hashed(
      Table::Updates, failed, [&](std::string_view key, std::string_view bytes) -> Status {
        core::JobUpdate update = TRY(named("update", key, codec::decode_update(bytes)));
        updates.emplace(key, Known{update.key, {}});
        take(core::UpdateSaved{std::move(update)});
        return Unit{};
      }));
  // Events whose update is gone are skipped.
  const auto read_events = [&](Table table, const auto& add) {
    return database_->read_hashed(
        table, failed, [&](std::string_view key, std::string_view bytes) -> Status {
          const auto update = updates.find(std::string(name_of(key)));
          if (update == updates.end()) return Unit{};
          int32_t& next = update->second.events[table];
          if (part_index(key) == next) return add(update->second.key, next++, bytes);
          if (!may_be_old())
            return lost("update " + update->first + ": what was before its event " + std::to_string(part_index(key)));
          torn.events.emplace_back(table, key);
          return Unit{};
        });
  };
  TRY(read_events(
      Table::UpdateEvents, [&](const core::UpdateKey& key, int32_t at, std::string_view bytes) -> Status {
        const auto event = TRY(named("event of update", to_string(key), codec::decode_update_event(bytes)));
        take(core::UpdateEventAdded{key, at, event});
        return Unit{};
      }));
  return read_events(
      Table::InstanceEvents, [&](const core::UpdateKey& key, int32_t at, std::string_view bytes) -> Status {
        const auto event =
            TRY(named("instance event of update", to_string(key), codec::decode_instance_event(bytes)));
        take(core::InstanceEventAdded{key, at, event});
        return Unit{};
      });
}

// Of a database that was accepted as it is: tasks and updates go on from where their history breaks off, which
// hosts will tell more of; moves of a task that is not there go.
Status RocksStore::mend(const Torn& torn) {
  if (torn.empty()) return Unit{};
  log_warning("store", "the history of " + std::to_string(torn.tasks.size()) + " tasks is incomplete, and " +
                           std::to_string(torn.events.size()) + " events of updates are behind a gap");
  rocksdb::WriteBatch batch;
  for (const std::string& name : torn.tasks) database_->erase_with_parts(batch, Table::Tasks, name);
  for (const core::TaskSaved& saved : torn.rest) add(batch, saved);
  for (const auto& [table, key] : torn.events) database_->erase(batch, table, key);
  return database_->write(batch);
}

// Configurations are never deleted with their last task: another task may be about to use them. A start is
// the moment at which nobody is.
Status RocksStore::drop_unused_configs() {
  rocksdb::WriteBatch batch;
  for (const auto& [hash, config] : std::exchange(read_configs_, {})) {
    if (!known_configs_.contains(hash)) database_->erase(batch, Table::Configs, hash.value());
  }
  if (batch.Count() == 0) return Unit{};
  log_debug("store", "dropped " + std::to_string(batch.Count()) + " task configurations that no task uses");
  return database_->write(batch);
}

}  // namespace

Result<std::string> read_database(const std::string& folder, const Store::Take& take) {
  RocksStore store(TRY(RocksDatabase::open(folder, IfMissing::Refuse)));
  TRY(store.read(take));
  return store.cluster_id();
}

Result<std::unique_ptr<DurableStore>> open_rocks_store(const std::string& folder, IfMissing if_missing,
                                                       const std::string& new_cluster_id) {
  std::unique_ptr<RocksDatabase> database = TRY(RocksDatabase::open(folder, if_missing, new_cluster_id));
  return std::unique_ptr<DurableStore>(std::make_unique<RocksStore>(std::move(database)));
}

}  // namespace aurora::store
