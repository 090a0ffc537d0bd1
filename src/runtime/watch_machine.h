#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "json/value.h"
#include "kube/api.h"
#include "runtime/watch_handler.h"

namespace runtime {

/// What a Reflector does next and what it makes of the answers: a state machine without threads, time or I/O (after the
/// watcher of kube-rs). Use: make the call that next() says, hand in what it brings (on_page, on_event), then on_end.
class WatchMachine {
 public:
  enum class State {
    kEmpty,         ///< nothing is known, or what is known is no ground to go on from
    kInitPage,      ///< between two pages of a list
    kInitialWatch,  ///< a streaming list is on
    kWatching,      ///< all is known as of a resourceVersion
  };

  /// The calls.
  struct ListPage {
    std::string continue_token;
  };
  struct Watch {
    std::string resource_version;
    bool initial_events;
  };
  /// A list of one object: says whether the server's versions have gone back since, as after a restore of etcd. A watch
  /// from a version that is still to come brings nothing, and says so by nothing.
  struct Look {};
  using Call = std::variant<ListPage, Watch, Look>;

  /// How a watch ended.
  enum class End {
    kBrief,  ///< within a second
    kCut,    ///< before its time
    kWhole,  ///< by its timeout
  };

  /// How long to wait before the next call.
  enum class Pause {
    kNone,
    kBackoff,
    kNotInstalled,  ///< the resource does not exist, which can change at any time
  };
  struct Next {
    Pause pause = Pause::kNone;
    std::optional<kube::Error> error;  ///< what went wrong, for the log
  };

  /// `stream`: get the first state by a streaming list where the server can do it.
  WatchMachine(bool stream, WatchHandler& handler) : handler_(handler), stream_(stream) {}

  Call next();
  void on_page(const json::Value& list);
  void on_look(const json::Value& list);
  /// False ends the watch.
  bool on_event(const json::Value& event);
  /// The call has ended; `end` counts only for a watch.
  Next on_end(const kube::Result<void>& result, End end);

  State state() const { return state_; }

 private:
  void begin_init();
  void finish_init();
  void start_over();
  Next after_initial_watch(const std::optional<kube::Error>& error);
  Next after_watch(const std::optional<kube::Error>& error, End end);

  WatchHandler& handler_;
  bool stream_;  // false for good once the server said that it cannot
  State state_ = State::kEmpty;
  std::string continue_token_;
  std::string resource_version_;
  bool init_begun_ = false;
  std::map<std::string, std::string> deleted_in_init_;  // key → object
  std::optional<kube::Error> stream_error_;             // told inside the watch
  bool heard_ = false;                                  // this watch brought something
  int barren_watches_ = 0;                              // watches in a row that brought nothing
  bool cut_off_ = false;                                // since the last look: another server may answer
  bool looking_ = false;                                // the call is a Look
  bool listing_ = false;  // the call is part of a list, which ends a watch when it is done
  int cut_streams_ = 0;   // streaming lists in a row that ended before their end
};

}  // namespace runtime
