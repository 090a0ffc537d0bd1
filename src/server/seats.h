#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

#include "base/mutex.h"

namespace server {

/// Bounds how many connections there are, and how many of one client address: at most half of all. A new connection is
/// never turned away. Without a free seat for it, the connection goes that has been without a complete request for the
/// longest time: of the same address if that has its half, else of the address that has the most. So connections on
/// which nothing happens keep nobody out. Thread-safe.
class Seats {
 public:
  using Id = std::uint64_t;

  /// `seats` is at least 2.
  explicit Seats(std::size_t seats) : seats_(seats) {}

  /// Takes a seat for a connection from `address`. `end` is called at most once, from within take() of another one: the
  /// connection has lost its seat and must end.
  Id take(const std::string& address, std::function<void()> end) EXCLUDES(mutex_);
  /// A complete request came.
  void refresh(Id id) EXCLUDES(mutex_);
  /// Does nothing if the seat is lost already.
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
  base::Mutex mutex_;
  Id last_ GUARDED_BY(mutex_) = 0;
  Order order_ GUARDED_BY(mutex_);  // the longest without a complete request first
  std::unordered_map<Id, Order::iterator> by_id_ GUARDED_BY(mutex_);
  std::map<std::string, std::size_t> of_address_ GUARDED_BY(mutex_);
};

}  // namespace server
