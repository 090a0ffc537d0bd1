#include "validate/json_text.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "json/writer.h"

namespace validate {
namespace {

constexpr std::size_t kMaxDepth = 256;

class Parser {
 public:
  Parser(std::string_view text, std::size_t first_line) : rest_(text), line_(first_line) {}

  std::optional<std::vector<YamlPointer>> run() {
    std::vector<YamlPointer> roots;
    for (skip_space(); !rest_.empty(); skip_space()) {
      if (rest_.front() != '{') return std::nullopt;
      YamlPointer root = value(0);
      if (!root) return std::nullopt;
      roots.push_back(std::move(root));
    }
    return roots;
  }

 private:
  void skip_space() {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\n' || rest_.front() == '\r')) {
      if (rest_.front() == '\n') ++line_;
      rest_.remove_prefix(1);
    }
  }

  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::shared_ptr<YamlNode> node(YamlNode::Type type) const {
    auto made = std::make_shared<YamlNode>();
    made->type = type;
    made->line = line_;
    return made;
  }

  /// Null if it is not JSON.
  YamlPointer value(std::size_t depth) {
    skip_space();
    if (rest_.empty() || depth > kMaxDepth) return nullptr;
    switch (rest_.front()) {
      case '{':
        return map(depth);
      case '[':
        return sequence(depth);
      case '"': {
        auto made = node(YamlNode::Type::kString);
        return string(made->text) ? made : nullptr;
      }
      default:
        return word();
    }
  }

  YamlPointer map(std::size_t depth) {
    auto made = node(YamlNode::Type::kMap);
    take('{');
    if (take('}')) return made;
    do {
      skip_space();
      YamlNode::Member member;
      member.line = line_;
      if (!string(member.key) || !take(':')) return nullptr;
      member.value = value(depth + 1);
      // If a name occurs twice, it is unknown which value is meant.
      if (!member.value || made->find(member.key) != nullptr) return nullptr;
      made->size += member.value->size;
      made->members.push_back(std::move(member));
    } while (take(','));
    return take('}') ? made : nullptr;
  }

  YamlPointer sequence(std::size_t depth) {
    auto made = node(YamlNode::Type::kSequence);
    take('[');
    if (take(']')) return made;
    do {
      YamlPointer item = value(depth + 1);
      if (!item) return nullptr;
      made->size += item->size;
      made->items.push_back(std::move(item));
    } while (take(','));
    return take(']') ? made : nullptr;
  }

  /// A number, true, false or null.
  YamlPointer word() {
    const std::size_t end = std::min(rest_.find_first_of(" \t\r\n,]}"), rest_.size());
    const std::string_view text = rest_.substr(0, end);
    YamlNode::Type type = YamlNode::Type::kNull;
    if (text == "true" || text == "false") {
      type = YamlNode::Type::kBoolean;
    } else if (text != "null") {
      const bool number = !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9')) &&
                          text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
      if (!number) return nullptr;
      type = text.find_first_of(".eE") == std::string_view::npos ? YamlNode::Type::kInteger : YamlNode::Type::kNumber;
    }
    auto made = node(type);
    made->text = text;
    rest_.remove_prefix(end);
    return made;
  }

  /// The four digits of \uXXXX at the beginning of `rest_`; -1 if they are not there.
  int code_unit() {
    if (rest_.size() < 4) return -1;
    int code = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const int digit = base::hex_digit(rest_[i]);
      if (digit < 0) return -1;
      code = code * 16 + digit;
    }
    rest_.remove_prefix(4);
    return code;
  }

  static void append(std::string& out, unsigned code) {
    const auto byte = [&](unsigned b) { out += static_cast<char>(b); };
    if (code < 0x80) {
      byte(code);
    } else if (code < 0x800) {
      byte(0xC0U | (code >> 6U));
      byte(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
      byte(0xE0U | (code >> 12U));
      byte(0x80U | ((code >> 6U) & 0x3FU));
      byte(0x80U | (code & 0x3FU));
    } else {
      byte(0xF0U | (code >> 18U));
      byte(0x80U | ((code >> 12U) & 0x3FU));
      byte(0x80U | ((code >> 6U) & 0x3FU));
      byte(0x80U | (code & 0x3FU));
    }
  }

  /// Reads the text after "\u". Half of a surrogate pair becomes U+FFFD, as in Go.
  bool unicode(std::string& out) {
    const int first = code_unit();
    if (first < 0) return false;
    auto code = static_cast<unsigned>(first);
    constexpr unsigned kUnknown = 0xFFFD;
    if (code >= 0xD800 && code < 0xDC00) {
      const std::string_view before = rest_;
      unsigned low = 0;
      if (rest_.starts_with("\\u")) {
        rest_.remove_prefix(2);
        const int second = code_unit();
        if (second < 0) return false;
        low = static_cast<unsigned>(second);
      }
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
      } else {
        rest_ = before;
        code = kUnknown;
      }
    } else if (code >= 0xDC00 && code < 0xE000) {
      code = kUnknown;
    }
    append(out, code);
    return true;
  }

  bool string(std::string& out) {
    if (rest_.empty() || rest_.front() != '"') return false;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (rest_.empty()) return false;
      const char escape = rest_.front();
      rest_.remove_prefix(1);
      constexpr std::string_view kEscapes = "\"\\/bfnrt";
      constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
      if (const std::size_t at = kEscapes.find(escape); at != std::string_view::npos) {
        out += kMeanings[at];
      } else if (escape != 'u' || !unicode(out)) {
        return false;
      }
    }
    return false;
  }

  std::string_view rest_;
  std::size_t line_;
};

void write(json::Writer& out, const YamlNode& value) {
  switch (value.type) {
    case YamlNode::Type::kNull:
      out.null();
      break;
    case YamlNode::Type::kBoolean:
      out.value(value.is_true());
      break;
    case YamlNode::Type::kInteger:
      out.value(value.integer());
      break;
    case YamlNode::Type::kNumber:
    case YamlNode::Type::kString:
      out.value(value.text);
      break;
    case YamlNode::Type::kSequence:
      out.begin_array();
      for (const YamlPointer& item : value.items) write(out, *item);
      out.end_array();
      break;
    case YamlNode::Type::kMap:
      out.begin_object();
      for (const YamlNode::Member& member : value.members) write(out.key(member.key), *member.value);
      out.end_object();
      break;
  }
}

}  // namespace

std::string to_json(const YamlNode& value) {
  json::Writer out;
  write(out, value);
  return out.take();
}

std::optional<std::vector<YamlPointer>> parse_json(std::string_view text, std::size_t first_line) {
  return Parser(text, first_line).run();
}

}  // namespace validate
