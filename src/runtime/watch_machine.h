#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "json/value.h"
#include "kube/api.h"
#include "runtime/watch_handler.h"

namespace runtime {

/// Decides the next call of a Reflector and processes the responses: a state machine without threads, time or I/O (like
/// the watcher of kube-rs). Use: make the call that next() returns, pass its results to on_page and on_event, then call
/// on_end.
class WatchMachine {
 public:
  enum class State {
    kEmpty,         ///< nothing is known, or the known state cannot be continued
    kInitPage,      ///< between two pages of a list
    kInitialWatch,  ///< a streaming list is in progress
    kWatching,      ///< the state at a resourceVersion is known
  };

  /// The calls.
  struct ListPage {
    std::string continue_token;
  };
  struct Watch {
    std::string resource_version;
    bool initial_events;
  };
  /// A list of one object: shows whether the versions of the server have gone back since, as after a restore of etcd. A
  /// watch from a future version returns nothing, and does not report this.
  struct Look {};
  using Call = std::variant<ListPage, Watch, Look>;

  /// How a watch ended.
  enum class End {
    kBrief,  ///< within a second
    kCut,    ///< before its timeout
    kWhole,  ///< at its timeout
  };

  /// How long to wait before the next call.
  enum class Pause {
    kNone,
    kBackoff,
    kNotInstalled,  ///< the resource does not exist, which can change at any time
  };
  struct Next {
    Pause pause = Pause::kNone;
    std::optional<kube::Error> error;  ///< the error, for the log
  };

  /// `stream`: get the initial state with a streaming list if the server supports it.
  WatchMachine(bool stream, WatchHandler& handler) : handler_(handler), stream_(stream) {}

  Call next();
  void on_page(const json::Value& list);
  void on_look(const json::Value& list);
  /// Returns false to end the watch.
  bool on_event(const json::Value& event);
  /// The call has ended; `end` is used for a watch only.
  Next on_end(const kube::Result<void>& result, End end);

  State state() const { return state_; }

 private:
  void begin_init();
  void finish_init();
  void start_over();
  Next after_initial_watch(const std::optional<kube::Error>& error);
  Next after_watch(const std::optional<kube::Error>& error, End end);

  WatchHandler& handler_;
  bool stream_;  // false after the server has reported that it does not support it
  State state_ = State::kEmpty;
  std::string continue_token_;
  std::string resource_version_;
  bool init_begun_ = false;
  std::map<std::string, std::string> deleted_in_init_;  // key → object
  std::optional<kube::Error> stream_error_;             // reported inside the watch
  bool heard_ = false;                                  // this watch returned something
  int barren_watches_ = 0;                              // consecutive watches that returned nothing
  bool cut_off_ = false;                                // since the last Look: another server may respond
  bool looking_ = false;                                // the call is a Look
  bool listing_ = false;  // the call is part of a list, which ends a watch when it is complete
  int cut_streams_ = 0;   // consecutive streaming lists that ended before their end
};

}  // namespace runtime
