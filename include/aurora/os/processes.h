// Processes of this machine: who they are, what they use, how they are signalled and how they ended.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/os/files.h"

namespace aurora::os {

struct ProcessInfo {
  int pid = 0;
  int parent = 0;
  int group = 0;
  int session = 0;
  char state = '?';         // as in /proc: R, S, D, Z...
  int64_t start_ticks = 0;  // since boot; no clock that somebody sets is in it
  Instant started;          // by the wall clock of now
  Duration user_time;
  Duration system_time;
  int64_t threads = 0;
  int64_t virtual_bytes = 0;
  int64_t resident_bytes = 0;
};
std::optional<ProcessInfo> find_process(int pid);
std::vector<int> list_processes();
std::vector<int> children_of(int pid);     // direct ones, of every thread
std::vector<int> descendants_of(int pid);  // without itself; parents before their children

std::string boot_id();                   // another one each time the kernel starts; empty if it tells none
bool is_alive(const ProcessInfo& info);  // not a zombie, or one whose threads go on
// A variable of the environment with which its program was started; absent also when we may not read it.
// Its words, or its name in brackets if it has none, printable, at most 1,000 bytes.
std::string command_line_of(int pid);
std::optional<std::string> environment_of(int pid, const std::string& name);

// Guards against a pid that now belongs to somebody else: it started within 10 s of then. For records that do
// not know start_ticks: it fails when the wall clock was set meanwhile.
bool is_same_process(int pid, Instant started_about);

// "TERM" or "SIGTERM"; absent: there is none of that name.
std::optional<int> find_signal(std::string_view name);
std::string signal_name(int signal_number);  // "TERM"; its number if it has no name
void send_signal(int pid, int signal_number);
void send_signal_to_group(int leader, int signal_number);
// Ends processes and all that they started: stops them, so that nobody can fork or start again what was
// killed, kills them, and asks again for what came up meanwhile. `visit_roots` calls back for each of them,
// as soon as it knows it: some live for milliseconds only. True when nobody was left alive, false when `max`
// has passed; some may sleep in the kernel, and the caller tries again.
using VisitRoots = std::function<void(const std::function<void(int pid)>& visit)>;
bool end_families(const VisitRoots& visit_roots, Duration max);

// A handle on one process that no reuse of its pid can confuse; readable for poll() once it ended.
Result<Fd> open_process(int pid);
void send_signal_through(const Fd& process, int signal_number);
bool is_reaped(const Fd& process);  // ended, and its parent knows
int pid_of(const Fd& process);      // 0 when it was reaped

struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  // 0 = it exited
};
// The end of a child; absent when it has not ended or is no child of ours. Reaps it.
std::optional<ProcessEnd> reap(int pid);
std::optional<ProcessEnd> reap_through(const Fd& process);  // the same
std::optional<ProcessEnd> peek_end(const Fd& process);      // without reaping it
ProcessEnd wait_for_child(int pid);                         // and reaps it
// How a process that was somebody else's child ended: the kernel tells it once its parent has reaped it
// (Linux 6.15).
std::optional<ProcessEnd> end_of_stranger(const Fd& process);
// The next child that ended; it stays a zombie, and its pid its own, until reap().
struct EndedChild {
  int pid = 0;
  ProcessEnd end;
};
std::optional<EndedChild> peek_ended_child();
bool has_children();

// Orphans among our descendants become our children instead of init's.
void adopt_orphans();
std::vector<int> adopted_children();  // and nobody reaped yet: children that we did not start
bool is_copy_of_us(int pid);          // it runs our program
bool has_our_user(int pid);           // so that, when we are root, no task has made it

// As `ps` and `top` show it, also of one that has ended and was not reaped; empty: there is none.
std::string process_name(int pid);
void set_process_name(const char* name);

// Signals as events, for a process of one thread: block_signals() first, then wait.
void block_signals(const std::vector<int>& signal_numbers);
// The next of them; absent when `max` has passed. Without `max` it sleeps until one comes.
std::optional<int> wait_for_signal(const std::vector<int>& signal_numbers, std::optional<Duration> max);

// The same as a descriptor, readable while one of them waits; read_available() takes them.
Result<Fd> open_signals(const std::vector<int>& signal_numbers);

int own_pid();
std::string own_program();  // a path that starts this very executable, even after its file was replaced

}  // namespace aurora::os
