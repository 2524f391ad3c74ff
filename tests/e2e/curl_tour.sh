#!/usr/bin/env bash
# What a cluster can be asked with nothing but curl: tests/e2e/curl_tour.sh SCHEDULER_URL SECRET_FILE ROLE
# Says each step and what came of it; ends with 0 when all of it did what it should.
set -euo pipefail
url=$1
role=$3
secret="Authorization: Bearer $(cat "$2")"

ask() { curl -sS --fail-with-body -H "$secret" -H 'Content-Type: application/json' "$@"; echo; }
see() { curl -sS --fail-with-body "$url$1"; echo; }
until_seen() {  # until_seen PATH TEXT
  for _ in $(seq 300); do
    if see "$1" | grep -q "$2"; then return; fi
    sleep 0.2
  done
  echo "$1 never said $2: $(see "$1")" >&2
  exit 1
}

key() { echo "{\"role\":\"$role\",\"environment\":\"devel\",\"name\":\"$1\"}"; }
config() {  # config NAME IS_SERVICE TIER WORD
  local data='{\"task\":{\"name\":\"t\",\"processes\":[{\"name\":\"p\",\"cmdline\":\"echo '$4'; exec sleep 1000\"}],\"resources\":{\"cpu\":0.1,\"ram\":16777216,\"disk\":16777216}}}'
  echo "{\"job\":$(key "$1"),\"owner\":{\"user\":\"ann\"},\"isService\":$2,\"tier\":\"$3\",
    \"resources\":{\"cpus\":0.1,\"ramMb\":16,\"diskMb\":16},\"executorConfig\":{\"name\":\"AuroraExecutor\",\"data\":\"$data\"}}"
}

echo "== quota"
ask -X PUT "$url/v1/roles/$role/quota" -d '{"cpus": 1, "ramMb": 64, "diskMb": 64}'
see /quotas | grep '"cpu_cores":1.0'

echo "== create"
ask "$url/v1/jobs" -d "{\"key\":$(key tour),\"owner\":{\"user\":\"ann\"},\"instanceCount\":2,\"taskConfig\":$(config tour true preferred one)}"
until_seen "/v1/jobs/$role/devel/tour" '"activeTaskCount":2'
until_seen "/v1/tasks?role=$role&environment=devel&name=tour&status=RUNNING" '"total":2'

echo "== update"
ask "$url/v1/updates" -d "{\"request\":{\"taskConfig\":$(config tour true preferred two),\"instanceCount\":2,\"settings\":{\"updateGroupSize\":2}}}"
until_seen "/v1/updates?role=$role&environment=devel&name=tour" ROLLED_FORWARD

echo "== cron"
ask -X PUT "$url/v1/jobs/$role/devel/tour-cron/cron" -d "{\"key\":$(key tour-cron),\"owner\":{\"user\":\"ann\"},\"cronSchedule\":\"30 2 * * *\",
  \"cronTimeZone\":\"Europe/Berlin\",\"instanceCount\":1,\"taskConfig\":$(config tour-cron false preemptible night)}"
see /cron | grep "$role/devel/tour-cron"
ask -X POST "$url/v1/jobs/$role/devel/tour-cron/cron/start" -d '{}'
until_seen "/v1/tasks?role=$role&environment=devel&name=tour-cron&status=RUNNING" '"total":1'
ask -X DELETE "$url/v1/jobs/$role/devel/tour-cron/cron"

echo "== drain"
host=$(see /v1/hosts | grep -o '"host":"[^"]*"' | head -1 | cut -d'"' -f4)
ask "$url/v1/maintenance/drain" -d "{\"hosts\":[\"$host\"]}"
until_seen /maintenance "\"DRAINED\":\\[\"$host\"\\]"
until_seen "/v1/tasks?role=$role&environment=devel&name=tour&status=RUNNING" '"total":2'
ask "$url/v1/maintenance/end" -d "{\"hosts\":[\"$host\"]}"

echo "== kill"
for job in tour tour-cron; do ask "$url/v1/jobs/$role/devel/$job/kill" -d '{}'; done
until_seen "/v1/tasks?role=$role&environment=devel&active=true" '"total":0'

echo "== recovers"
backup=$(ask -X POST "$url/v1/backups" -d '{}' | grep -o '"backup":"[^"]*"' | cut -d'"' -f4)
see "/v1/backups?fields=backup" | grep "$backup"
ask "$url/v1/jobs" -d "{\"key\":$(key tour-late),\"owner\":{\"user\":\"ann\"},\"instanceCount\":1,\"taskConfig\":$(config tour-late true preferred late)}"
ask "$url/v1/recovery" -d "{\"backup\":\"$backup\"}"
until_seen /v1/recovery '"state":"STAGED"'
see "/v1/recovery/tasks?role=$role&name=tour-late" | grep '"total":0'
ask -X POST "$url/v1/recovery/commit" -d '{}'  # the scheduler ends, and whoever watches over it starts it again
until_seen "/v1/jobs?role=$role&name=tour-late" '"total":0' 2> /dev/null
until_seen /v1/recovery '"state":"NONE"'
see /quotas | grep '"cpu_cores":1.0'
