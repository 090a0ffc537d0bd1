#include "certificate/lines.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/percent.h"
#include "base/text.h"

namespace certificate {
namespace {

constexpr std::string_view kDashes = "-----";

/// The next "-----BEGIN …-----" or "-----END …-----" from `at` on: its start and its end.
std::optional<std::pair<std::size_t, std::size_t>> next_mark(std::string_view line, std::size_t at) {
  for (; (at = line.find(kDashes, at)) != std::string_view::npos; ++at) {
    const std::string_view rest = line.substr(at + kDashes.size());
    if (!rest.starts_with("BEGIN ") && !rest.starts_with("END ")) continue;
    const std::size_t label = rest.find(kDashes);
    if (label > 64) continue;  // too far away, or not found
    return std::pair(at, at + kDashes.size() + label + kDashes.size());
  }
  return std::nullopt;
}

void split_at(std::string_view text, std::string_view separator, std::vector<std::string_view>& lines) {
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    lines.push_back(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + separator.size());
  }
}

/// "MIIB… c2Vj… =": pieces of base64 with spaces between them, which were line breaks.
bool joined_by_spaces(std::string_view text) {
  std::vector<std::string_view> pieces;
  split_at(base::trim(text), " ", pieces);
  return pieces.size() > 1 && std::all_of(pieces.begin(), pieces.end(), [](std::string_view piece) {
           return base::consists_of(piece, base::is_base64);
         });
}

/// Splits a line that contains more than one BEGIN or END line.
MeantLines around_marks(std::string_view line) {
  MeantLines meant;
  bool spaces = false;
  bool adjacent = false;
  bool text = false;
  std::size_t at = 0;
  const auto between = [&](std::string_view piece) {
    piece = base::trim(piece);
    if (piece.empty()) return;
    text = true;
    if (joined_by_spaces(piece)) {
      spaces = true;
      split_at(piece, " ", meant.lines);
    } else {
      meant.lines.push_back(piece);
    }
  };
  for (auto mark = next_mark(line, 0); mark; mark = next_mark(line, at)) {
    adjacent = adjacent || (at > 0 && at == mark->first);
    between(line.substr(at, mark->first - at));
    meant.lines.push_back(line.substr(mark->first, mark->second - mark->first));
    at = mark->second;
  }
  between(line.substr(at));
  if (spaces) {
    meant.message = "the line breaks were replaced with spaces";
    meant.hint = "keep them; in YAML, use a literal block (|), not a folded block (>) or a plain value";
  } else if (adjacent && !text) {
    meant.message = "the END line and the next BEGIN line are on the same line";
    meant.hint = "insert a line break between them";
  } else {
    meant.message = "line breaks are missing: there is other text on the same line as a BEGIN or END line";
    meant.hint = "put each BEGIN and END line on a line of its own; in YAML, use a literal block (|)";
  }
  return meant;
}

}  // namespace

MeantLines meant_lines(std::string_view line, bool inside) {
  const bool marked = line.find(kDashes) != std::string_view::npos;
  if ((marked || inside) && line.find('\r') != std::string_view::npos) {
    MeantLines meant{{}, "the lines end with CR only, without LF", "convert the line breaks (tr '\\r' '\\n')"};
    split_at(line, "\r", meant.lines);
    return meant;
  }
  if ((marked || inside) && line.find("\\n") != std::string_view::npos) {
    MeantLines meant{{}, "line breaks are written as the two characters \\n", "use real line breaks"};
    split_at(line, "\\n", meant.lines);
    for (std::string_view& piece : meant.lines) {
      if (piece.ends_with("\\r")) piece.remove_suffix(2);
    }
    return meant;
  }
  if (marked) {
    const auto mark = next_mark(line, 0);
    const bool alone = mark && base::trim(line).size() == mark->second - mark->first;
    // Typographic quotes and similar characters are handled by the code that reads the BEGIN and END lines.
    const std::string_view before = mark ? line.substr(0, mark->first) : std::string_view();
    const std::string_view behind = mark ? line.substr(mark->second) : std::string_view();
    const auto clean = [](std::string_view s) {
      return s.find_first_of("\"'`-") == std::string_view::npos &&
             std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
    };
    if (mark && !alone && clean(before) && (clean(behind) || next_mark(line, mark->second))) return around_marks(line);
  }
  return {{line}, {}, {}};
}

std::string decoded_url(std::string_view text) {
  if (text.find("%0A") == std::string_view::npos && text.find("%0a") == std::string_view::npos) return {};
  std::string spaced(text);
  if (text.find("BEGIN+") != std::string_view::npos) std::replace(spaced.begin(), spaced.end(), '+', ' ');
  std::string out = base::percent_decode(spaced);
  return out.find("-----BEGIN ") != std::string::npos ? out : std::string();
}

}  // namespace certificate
