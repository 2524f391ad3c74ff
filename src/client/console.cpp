#include "aurora/client/console.h"

#include <algorithm>
#include <iostream>

#include "aurora/base/printable.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

// Right-aligned to five characters, as glog's Python twin did.
std::string_view level_word(Severity severity) {
  switch (severity) {
    case Severity::Debug: return "DEBUG";
    case Severity::Info: return " INFO";
    case Severity::Warning: return " WARN";
    case Severity::Error: return "ERROR";
    case Severity::Fatal: return "FATAL";
  }
  return "     ";
}

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::Debug: return "\033[2m";
    case Severity::Info: return "\033[36m";
    case Severity::Warning: return "\033[33m";
    case Severity::Error:
    case Severity::Fatal: return "\033[31m";
  }
  return "";
}

std::string bar(int64_t done, int64_t total, int width) {
  const int64_t filled = total <= 0 ? 0 : std::clamp<int64_t>(done * width / total, 0, width);
  return "[" + std::string(static_cast<size_t>(filled), '#') + std::string(static_cast<size_t>(width - filled), '.') + "]";
}

}  // namespace

std::string_view colour_of(Tone tone) {
  switch (tone) {
    case Tone::Plain: return "";
    case Tone::Good:
    case Tone::Added: return "\033[32m";
    case Tone::Attention: return "\033[33m";
    case Tone::Bad:
    case Tone::Removed: return "\033[31m";
    case Tone::Faint: return "\033[2m";
    case Tone::Place: return "\033[36m";
  }
  return "";
}

void write_bytes(std::string_view bytes) {
  std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  std::cout << std::flush;
}

Console::Console(std::ostream& out, std::ostream& err, ConsoleConfig config) : out_(out), err_(err), config_(config) {}

Console::~Console() { clear_progress(); }

void Console::log(Severity severity, std::string_view text) {
  if (config_.is_quiet || severity < config_.lowest) return;
  erase_line();
  if (config_.has_colour) {
    err_ << colour_of(severity) << level_word(severity) << "]\033[0m " << printable(text) << '\n';
  } else {
    err_ << level_word(severity) << "] " << printable(text) << '\n';
  }
  err_ << progress_ << std::flush;
}

void Console::print(std::string_view line) {
  erase_line();
  out_ << printable(line) << '\n' << std::flush;
  err_ << progress_ << std::flush;
}

void Console::print(Tone tone, std::string_view line) {
  const std::string_view colour = config_.has_colour_out ? colour_of(tone) : "";
  if (colour.empty()) return print(line);
  erase_line();
  out_ << colour << printable(line) << "\033[0m\n" << std::flush;
  err_ << progress_ << std::flush;
}

void Console::write(std::string_view text) { out_ << printable(text) << std::flush; }

void Console::print_error(std::string_view line) {
  erase_line();
  err_ << printable(line) << '\n' << progress_ << std::flush;
}

void Console::show_progress(std::string_view label, int64_t done, int64_t total) {
  if (!config_.is_terminal || config_.is_quiet) return;
  const std::string count = " " + std::to_string(done) + "/" + std::to_string(total);
  const int room = config_.columns - 1 - static_cast<int>(label.size() + count.size()) - 3;
  std::string line = printable(label);
  if (room >= 5) line += " " + bar(done, total, std::min(room, 30));
  // A line that wraps could not be erased.
  line = cut(line, static_cast<size_t>(std::max(0, config_.columns - 1 - static_cast<int>(count.size()))));
  line += count;
  if (line == progress_) return;
  erase_line();
  progress_ = line;
  err_ << progress_ << std::flush;
}

void Console::clear_progress() {
  erase_line();
  progress_.clear();
}

void Console::erase_line() {
  if (!progress_.empty()) err_ << "\r\033[K" << std::flush;
}

}  // namespace aurora::client
