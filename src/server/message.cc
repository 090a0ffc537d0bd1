#include "server/message.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "base/ascii.h"
#include "base/text.h"
#include "base/time_format.h"

namespace server {
namespace {

bool fits_on_a_line(std::string_view s) {
  return s.find_first_of(std::string_view("\r\n\0", 3)) == s.npos;
}

std::size_t count(const Request& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const Header& header) { return base::equals_ignoring_case(header.first, name); }));
}

bool is_dated(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [](const Header& header) { return base::equals_ignoring_case(header.first, "Date"); });
}

/// uri-host [":" port] of RFC 3986 §3.2.2, by its characters; a comma would make it a list.
bool is_host(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) {
    return base::is_alphanumeric(c) || std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [n, value] : headers) {
    if (base::equals_ignoring_case(n, name)) return value;
  }
  return std::nullopt;
}

std::optional<Response> refusal_of(const Request& request, const Head& head) {
  if (request.header("Transfer-Encoding")) return Response{.status = 411};
  const std::string_view length = request.header("Content-Length").value_or("");
  if (!length.empty() && !base::consists_of(length, base::is_digit)) return Response{.status = 400};
  if (count(request, "Content-Length") > 1) return Response{.status = 400};
  const std::size_t hosts = count(request, "Host");
  if (hosts > 1 || (hosts == 0 && head.http_1_1)) return Response{.status = 400};
  if (hosts == 1 && !is_host(*request.header("Host"))) return Response{.status = 400};
  if (head.read_only && request.method != "GET" && request.method != "HEAD") {
    return Response{.status = 405, .headers = {{"Allow", "GET, HEAD"}}};
  }
  return std::nullopt;
}

std::string serialize(const Response& response, std::string_view method, bool keep_alive, base::SystemTime now) {
  namespace http = boost::beast::http;
  const std::string code = std::to_string(response.status);
  const std::string reason(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status))));
  std::string text = "HTTP/1.1 " + code + " " + reason + "\r\n";
  if (!is_dated(response)) text += "Date: " + base::to_http_date(now) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (fits_on_a_line(name) && fits_on_a_line(value)) text.append(name).append(": ").append(value).append("\r\n");
  }
  const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  if (!bodiless) text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  if (!keep_alive) text += "Connection: close\r\n";
  text += "\r\n";
  if (!bodiless && method != "HEAD") text += response.body;
  return text;
}

}  // namespace server
