#include "client/diff_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "aurora/base/printable.h"
#include "aurora/base/split.h"

extern char** environ;

namespace aurora::client {
namespace {

constexpr size_t kLinesMax = 4000;  // the table below is quadratic

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

// length[i][j]: the longest common subsequence of left[i..] and right[j..].
using Table = std::vector<std::vector<uint16_t>>;
Table common_lengths(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  Table length(left.size() + 1, std::vector<uint16_t>(right.size() + 1, 0));
  for (size_t i = left.size(); i-- > 0;) {
    for (size_t j = right.size(); j-- > 0;) {
      length[i][j] = left[i] == right[j] ? static_cast<uint16_t>(length[i + 1][j + 1] + 1)
                                         : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length;
}

std::string range(size_t first, size_t last) {  // of lines, from 1
  return last <= first ? std::to_string(last) : std::to_string(first) + "," + std::to_string(last);
}

std::string hunk(const std::vector<std::string>& left, size_t i, size_t i_end, const std::vector<std::string>& right, size_t j,
                 size_t j_end) {
  const bool has_left = i < i_end;
  const bool has_right = j < j_end;
  std::string text = has_left ? range(i + 1, i_end) : std::to_string(i);
  text += has_left && has_right ? "c" : has_left ? "d" : "a";
  text += (has_right ? range(j + 1, j_end) : std::to_string(j)) + "\n";
  for (size_t k = i; k < i_end; ++k) text += "< " + left[k] + "\n";
  if (has_left && has_right) text += "---\n";
  for (size_t k = j; k < j_end; ++k) text += "> " + right[k] + "\n";
  return text;
}

// A file that goes away with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int file = mkstemp(path_);
    if (file < 0) return;
    size_t written = 0;
    while (written < text.size()) {
      const ssize_t n = ::write(file, text.data() + written, text.size() - written);
      if (n < 0 && errno != EINTR) break;
      if (n > 0) written += static_cast<size_t>(n);
    }
    is_good_ = written == text.size();
    close(file);
  }
  ~TemporaryFile() { unlink(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  bool is_good() const { return is_good_; }
  char* path() { return path_; }

 private:
  char path_[32] = "/tmp/aurora-diff-XXXXXX";
  bool is_good_ = false;
};

// Exit status, or -1 when there is no such program.
int run_program(const std::string& program, char* left, char* right) {
  char* const arguments[] = {const_cast<char*>(program.c_str()), left, right, nullptr};
  pid_t pid = 0;
  if (posix_spawnp(&pid, program.c_str(), nullptr, nullptr, arguments, environ) != 0) return -1;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string line_difference(const std::string& left_text, const std::string& right_text) {
  const auto left = lines_of(left_text);
  const auto right = lines_of(right_text);
  if (left == right) return "";
  if (left.size() > kLinesMax || right.size() > kLinesMax) return hunk(left, 0, left.size(), right, 0, right.size());
  const Table length = common_lengths(left, right);
  std::string text;
  size_t i = 0;
  size_t j = 0;
  while (i < left.size() || j < right.size()) {
    if (i < left.size() && j < right.size() && left[i] == right[j]) {
      ++i;
      ++j;
      continue;
    }
    const size_t i_begin = i;
    const size_t j_begin = j;
    while ((i < left.size() || j < right.size()) && !(i < left.size() && j < right.size() && left[i] == right[j])) {
      if (j == right.size() || (i < left.size() && length[i + 1][j] >= length[i][j + 1])) {
        ++i;
      } else {
        ++j;
      }
    }
    text += hunk(left, i_begin, i, right, j_begin, j);
  }
  return text;
}

Result<bool> show_difference(Session& session, const std::string& remote_text, const std::string& local_text) {
  // The program writes to the terminal itself.
  const std::string remote = printable(remote_text);
  const std::string local = printable(local_text);
  const auto chosen = session.world().variable("DIFF_VIEWER");
  const std::string program = chosen && !chosen->empty() ? *chosen : "diff";
  TemporaryFile left(remote);
  TemporaryFile right(local);
  const int status = left.is_good() && right.is_good() ? run_program(program, left.path(), right.path()) : -1;
  if (status < 0) session.console().write(line_difference(remote, local));
  if (status > 1) {
    return Error{ErrorCode::Internal, "Error running diff: " + program + " ended with status " + std::to_string(status)};
  }
  return remote_text != local_text;
}

}  // namespace aurora::client
