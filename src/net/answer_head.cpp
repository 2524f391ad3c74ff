#include "net/answer_head.h"

#include <string_view>

namespace aurora::net {
namespace {

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 206: return "Partial Content";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Payload Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value) head += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
  head += "\r\n";
}

}  // namespace

std::string answer_head(const Response& response, const AnswerForm& form) {
  constexpr size_t kUsualBytes = 256;
  constexpr size_t kShortBody = 1024;  // it will follow in the same text
  std::string head;
  head.reserve(kUsualBytes + (response.body.size() <= kShortBody ? response.body.size() : 0));
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += reason_of(response.status);
  head += "\r\n";
  for (const auto& [name, value] : response.headers) add_field(head, name, value);
  if (form.is_stream || form.is_chunked || !response.body.empty()) add_field(head, "Content-Type", response.content_type);
  if (form.is_chunked) {
    add_field(head, "Transfer-Encoding", "chunked");
  } else if (form.is_stream) {
    if (response.content_length) add_field(head, "Content-Length", std::to_string(*response.content_length));
  } else if (response.status != 304) {
    add_field(head, "Content-Length", std::to_string(response.body.size()));
  }
  add_field(head, "X-Content-Type-Options", "nosniff");
  if (form.closes) {
    add_field(head, "Connection", "close");
  } else if (form.is_http_1_0) {
    add_field(head, "Connection", "keep-alive");
  }
  if (!form.closes && form.kept_ms >= 1000)
    add_field(head, "Keep-Alive", "timeout=" + std::to_string(form.kept_ms / 1000));
  head += "\r\n";
  return head;
}

}  // namespace aurora::net
