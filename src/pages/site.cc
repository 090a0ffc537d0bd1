#include "pages/site.h"

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "pages/look.h"

namespace pages {

Site::Site(std::vector<File> own) : files_(std::move(own)) {
  files_.push_back({"/look.css", "text/css; charset=utf-8", kLook});
  files_.push_back({"/page.js", "text/javascript; charset=utf-8", kScript});
  files_.push_back({"/icon.svg", "image/svg+xml", kIcon});
}

std::optional<server::Response> Site::answer(const server::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const auto file = std::find_if(files_.begin(), files_.end(), [&](const File& f) { return f.path == path; });
  if (file == files_.end()) return std::nullopt;
  return respond(request, file->type, std::string(file->text));
}

server::Response respond(const server::Request& request, std::string_view type, std::string text) {
  const std::string tag = '"' + base::sha256_hex(text).substr(0, 32) + '"';
  server::Response response{
      .headers = {{"Content-Type", std::string(type)},
                  {"ETag", tag},
                  {"Cache-Control", "no-cache"},
                  {"Content-Security-Policy",
                   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Referrer-Policy", "no-referrer"},
                  {"Cross-Origin-Opener-Policy", "same-origin"},
                  {"Cross-Origin-Resource-Policy", "same-origin"}}};
  if (request.header("If-None-Match") == tag) {
    response.status = 304;
  } else {
    response.body = std::move(text);
  }
  return response;
}

}  // namespace pages
