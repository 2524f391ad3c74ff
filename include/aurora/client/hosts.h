// `aurora host list|show|drain|activate CLUSTER [HOST...]`: hosts for whoever runs a cluster.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/session.h"

namespace aurora::client {

struct HostListOptions {
  std::string cluster = {};
  std::string search = {};             // in names and values of attributes
  std::vector<std::string> modes = {};  // none: all
  bool is_json = false;
};
int host_list(Session& session, const HostListOptions& options);

struct HostShowOptions {
  std::string cluster = {};
  std::string host = {};
  bool is_json = false;
};
int host_show(Session& session, const HostShowOptions& options);

struct HostModeOptions {
  std::string cluster = {};
  std::vector<std::string> hosts = {};
  bool has_waits = true;
  bool is_json = false;
  // Drain only: for jobs without a policy of their own, and when policies count no more.
  bool ignores_sla = false;
  double percentage = 95;
  std::string duration = "30m";
  std::string force_after = "7d";
  std::string wait_for = {};  // at most; empty: as long as it takes
};
// Exit codes: 0 all are DRAINED, 9 not within --wait-for, 6 a host is not known.
int host_empty(Session& session, const HostModeOptions& options);
int host_give_back(Session& session, const HostModeOptions& options);

}  // namespace aurora::client
