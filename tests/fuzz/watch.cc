// What an API server sends: lists and watches, a line each; an empty line ends a call.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "http/line_splitter.h"
#include "json/value.h"
#include "runtime/watch_machine.h"

namespace {

struct Handler final : runtime::WatchHandler {
  void init() override {}
  void init_apply(const json::Value& object) override { seen += object.dump().size(); }
  void init_done() override {}
  void apply(const json::Value& object) override { seen += object.dump().size(); }
  void deleted(const json::Value& object) override { seen += object.dump().size(); }
  std::size_t seen = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Handler handler;
  runtime::WatchMachine machine((data[0] & 1U) != 0, handler);
  const std::size_t piece_size = 1 + data[0] / 2;
  auto call = machine.next();
  using End = runtime::WatchMachine::End;
  const auto on_line = [&](std::string_view line) {
    const auto document = json::Document::parse(line);
    if (line.empty() || !document.ok()) {
      machine.on_end(line.empty() ? kube::Result<void>() : base::Err(kube::Error{}),
                     line.size() % 2 == 0 ? End::kBrief : End::kCut);
      call = machine.next();
    } else if (std::holds_alternative<runtime::WatchMachine::ListPage>(call)) {
      machine.on_page(document->root());
      machine.on_end({}, End::kWhole);
      call = machine.next();
    } else if (std::holds_alternative<runtime::WatchMachine::Look>(call)) {
      machine.on_look(document->root());
      machine.on_end({}, End::kWhole);
      call = machine.next();
    } else if (!machine.on_event(document->root())) {
      machine.on_end({}, End::kBrief);
      call = machine.next();
    }
    return true;
  };
  http::LineSplitter splitter(1U << 16U);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, piece_size);
    if (splitter.feed(piece, on_line) != http::LineSplitter::Outcome::kMore) break;
    rest.remove_prefix(piece.size());
  }
  return 0;
}
