// Logs and sandbox files: pieces, listings, downloads. Nothing outside the sandbox is ever opened (executor/sandbox_file.h).
#include <algorithm>
#include <cctype>
#include <cstdio>

#include "api/handler.h"
#include "api/observer.h"

namespace aurora::api {
namespace {

using executor::SandboxFile;

constexpr int64_t kDefaultLength = 50'000;
constexpr int64_t kEntriesMax = 1000;  // of a folder, in one answer

// The sandbox's own errors name paths of this machine; the user knows the path he asked for.
Error not_in_sandbox(const Error& error, const std::string& path) {
  if (error.code == ErrorCode::PermissionDenied) {
    return Error{ErrorCode::PermissionDenied, "'" + path + "' does not lead to a file in the sandbox"};
  }
  const bool is_about_task = error.message.starts_with("Unknown task_id") || error.message.starts_with("The sandbox of ");
  if (error.code == ErrorCode::NotFound && is_about_task) return error;
  return Error{ErrorCode::NotFound, "There is no '" + path + "' in the sandbox"};
}

Result<net::Response> answer_chunk(const SandboxFile& file, const net::Request& request) {
  const int64_t offset = TRY(find_int(request, "offset")).value_or(-1);
  const int64_t length = TRY(find_int(request, "length")).value_or(kDefaultLength);
  const SandboxFile::Chunk chunk = TRY(file.read_text(offset, length));
  return json_answer(codec::JsonObject()
                         .add("data", chunk.data)
                         .add("offset", chunk.offset)
                         .add("length", chunk.data.size())
                         .add("size", file.bytes())
                         .add("fileId", file.id())
                         .text());
}

// The bytes of a name as they go into a path: a name may be no text.
std::string encode_name(const std::string& name) {
  std::string encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos)) {
      encoded += c;
      continue;
    }
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", byte);
    encoded += hex;
  }
  return encoded;
}

std::string encode_listing(const std::string& path, const os::FolderPage& page) {
  codec::JsonArray array;
  for (const executor::FileEntry& entry : page.entries) {
    array.add_raw(codec::JsonObject()
                      .add("name", entry.name)
                      .add("encodedName", encode_name(entry.name))
                      .add("isDirectory", entry.is_folder)
                      .add("size", entry.bytes)
                      .add("mode", entry.mode)
                      .add("owner", entry.owner)
                      .add("modifiedMs", entry.modified)
                      .text());
  }
  return codec::JsonObject()
      .add("path", path)
      .add_raw("entries", array.text())
      .add("total", page.total)
      .add("isWhole", page.is_whole)
      .text();
}

// A viewer of files asks with its own words before it knows that this is a folder: offset -1 is the first page.
Result<net::Response> answer_listing(const SandboxFile& folder, const std::string& path, const net::Request& request) {
  const int64_t offset = TRY(find_int(request, "offset")).value_or(0);
  const int64_t limit = TRY(find_int(request, "limit")).value_or(kEntriesMax);
  if (limit < 1 || limit > kEntriesMax) {
    return Error{ErrorCode::InvalidArgument, "Query parameter 'limit' is " + std::to_string(limit) + "; use 1 to " +
                                                 std::to_string(kEntriesMax) + " and 'offset' for the next page"};
  }
  return json_answer(encode_listing(
      path, TRY(folder.list(static_cast<size_t>(std::max<int64_t>(offset, 0)), static_cast<size_t>(limit)))));
}

Result<net::Response> get_file(const ExecutorServices& services, const net::Request& request) {
  const auto rest = request.path_params.find("path");
  const std::string path = rest == request.path_params.end() ? "" : rest->second;
  const Result<SandboxFile> file = services.view.open_file(core::TaskId(param(request, "taskId")), path);
  if (!file.ok()) return not_in_sandbox(file.error(), path);
  return file->is_folder() ? answer_listing(*file, path, request) : answer_chunk(*file, request);
}

Result<net::Response> get_log(const ExecutorServices& services, const net::Request& request) {
  const std::string& run = param(request, "run");
  if (run.size() > 6 || run.find_first_not_of("0123456789") != std::string::npos) {
    return Error{ErrorCode::InvalidArgument, "'" + run + "' is not the number of a run"};
  }
  const std::string& stream = param(request, "stream");
  const Result<SandboxFile> file = services.view.open_log(core::TaskId(param(request, "taskId")), param(request, "process"),
                                                     std::stoi(run), stream);
  if (!file.ok() && file.error().message.starts_with("No such log type")) return file.error();
  if (!file.ok()) return not_in_sandbox(file.error(), param(request, "process") + "/" + run + "/" + stream);
  return answer_chunk(*file, request);
}

// Read while it is sent.
net::Response attachment(const SandboxFile& file, const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  const auto needs_quoting = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 32; };
  std::replace_if(name.begin(), name.end(), needs_quoting, '_');
  net::Response response;
  response.content_type = "application/octet-stream";
  response.headers = {{"Content-Disposition", "attachment; filename=\"" + name + "\""}};
  response.content_length = static_cast<size_t>(file.bytes());
  response.stream = [file, size = static_cast<size_t>(file.bytes())](size_t offset) {
    constexpr size_t kPiece = 256 * 1024;
    if (offset >= size) return std::string();
    const Result<std::string> piece = file.read(static_cast<int64_t>(offset), std::min(kPiece, size - offset));
    return piece.ok() ? *piece : std::string();
  };
  return response;
}

Result<net::Response> get_download(const ExecutorServices& services, const net::Request& request) {
  const std::string& path = param(request, "path");
  const Result<SandboxFile> file = services.view.open_file(core::TaskId(param(request, "taskId")), path);
  if (!file.ok()) return not_in_sandbox(file.error(), path);
  if (file->is_folder()) return Error{ErrorCode::NotFound, "No such file"};
  return attachment(*file, path);
}

}  // namespace

std::vector<net::Route> file_routes(const ExecutorServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/v1/tasks/{taskId}/processes/{process}/runs/{run}/{stream}", bind(get_log)),
      make_route("GET", "/v1/tasks/{taskId}/files", bind(get_file)),
      make_route("GET", "/v1/tasks/{taskId}/files/{path...}", bind(get_file)),
      make_route("GET", "/download/{taskId}/{path...}", bind(get_download)),
  };
}

}  // namespace aurora::api
