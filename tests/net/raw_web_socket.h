// A WebSocket's client that does as it is told, also what no client should.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "raw_socket.h"

namespace aurora::net {

inline std::string opening(const std::string& path, const std::string& more = "") {
  return "GET " + path +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         more + "\r\n";
}

constexpr int kBinary = 2;
constexpr int kPing = 9;
constexpr int kPong = 10;

// As a client sends it. `first`: FIN and the kind of the frame.
inline std::string frame(std::string_view payload, int first = 0x80 | kBinary) {
  std::string bytes(1, static_cast<char>(first));
  const size_t size = payload.size();
  if (size < 126) {
    bytes += static_cast<char>(0x80 | size);
  } else {
    const int wide = size < 65'536 ? 2 : 8;
    bytes += static_cast<char>(0x80 | (wide == 2 ? 126 : 127));
    for (int i = wide - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i) & 0xff);
  }
  const char mask[] = {1, 2, 3, 4};
  bytes.append(mask, 4);
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  return bytes;
}
inline std::string message(int number, std::string_view text) {
  return std::string(1, static_cast<char>(number)) + std::string(text);
}

struct Frame {
  int kind = 0;  // 2: a message, 8: the end, 9: a ping, 10: its answer
  std::string payload;

  int close_code() const {
    return payload.size() < 2
               ? 0
               : static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
  }
};

class RawWebSocket {
 public:
  explicit RawWebSocket(int port, const std::string& path = "/socket") : socket_(port) {
    socket_.write(opening(path));
    answer = socket_.read_answer();
  }
  void send(const std::string& bytes) { socket_.write(bytes); }
  void say(int number, std::string_view text) { send(frame(message(number, text))); }
  std::optional<Frame> read() {  // absent: the server has closed the connection
    const std::string head = socket_.read_exactly(2);
    if (head.size() < 2) return std::nullopt;
    size_t size = static_cast<unsigned char>(head[1]) & 0x7f;
    if (size >= 126) {
      const std::string wide = socket_.read_exactly(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : wide) size = size << 8 | static_cast<unsigned char>(c);
    }
    Frame read{head[0] & 0x0f, socket_.read_exactly(size)};
    return read;
  }
  // The messages of one stream, until there is this many bytes; else until the end.
  std::string read_stream(int number, size_t bytes = std::string::npos) {
    std::string all;
    while (all.size() < bytes) {
      const std::optional<Frame> next = read();
      if (!next || next->kind == 8) break;
      answer_ping(*next);
      if (next->kind == kBinary && next->payload[0] == static_cast<char>(number))
        all += next->payload.substr(1);
    }
    return all;
  }
  int read_close() {  // its code; 0: there was none
    for (;;) {
      const std::optional<Frame> next = read();
      if (!next) return 0;
      if (next->kind == 8) return next->close_code();
      answer_ping(*next);
    }
  }
  void answer_ping(const Frame& read) {
    if (read.kind == kPing) send(frame(read.payload, 0x80 | kPong));
  }
  Socket& socket() { return socket_; }

  std::string answer;

 private:
  Socket socket_;
};

}  // namespace aurora::net
