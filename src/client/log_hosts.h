// Reads logs of tasks at their hosts, each on a thread of its own, which waits there while nothing is written. While much
// is read a second one asks for other tasks of the host, so that it is at work on an answer while the other one is read.
// What is printed slowly is read slowly: of a task no more is asked for before enough was taken. take() and add_task() are
// one thread's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "aurora/net/http.h"
#include "client/log_merge.h"

namespace aurora::client {

struct LogWish {
  std::vector<std::string> processes = {};
  std::string stream = "both";
  std::string since = {};
  std::optional<int64_t> tail = {};  // of tasks that are there at the beginning: later ones are read from theirs
  bool follows = false;
  Duration patience = seconds(3);  // with a host that says nothing; then people are told, and followers do not wait for it
};

// Something to tell people: once, not with every attempt.
struct LogNotice {
  enum class Kind { HostSlow, HostSilent, HostAnswers, HostRefuses, TaskRefused };
  Kind kind = Kind::HostSilent;
  std::string host = {};
  std::string task_id = {};  // TaskRefused
  std::string text = {};     // why
  size_t tasks = 0;          // of the host
};

class LogHosts {
 public:
  // `secret`: an Authorization header for hosts that ask for one; may be empty.
  LogHosts(net::HttpClient& http, LogWish wish, std::string secret, size_t tasks_expected);
  ~LogHosts();  // waits for what is under way: seconds
  LogHosts(const LogHosts&) = delete;
  LogHosts& operator=(const LogHosts&) = delete;

  // `origin`: of its host's executor, "http://h1:8082". Hosts are asked from the next take() on, for all their tasks at once.
  void add_task(const std::string& task_id, const std::string& host, const std::string& origin);
  // It has ended, says the scheduler; if its host does not answer, nothing more is expected of it.
  void expect_end(const std::string& task_id);

  // What is next in order, up to some 100 kB; waits for it so long at the most.
  std::vector<LogPiece> take(Duration most);
  std::vector<LogNotice> take_notices();
  bool has_several_processes() const;
  bool is_over(const std::string& task_id) const;
  bool are_all_over() const;
  bool has_missing() const;  // a host did not answer, so something was not read

 private:
  struct Task {
    std::string id;
    std::string cursor = {};
    std::optional<int64_t> seen = {};
    bool has_more = true;
    bool is_later = false;  // it was added after the first take()
    bool is_over = false;
    bool is_ended = false;  // says the scheduler
    bool is_asked_for = false;  // just now
  };
  struct Host {
    std::string name;
    std::string origin;
    std::list<Task> tasks = {};
    int failures = 0;  // in a row
    int64_t until_ms = 0;
    bool is_told = false;       // that it does not answer
    bool is_slow = false;       // and it is told
    std::optional<std::chrono::steady_clock::time_point> due = {};  // by when it says something, in answer to the first thread
    bool uses_secret = false;
    bool only_polls = false;    // it lets nobody else wait
    bool is_read = false;       // the first thread asks for what there is, and does not wait for more
    bool is_helped = false;     // the second one asks
    std::condition_variable changed = {};  // there is room for more, or a task, or a thread has its answer, or it is the end
    std::thread first = {};
    std::thread second = {};
  };
  struct Question {
    std::vector<Task*> tasks = {};
    bool reads = false;     // of one of them there is more
    bool reads_all = false; // those that were not read yet are later ones
    Duration wait = {};
    int failures = 0;       // of the host before it
    std::string body = {};
  };
  void run(Host& host);
  void help(Host& host);
  void put(Host& host, Question& question, std::unique_lock<std::mutex>& lock);
  bool wants(const Task& task) const;
  Question first_question(Host& host) const;
  Question second_question(Host& host) const;
  template <typename Choose>
  Question choose_tasks(Host& host, Choose choose) const;
  std::string body_of(const Host& host, const Question& question) const;
  Result<net::Response> ask(const Host& host, const Question& question, LogAnswerReader& reader) const;
  void take_answer(Host& host, const Question& question, const Result<net::Response>& response, const Result<int64_t>& end);
  void take_news(Host& host, LogNews news);
  void take_failure(Host& host, const std::string& why);
  void note_slow();
  void note_answers(const Host& host);
  void refuse_all(Host& host, LogNotice::Kind kind, const std::string& why);
  void give_up(Host& host);
  void finish(Task& task);
  Duration pause_after(const Host& host) const;
  void pause(Host& host, Duration time, std::unique_lock<std::mutex>& lock) const;

  net::HttpClient& http_;
  const LogWish wish_;
  const std::string secret_;
  const size_t buffer_bytes_;  // of each task
  mutable std::mutex mutex_;
  std::condition_variable has_come_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;  // by origin
  std::map<std::string, Host*> host_of_;                // by task
  LogMerge merge_;
  std::vector<LogNotice> notices_;
  bool has_several_processes_ = false;
  bool has_begun_ = false;
  bool has_missing_ = false;
  bool is_stopping_ = false;
};

}  // namespace aurora::client
