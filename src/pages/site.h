#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/message.h"

namespace pages {

/// A file of a page. Its text is a part of the program.
struct File {
  std::string_view path;  ///< "/" or "/name.js"
  std::string_view type;  ///< Content-Type
  std::string_view text;
};

/// Serves the files of a page, and those that all pages share: /look.css, /page.js and /icon.svg. The browser loads
/// nothing from other servers, and runs no script and uses no style that is written in the HTML or added by an attacker
/// (Content-Security-Policy). Immutable.
class Site {
 public:
  explicit Site(std::vector<File> own);

  /// Nothing if there is no such file, or if the method is not GET or HEAD.
  std::optional<server::Response> answer(const server::Request& request) const;

 private:
  std::vector<File> files_;
};

/// Responds with `text`, which browsers must not keep without asking again: 304 without the text if `request` names the
/// same text in If-None-Match.
server::Response respond(const server::Request& request, std::string_view type, std::string text);

}  // namespace pages
