// One run of one verb: who types (which grammar), where it prints, how it reaches the world. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "aurora/base/clock.h"
#include "aurora/base/time_zone.h"
#include "aurora/client/clusters.h"
#include "aurora/client/console.h"
#include "aurora/client/exit_code.h"
#include "aurora/config/evaluator.h"
#include "aurora/net/http.h"

namespace aurora::client {

// Where texts or exit codes differ, the spelling typed decides (spec/client.md §1). Admin verbs fail as classic ones do.
enum class Grammar { Classic, NounVerb, Admin };

// Everything outside the process; tests replace each part.
struct World {
  net::HttpClient& http;
  Clock& clock;
  FindVariable variable;
  std::function<bool(Duration)> pause;      // sleeps; false once the user has pressed ^C and it was held
  std::function<void()> hold_interrupts;    // from now on ^C no longer ends the process at once but pause()
  std::function<std::string()> new_uuid;
  std::function<Result<config::Evaluation>(const config::EvaluateRequest&)> evaluate;
  decltype(&config::call_hooks) call_hooks;
  // What ^C prints, besides that the command was interrupted, while it ends the process at once: what goes on without it.
  std::function<void(const std::string&)> set_parting_words = [](const std::string&) {};
  std::shared_ptr<const TimeZones> zones = utc_alone();
};

class Session {
 public:
  Session(Grammar grammar, std::string verb, Console& console, World world);

  Grammar grammar() const { return grammar_; }
  bool is_classic() const { return grammar_ == Grammar::Classic; }
  const std::string& verb() const { return verb_; }  // "create", "job create"
  Console& console() { return console_; }
  World& world() { return world_; }

  // How long calls that may be repeated are repeated.
  Duration timeout() const { return timeout_; }
  void set_timeout(Duration timeout) { timeout_ = timeout; }

  // A file with the secret that calls which change something carry; empty: the cluster's own.
  const std::string& secret_file() const { return secret_file_; }
  void set_secret_file(std::string path) { secret_file_ = std::move(path); }

  // Whether calls ask not to be sent on to the leader.
  bool bypasses_leader_redirect() const { return bypasses_leader_redirect_; }
  void set_bypass_leader_redirect(bool bypasses) { bypasses_leader_redirect_ = bypasses; }

  // Whether hook files of the site registered hooks around calls for every job.
  bool has_site_hooks() const { return has_site_hooks_; }
  void set_site_hooks(bool has_some) { has_site_hooks_ = has_some; }

  Result<Cluster> find_cluster(const std::string& name);
  Result<std::map<std::string, Cluster>> list_clusters();

  // What goes on without this command, from now on: said when ^C ends it, and when it gives up waiting.
  void set_parting_words(const std::string& words);
  // A pause was ended by ^C: says so, and what goes on. The error of the call that waited; fail() ends with 130 then.
  Error note_interrupt();
  int end_interrupted();  // the same for a verb that ends with it: 130

  // Both print the failure in the grammar's way and return what the process ends with; classic and admin verbs know only 1.
  // A failure of the command itself: one line.
  int fail(ExitCode code, const std::string& text);
  // A wrong value of an option: the parser of the original's classic verbs, too, ended with 2 then.
  int fail_option(const std::string& text);
  // A call that went wrong: refused by the scheduler (then under `title`, ending with `refused`) or not answered.
  int fail(const Error& error, const std::string& title, ExitCode refused);

 private:
  Grammar grammar_;
  std::string verb_;
  Console& console_;
  World world_;
  Duration timeout_ = minutes(10);
  std::string secret_file_;
  bool bypasses_leader_redirect_ = false;
  bool has_site_hooks_ = false;
  std::string parting_words_;
  bool is_interrupted_ = false;
};

// An active update of the job stands in the way of the request: the error's details name it.
bool is_update_lock(const Error& error);

// ` INFO] Response from scheduler: OK (message: ...)`, as classic verbs report every reply.
void report_response(Session& session, std::string_view code, std::string_view message);

// The current user: $LOGNAME, $USER, $LNAME, $USERNAME, then the password file.
std::string login_name(const FindVariable& variable);

// "10m", "1h30m", "90s": spec/client.md §3.5.
Result<Duration> parse_duration(const std::string& text);
// "10 mins", "90 secs", "7 days": in the largest unit in which it is a whole number, down to seconds.
std::string to_shown_duration(Duration duration);

}  // namespace aurora::client
