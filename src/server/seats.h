#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

#include "os/mutex.h"

namespace server {

/// Limits the number of connections, in total and for each client address: at most half of all. A new connection is
/// never rejected. If there is no free seat, the connection that has been without a complete request for the longest
/// time is closed: of the same address if that has its half, otherwise of the address with the most connections. So
/// idle connections cannot block new ones. Thread-safe.
class Seats {
 public:
  using Id = std::uint64_t;

  /// `seats` is at least 2.
  explicit Seats(std::size_t seats) : seats_(seats) {}

  /// Takes a seat for a connection from `address`. `end` is called at most once, from take() of another connection: the
  /// connection has lost its seat and must be closed.
  Id take(const std::string& address, std::function<void()> end) EXCLUDES(mutex_);
  /// A complete request was received.
  void refresh(Id id) EXCLUDES(mutex_);
  /// Has no effect if the seat is already lost.
  void leave(Id id) EXCLUDES(mutex_);

 private:
  struct Seat {
    Id id;
    std::string address;
    std::function<void()> end;
  };
  using Order = std::list<Seat>;

  bool is_full_for(const std::string& address) REQUIRES(mutex_);
  std::string crowd(const std::string& newcomer) REQUIRES(mutex_);
  Seat remove(Order::iterator seat) REQUIRES(mutex_);

  const std::size_t seats_;
  os::Mutex mutex_;
  Id last_ GUARDED_BY(mutex_) = 0;
  Order order_ GUARDED_BY(mutex_);  // the one that has been without a complete request for the longest time comes first
  std::unordered_map<Id, Order::iterator> by_id_ GUARDED_BY(mutex_);
  std::map<std::string, std::size_t> of_address_ GUARDED_BY(mutex_);
};

}  // namespace server
