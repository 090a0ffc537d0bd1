#include "http/request_rules.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/ascii.h"
#include "base/text.h"

namespace http {
namespace {

bool is_token(std::string_view s) {
  return base::consists_of(s, [](char c) {
    return base::is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// RFC 9110 §5.5, without the obsolete forms.
bool is_field_value(std::string_view s) {
  return std::none_of(s.begin(), s.end(),
                      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0 && c != '\t'; });
}

// What says where a message ends belongs to the transport.
bool is_framing(std::string_view name) {
  for (const std::string_view framing :
       {"Connection", "Content-Length", "Expect", "TE", "Transfer-Encoding", "Upgrade"}) {
    if (base::equals_ignoring_case(name, framing)) return true;
  }
  return false;
}

}  // namespace

std::string problem_of(const Request& request) {
  if (!is_token(request.method)) return "the method is not valid";
  for (const auto& [name, value] : request.headers.all()) {
    if (!is_token(name)) return "a header name is not valid";
    if (!is_field_value(value)) return "the value of the header " + name + " is not valid";
    if (is_framing(name)) return "the header " + name + " is not the caller's to set";
  }
  if (request.authorization && !is_field_value(request.authorization->view())) {
    return "the value of the header Authorization is not valid";
  }
  return {};
}

}  // namespace http
