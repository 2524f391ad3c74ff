// The fields() of what only a recording holds: commands, settings, and what a scheduler has in memory only. A new member
// of one of these structs is a line here (tests/store/recorded_fields_test.cpp counts them); a recording's reader refuses
// what it does not know, so the format's number (recording.h) goes up with it.
#pragma once

#include "aurora/core/commands/command.h"
#include "aurora/core/commands/reconcile_names.h"

namespace aurora::core {

void fields(Is<InstanceKey> auto& k, auto&& visit) {
  visit("job", k.job);
  visit("instanceId", k.instance_id);
}
void fields(Is<RequestMark> auto& m, auto&& visit) {
  visit("key", m.key);
  visit("fingerprint", m.fingerprint);
}

// --- Commands.
void fields(Is<CreateJob> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("user", c.user);
  visit("unchangedSince", c.unchanged_since);
}
void fields(Is<KillTasks> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("instances", c.instances);
  visit("message", c.message);
  visit("user", c.user);
}
void fields(Is<RestartTasks> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("instances", c.instances);
  visit("user", c.user);
}
void fields(Is<AddInstances> auto& c, auto&& visit) {
  visit("like", c.like);
  visit("count", c.count);
  visit("user", c.user);
}
void fields(Is<PruneTasks> auto& c, auto&& visit) {
  visit("role", c.role);
  visit("environment", c.environment);
  visit("statuses", c.statuses);
  visit("limit", c.limit);
}
void fields(Is<ScheduleCronJob> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("user", c.user);
}
void fields(Is<ReplaceCronTemplate> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("user", c.user);
}
void fields(Is<DescheduleCronJob> auto& c, auto&& visit) { visit("job", c.job); }
void fields(Is<StartCronJob> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("user", c.user);
}
void fields(Is<SetQuota> auto& c, auto&& visit) {
  visit("quota", c.quota);
  visit("user", c.user);
}
void fields(Is<PlaceTasks> auto& c, auto&& visit) {
  visit("groups", c.groups);
  visit("tasksMax", c.tasks_max);
  visit("preempts", c.preempts);
}
void fields(Is<KillUnknownTasks> auto& c, auto&& visit) {
  visit("taskIds", c.task_ids);
  visit("hosts", c.hosts);
  visit("all", c.all);
  visit("user", c.user);
}
void fields(Is<AdoptTask> auto& c, auto&& visit) {
  visit("host", c.host);
  visit("task", c.task);
  visit("user", c.user);
}
void fields(Is<Reconcile> auto& c, auto&& visit) { visit("kind", c.kind); }
void fields(Is<StartUpdate> auto& c, auto&& visit) {
  visit("request", c.request);
  visit("message", c.message);
  visit("user", c.user);
  visit("unchangedSince", c.unchanged_since);
}
void fields(Is<ControlUpdate> auto& c, auto&& visit) {
  visit("key", c.key);
  visit("control", c.control);
  visit("message", c.message);
  visit("user", c.user);
}
void fields(Is<PulseUpdate> auto& c, auto&& visit) { visit("key", c.key); }
void fields(Is<StartMaintenance> auto& c, auto&& visit) {
  visit("hosts", c.hosts);
  visit("user", c.user);
}
void fields(Is<DrainHosts::Terms> auto& t, auto&& visit) {
  visit("policy", t.policy);
  visit("timeoutSecs", t.timeout_secs);
}
void fields(Is<DrainHosts> auto& c, auto&& visit) {
  visit("hosts", c.hosts);
  visit("terms", c.terms);
  visit("user", c.user);
}
void fields(Is<EndMaintenance> auto& c, auto&& visit) {
  visit("hosts", c.hosts);
  visit("user", c.user);
}
void fields(Is<CoordinatorAnswer> auto& c, auto&& visit) {
  visit("url", c.url);
  visit("taskId", c.task_id);
  visit("since", c.since);
  visit("allowed", c.allowed);
  visit("text", c.text);
}

// --- Timed commands.
void fields(Is<ChangeTask> auto& c, auto&& visit) {
  visit("taskId", c.task_id);
  visit("expected", c.expected);
  visit("expectedSince", c.expected_since);
  visit("to", c.to);
  visit("message", c.message);
}
void fields(Is<RetryKill> auto& c, auto&& visit) {
  visit("taskId", c.task_id);
  visit("since", c.since);
}
void fields(Is<PruneTask> auto& c, auto&& visit) { visit("taskId", c.task_id); }
void fields(Is<PruneHistory> auto& c, auto&& visit) { visit("job", c.job); }
void fields(Is<CheckHost> auto& c, auto&& visit) { visit("host", c.host); }
void fields(Is<PollDrain> auto& c, auto&& visit) { visit("host", c.host); }
void fields(Is<ReleaseHost> auto& c, auto&& visit) { visit("host", c.host); }
void fields(Is<ReleaseInstance> auto& c, auto&& visit) { visit("instance", c.instance); }
void fields(Is<EvaluateUpdate> auto& c, auto&& visit) { visit("key", c.key); }
void fields(Is<FollowCron> auto& c, auto&& visit) { visit("job", c.job); }

// --- What is in memory only.
void fields(Is<HostSeen> auto& c, auto&& visit) {
  visit("host", c.host);
  visit("session", c.session);
  visit("sequence", c.sequence);
  visit("at", c.at);
  visit("leaving", c.leaving);
  visit("isComplete", c.is_complete);
}
void fields(Is<HostGone> auto& c, auto&& visit) {
  visit("host", c.host);
  visit("silentAt", c.silent_at);
}
void fields(Is<PendingReason> auto& r, auto&& visit) {
  visit("reason", r.reason);
  visit("score", r.score);
  visit("since", r.since);
  visit("hosts", r.hosts);
  visit("vetoes", r.vetoes);
}
void fields(Is<PendingReasonFound> auto& c, auto&& visit) {
  visit("config", c.config);
  visit("reason", c.reason);
}
void fields(Is<HostReserved> auto& c, auto&& visit) {
  visit("host", c.host);
  visit("config", c.config);
  visit("until", c.until);
}
void fields(Is<InstanceKept> auto& c, auto&& visit) {
  visit("instance", c.instance);
  visit("host", c.host);
  visit("until", c.until);
}
void fields(Is<ListWanted> auto& c, auto&& visit) { visit("host", c.host); }
void fields(Is<UnknownTasksFound> auto& c, auto&& visit) {
  visit("host", c.host);
  visit("tasks", c.tasks);
}
void fields(Is<DrainProgress> auto& p, auto&& visit) {
  visit("jobs", p.jobs);
  visit("pollAt", p.poll_at);
  visit("nextLook", p.next_look);
}
void fields(Is<DrainProgressed> auto& c, auto&& visit) {
  visit("host", c.host);
  visit("progress", c.progress);
}
void fields(Is<CoordinatorAsked> auto& c, auto&& visit) {
  visit("url", c.url);
  visit("taskId", c.task_id);
  visit("at", c.at);
  visit("until", c.until);
}
void fields(Is<CoordinatorSaid> auto& c, auto&& visit) {
  visit("url", c.url);
  visit("taskId", c.task_id);
  visit("at", c.at);
  visit("allowed", c.allowed);
  visit("text", c.text);
  visit("job", c.job);
  visit("instanceId", c.instance_id);
  visit("host", c.host);
}

void fields(Is<SlaWait> auto& w, auto&& visit) {
  visit("delay", w.delay);
  visit("retryAt", w.retry_at);
  visit("lookAt", w.look_at);
}

// --- Settings; time zones are the machine's.
void fields(Is<Tier> auto& t, auto&& visit) {
  visit("preemptible", t.preemptible);
  visit("revocable", t.revocable);
}
void fields(Is<JobLimits> auto& l, auto&& visit) {
  visit("allowedEnvironments", l.allowed_environments);
  visit("tasksPerJobMax", l.tasks_per_job_max);
  visit("updateInstanceFailuresMax", l.update_instance_failures_max);
  visit("allowDockerParameters", l.allow_docker_parameters);
  visit("requireDockerUseExecutor", l.require_docker_use_executor);
  visit("allowDockerContainers", l.allow_docker_containers);
  visit("allowGpuResource", l.allow_gpu_resource);
  visit("enableRevocableCpus", l.enable_revocable_cpus);
  visit("enableMesosFetcher", l.enable_mesos_fetcher);
  visit("allowContainerVolumes", l.allow_container_volumes);
  visit("slaAwareKillNonProd", l.sla_aware_kill_non_prod);
  visit("slaInstancesMin", l.sla_instances_min);
  visit("slaDurationSecsMax", l.sla_duration_secs_max);
  visit("defaultTier", l.default_tier);
  visit("tiers", l.tiers);
}
void fields(Is<TaskTiming> auto& t, auto&& visit) {
  visit("flappingTaskThreshold", t.flapping_task_threshold);
  visit("initialFlappingTaskDelay", t.initial_flapping_task_delay);
  visit("maxFlappingTaskDelay", t.max_flapping_task_delay);
  visit("transientTaskStateTimeout", t.transient_task_state_timeout);
  visit("initialTaskKillRetryInterval", t.initial_task_kill_retry_interval);
  visit("firstScheduleDelay", t.first_schedule_delay);
  visit("initialSchedulePenalty", t.initial_schedule_penalty);
  visit("maxSchedulePenalty", t.max_schedule_penalty);
  visit("historyPruneThreshold", t.history_prune_threshold);
  visit("historyMinRetentionThreshold", t.history_min_retention_threshold);
  visit("historyMaxPerJobThreshold", t.history_max_per_job_threshold);
  visit("updateHistoryPruningThreshold", t.update_history_pruning_threshold);
  visit("updateHistoryPerJobThreshold", t.update_history_per_job_threshold);
}
void fields(Is<SlaTiming> auto& s, auto&& visit) {
  visit("hostMaintenancePollingInterval", s.host_maintenance_polling_interval);
  visit("slaAwareKillRetryMinDelay", s.sla_aware_kill_retry_min_delay);
  visit("slaAwareKillRetryMaxDelay", s.sla_aware_kill_retry_max_delay);
  visit("slaCoordinatorTimeout", s.sla_coordinator_timeout);
  visit("maxParallelCoordinatedMaintenance", s.max_parallel_coordinated_maintenance);
}
void fields(Is<ExecutorOverhead> auto& o, auto&& visit) {
  visit("cpus", o.cpus);
  visit("ramMb", o.ram_mb);
}
void fields(Is<CronSettings> auto& c, auto&& visit) {
  visit("timeZone", c.time_zone);
  visit("startInitialBackoff", c.start_initial_backoff);
  visit("startMaxBackoff", c.start_max_backoff);
}
void fields(Is<OfferOrder> auto& o, auto&& visit) {
  visit("keys", o.keys);
  visit("spreadOver", o.spread_over);
}
void fields(Is<PreemptionSettings> auto& p, auto&& visit) {
  visit("isEnabled", p.is_enabled);
  visit("delay", p.delay);
  visit("initialDelay", p.initial_delay);
  visit("reservation", p.reservation);
}
void fields(Is<UpdateAffinity> auto& u, auto&& visit) {
  visit("isEnabled", u.is_enabled);
  visit("hold", u.hold);
}
void fields(Is<SchedulerSettings> auto& s, auto&& visit) {
  visit("clusterId", s.cluster_id);
  visit("limits", s.limits);
  visit("timing", s.timing);
  visit("sla", s.sla);
  visit("overhead", s.overhead);
  visit("cron", s.cron);
  visit("offerOrder", s.offer_order);
  visit("preemption", s.preemption);
  visit("updateAffinity", s.update_affinity);
  visit("hostTimeout", s.host_timeout);
  visit("partitionAware", s.partition_aware);
}

}  // namespace aurora::core

template <>
struct aurora::UnionNames<aurora::core::Command> {
  static constexpr std::array<std::string_view, std::variant_size_v<aurora::core::Command>> values{
      "createJob",          "killTasks",    "restartTasks",    "addInstances", "changeTask",    "retryKill",
      "pruneTask",          "pruneHistory", "placeTasks",      "reportTasks",  "checkHost",     "startUpdate",
      "controlUpdate",      "pulseUpdate",  "evaluateUpdate",  "killUnknown",  "adoptTask",     "startMaintenance",
      "drainHosts",         "endMaintenance", "pollDrain",     "coordinatorAnswer", "scheduleCronJob", "replaceCronTemplate",
      "descheduleCronJob",  "startCronJob", "followCron",      "setQuota",     "releaseHost",   "releaseInstance",
      "reconcile",          "pruneTasks"};
};
