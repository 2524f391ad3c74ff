#include "api/page_routes.h"

#include "api/etag.h"
#include "aurora/api/html.h"
#include "api/http_status.h"
#include "aurora/base/assets.h"
#include "aurora/base/split.h"

namespace aurora::api {
namespace {

constexpr char kEndOfBody[] = "</body>";
constexpr char kModeTag[] = R"(name="aurora-mode" content="scheduler")";
// Scripts only from ourselves, nobody may frame us. Styles may be inline: rows set widths of bars.
constexpr char kPolicy[] =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

bool is_unchanged(const net::Request& request, std::string_view etag) {
  const auto known = request.headers.find("if-none-match");
  return known != request.headers.end() && names_tag(known->second, etag);
}

// Whether Accept-Encoding names gzip, with no weight of zero (RFC 9110 §12.5.3).
bool takes_gzip(const net::Request& request) {
  const auto accepted = request.headers.find("accept-encoding");
  if (accepted == request.headers.end()) return false;
  for (std::string coding : split(accepted->second, ',')) {
    std::erase_if(coding, [](char c) { return c == ' ' || c == '\t'; });
    const std::string weight = coding.starts_with("gzip;q=") ? coding.substr(7) : coding == "gzip" ? "1" : "0";
    if (weight.find_first_not_of("0.") != std::string::npos) return true;
  }
  return false;
}

// Each form of a file has a tag of its own (RFC 9110 §8.8.3.3).
std::string gzip_tag(std::string_view etag) { return std::string(etag.substr(0, etag.size() - 1)) + "-gzip\""; }

net::Response answer_asset(const net::Request& request) {
  const std::optional<Asset> asset = find_asset("web" + request.path);
  if (!asset) return to_response({ErrorCode::NotFound, "There is nothing at " + request.path});
  const bool is_gzipped = !asset->gzipped.empty() && takes_gzip(request);
  const std::string etag = is_gzipped ? gzip_tag(asset->etag) : std::string(asset->etag);
  net::Response response;
  response.headers = {{"ETag", etag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}};
  if (is_unchanged(request, etag)) {
    response.status = 304;
    return response;
  }
  if (is_gzipped) response.headers.emplace("Content-Encoding", "gzip");
  response.content_type = asset->content_type;
  response.body = is_gzipped ? asset->gzipped : asset->bytes;
  return response;
}

net::Response answer_favicon(const net::Request&) {
  return {.status = 303, .headers = {{"Location", "/assets/aurora.svg"}}};
}

net::Response answer_page(std::string page, const Result<std::string>& plain) {
  if (page.empty())
    return to_response({ErrorCode::NotFound, "This executable was built without its web pages"});
  const std::string text = plain.ok() ? *plain : "<p>" + escape_html(plain.error().message) + "</p>";
  const size_t at = page.find(kEndOfBody);
  if (!text.empty() && at != std::string::npos) page.insert(at, "<noscript>" + text + "</noscript>");
  return {.status = plain.ok() ? 200 : http_status(plain.error().code),
          .content_type = "text/html; charset=utf-8",
          .body = std::move(page),
          .headers = {{"Cache-Control", "no-cache"}, {"Content-Security-Policy", kPolicy}}};
}

std::string make_page(const std::string& mode) {
  const std::optional<Asset> asset = find_asset("web/index.html");
  if (!asset) return {};
  std::string page(asset->bytes);
  const std::string tag = kModeTag;
  const size_t at = page.find(tag);
  if (at != std::string::npos) page.replace(at, tag.size(), R"(name="aurora-mode" content=")" + mode + '"');
  return page;
}

}  // namespace

std::vector<net::Route> page_routes(const std::string& mode, const std::vector<PageAddress>& addresses) {
  const std::string page = make_page(mode);
  std::vector<net::Route> routes = {{"GET", "/assets/{path...}", answer_asset},
                                    {"GET", "/favicon.ico", answer_favicon}};
  for (const PageAddress& address : addresses) {
    routes.push_back({"GET", address.pattern, [page, plain = address.plain](const net::Request& request) {
                        return answer_page(page, plain ? plain(request) : std::string());
                      }});
  }
  return routes;
}

}  // namespace aurora::api
