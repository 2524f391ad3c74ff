// Words for the shell that only a scheduler knows. Each asks for the part that is being typed and nothing else, in one
// call without a secret, and is empty when there is no answer within kCompletionPatience. Of very many, the first and the
// last: what these have in common, all have.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/session.h"

namespace aurora::client {

constexpr Duration kCompletionPatience = milliseconds(300);

enum class KeyForm {
  Role,              // CLUSTER/ROLE
  Job,               // CLUSTER/ROLE/ENV/NAME, or its first parts
  WithInstances,     // CLUSTER/ROLE/ENV/NAME[/INSTANCES]
  InstancesOnly,     // CLUSTER/ROLE/ENV/NAME/INSTANCES
};
// How `typed` goes on, to the end of its last part: "devcluster/", "devcluster/www-data/", ...
std::vector<std::string> complete_key(Session& session, const std::string& typed, KeyForm form);
std::vector<std::string> complete_cluster(Session& session);
std::vector<std::string> complete_role(Session& session, const std::string& cluster, const std::string& typed);
std::vector<std::string> complete_host(Session& session, const std::string& cluster, const std::string& typed);
// The latest updates of a job, given as CLUSTER/ROLE/ENV/NAME.
std::vector<std::string> complete_update(Session& session, const std::string& key);
std::vector<std::string> complete_backup(Session& session, const std::string& cluster);
// Tasks that hosts run and the scheduler does not know.
std::vector<std::string> complete_unknown_task(Session& session, const std::string& cluster);

}  // namespace aurora::client
