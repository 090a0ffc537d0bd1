#include "cloud/quote.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/secret.h"
#include "base/text.h"

namespace cloud {
namespace {

bool all(std::string_view s, bool (*is)(char)) {
  return std::all_of(s.begin(), s.end(), is);
}

/// Only letters and digits, in lower case, without the BEGIN and END lines of PEM.
base::Secret essence(std::string_view text) {
  base::Secret out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with("-----")) continue;
    for (char c : line) {
      if (base::is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
      if (base::is_lower(c) || base::is_digit(c)) out.append({&c, 1});
    }
  }
  return out;
}

/// A password is short, so a small part of it matters. A private key is long, and a part this small can occur in any
/// text.
constexpr std::size_t kShort = 128;
constexpr std::size_t kOfPassword = 3;
constexpr std::size_t kOfKey = 6;

bool has_part_of(std::string_view shown, std::string_view secret) {
  const std::size_t size = std::min(secret.size(), secret.size() < kShort ? kOfPassword : kOfKey);
  if (size == 0) return false;
  for (std::size_t at = 0; at + size <= shown.size(); ++at) {
    if (secret.find(shown.substr(at, size)) != std::string_view::npos) return true;
  }
  return false;
}

bool resembles(std::string_view text, const Confidences& withheld) {
  const base::Secret shown = essence(text);
  std::string backwards(shown.view().rbegin(), shown.view().rend());
  const bool found = std::any_of(withheld.begin(), withheld.end(), [&](std::string_view confidence) {
    const base::Secret secret = essence(confidence);
    return has_part_of(shown.view(), secret.view()) || has_part_of(backwards, secret.view());
  });
  base::wipe(backwards);
  return found;
}

/// Start of the part of a text that echoes the request or its content.
std::size_t start_of_echo(std::string_view text) {
  constexpr std::array<std::string_view, 9> marks{"canonical",  "signedheaders", "authorization",
                                                  "-----begin", "/v5/",          "x-security-token",
                                                  "x-sdk-date", "private_key\"", "string to sign"};
  const std::string lower = base::to_lower(text);
  std::size_t start = lower.find_first_of("\r\n");
  for (const std::string_view mark : marks) start = std::min(start, lower.find(mark));
  return std::min(start, text.size());
}

/// "key", "Key", "KEY" or "10240", but not "kEy", which does not occur in natural language but in base64.
bool is_plain(std::string_view s) {
  constexpr std::size_t longest = 20;
  constexpr std::size_t most_digits = 5;
  if (s.empty() || s.size() > longest) return false;
  if (all(s, base::is_digit)) return s.size() <= most_digits;
  return all(s, base::is_upper) ||
         ((base::is_upper(s.front()) || base::is_lower(s.front())) && all(s.substr(1), base::is_lower));
}

/// Up to four plain parts, as in "private_key" and "Instance-Id", with punctuation around them.
bool is_word(std::string_view word) {
  constexpr std::string_view around = ".,:;!?()'\"";
  constexpr std::string_view between = "-_'/.";
  constexpr int most_parts = 4;
  const std::size_t first = word.find_first_not_of(around);
  if (first == std::string_view::npos) return word.size() <= 2;
  word = word.substr(first, word.find_last_not_of(around) - first + 1);
  for (int parts = 1; parts <= most_parts; ++parts) {
    const std::size_t end = std::min(word.find_first_of(between), word.size());
    if (!is_plain(word.substr(0, end))) return false;
    if (end == word.size()) return true;
    word.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

std::string quotable(std::string_view text, const Confidences& withheld) {
  constexpr std::string_view left_out = "…";
  constexpr std::size_t longest = 160;
  text = base::trim(text);
  if (text.starts_with('<')) return {};  // an HTML page of a proxy
  text = text.substr(0, start_of_echo(text));

  std::string out;
  bool any = false;
  while (!text.empty() && out.size() < longest) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    const bool shown = is_word(word);
    any = any || shown;
    if (!shown && out.ends_with(left_out)) continue;
    if (!out.empty()) out += ' ';
    out += shown ? word : left_out;
  }
  if (!any || resembles(out, withheld)) return {};
  out = base::truncate(out, longest);
  while (!out.empty() && std::string_view(" ,:;([{\"'").find(out.back()) != std::string_view::npos) out.pop_back();
  return out;
}

std::string code_or_empty(std::string_view code, const Confidences& withheld) {
  constexpr std::size_t longest = 12;
  constexpr std::size_t most_digits = 8;
  const std::size_t dot = code.find('.');
  const std::string_view digits = dot == std::string_view::npos ? code : code.substr(dot + 1);
  const std::string_view name = code.substr(0, dot == std::string_view::npos ? 0 : dot);
  const bool is_name =
      name.size() <= longest && all(name, [](char c) { return base::is_upper(c) || base::is_digit(c); });
  const bool is_number = !digits.empty() && digits.size() <= most_digits && all(digits, base::is_digit);
  return is_name && is_number && !resembles(code, withheld) ? std::string(code) : "";
}

std::string request_id_or_empty(std::string_view id, const Confidences& withheld) {
  constexpr std::size_t longest = 64;
  const bool is_id = !id.empty() && id.size() <= longest &&
                     all(id, [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '_' || c == '-'; });
  return is_id && !resembles(id, withheld) ? std::string(id) : "";
}

}  // namespace cloud
