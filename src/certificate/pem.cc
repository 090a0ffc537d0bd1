#include "certificate/pem.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/text.h"
#include "certificate/formats.h"

namespace certificate {
namespace {

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/// One pass over the lines; inside a block, or between blocks.
class Reader {
 public:
  explicit Reader(Part part) : part_(part) {}

  PemText read(std::string_view text) {
    const std::string_view whole = text;
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.ends_with('\r')) {
        odd(windows_, "WindowsLineEnds", "lines end as on Windows (CR LF)", "strict readers refuse that: run dos2unix");
      }
      while (line.ends_with('\r') || line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
      if (inside_) {
        take_inside(line);
      } else {
        take_outside(line);
      }
    }
    if (inside_ && !lost_) {
      defect(block_.line, "the block that begins here has no END line", "it is cut off: copy all of it");
    }
    if (result_.blocks.empty() && defects_ == 0) {
      // What stands there is no text outside of blocks, but something else altogether.
      result_.findings.clear();
      const Explanation what = explain_no_pem(whole, part_);
      defect(0, what.message, what.hint);
    }
    if (defects_ > kMaxPemDefects) {
      Finding& last = *std::find_if(result_.findings.rbegin(), result_.findings.rend(),
                                    [](const Finding& f) { return f.severity == Severity::kError; });
      last.message = "this and " + std::to_string(defects_ - kMaxPemDefects) + " further places are damaged";
      last.hint = "copy the file anew";
    }
    return std::move(result_);
  }

 private:
  void take_outside(std::string_view line) {
    ArmorLine armor = read_armor(line);
    switch (armor.type) {
      case ArmorLine::Type::kNone:
        if (!line.empty()) {
          odd(text_, "TextOutsideBlocks", "there is text outside of the BEGIN and END lines",
              "leave only the blocks: strict readers refuse the rest");
        }
        return;
      case ArmorLine::Type::kBegin:
        begin(armor.label);
        if (armor.wrong()) {
          defect(line_, armor.message, armor.hint);
          lost_ = true;  // what follows is the inside of a block, however it begins
          // All of it may stand on that one line.
          inside_ = line.find("END") == std::string_view::npos;
        }
        return;
      case ArmorLine::Type::kEnd:
        defect(line_, "an END line without its BEGIN line", "copy the whole block, its first line too");
    }
  }

  void take_inside(std::string_view line) {
    ArmorLine armor = read_armor(line);
    if (armor.type == ArmorLine::Type::kEnd && (!armor.wrong() || line.find("BEGIN") == std::string_view::npos)) {
      return end(armor);
    }
    if (armor.type == ArmorLine::Type::kEnd) {
      if (!lost_) {
        defect(line_, "the END line and the next BEGIN line stand on one line", "put a line break between them");
      }
      begin("");
      lost_ = true;
      return;
    }
    if (armor.type == ArmorLine::Type::kBegin) {
      if (!lost_) {
        defect(
            block_.line,
            "the block that begins here has no END line before the next block begins on line " + std::to_string(line_),
            "copy all of it");
      }
      inside_ = false;
      return take_outside(line);
    }
    if (lost_) return;
    if (body_.empty() && line.find(": ") != std::string_view::npos) {
      block_.headers.append(line);
      block_.headers += '\n';
      return;
    }
    if (line.empty() ? block_.headers.empty() || !body_.empty() : line.front() == ' ' || line.front() == '\t') {
      odd(whitespace_, "PemWhitespace", "an indented or empty line stands inside of a block",
          "strict readers refuse that: remove the space");
    }
    take_base64(base::trim(line));
  }

  void take_base64(std::string_view line) {
    if (bad_line_ == 0 && !std::all_of(line.begin(), line.end(), is_base64)) bad_line_ = line_;
    body_.append(line);
  }

  void begin(const std::string& label) {
    inside_ = true;
    lost_ = false;
    block_ = PemBlock{kind_of(label), label, line_, {}, {}};
    body_ = base::Secret();
    bad_line_ = 0;
  }

  void end(const ArmorLine& armor) {
    inside_ = false;
    if (armor.wrong()) return defect(line_, armor.message, armor.hint);
    if (lost_) return;
    if (armor.label == block_.label) return finish();
    defect(line_, "the END line is not that of the block that begins on line " + std::to_string(block_.line),
           "copy both blocks anew, each whole");
  }

  void finish() {
    const std::string begins = std::to_string(block_.line);
    if (bad_line_ != 0) {
      return defect(bad_line_, "a character that is not base64, in the block that begins on line " + begins,
                    "copy the block anew");
    }
    if (body_.empty()) return defect(block_.line, "the block that begins here is empty", "copy all of it");
    auto der = base::base64_decode_secret(body_.view());
    if (!der) {
      return defect(line_, "the base64 of the block that begins on line " + begins + " is broken before this line",
                    "characters are missing or too many: copy the block anew");
    }
    block_.der = std::move(*der);
    result_.blocks.push_back(std::move(block_));
  }

  void defect(std::size_t line, std::string message, std::string hint) {
    if (++defects_ > kMaxPemDefects) return;
    result_.findings.push_back({Severity::kError, part_, unreadable(part_), line, std::move(message), std::move(hint)});
  }

  /// A warning for the first place of its kind.
  void odd(bool& seen, const char* reason, const char* message, const char* hint) {
    if (std::exchange(seen, true)) return;
    result_.findings.push_back({Severity::kWarning, part_, reason, line_, message, hint});
  }

  const Part part_;
  PemText result_;
  std::size_t defects_ = 0;
  std::size_t line_ = 0;
  bool windows_ = false;
  bool whitespace_ = false;
  bool text_ = false;
  bool inside_ = false;
  bool lost_ = false;  ///< the block has a defect already: only its end is looked for
  PemBlock block_;
  base::Secret body_;
  std::size_t bad_line_ = 0;
};

}  // namespace

PemText read_pem(std::string_view text, Part part) {
  return Reader(part).read(text);
}

}  // namespace certificate
