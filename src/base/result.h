#pragma once

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace base {

/// Wraps an error so that it converts to any Result with that error type: `return Err(Error{…});`.
template <class E>
struct Err {
  explicit Err(E e) : error(std::move(e)) {}
  E error;
};

/// A value of type T, or the error that explains why there is none. Each layer has its own error type E, a plain value.
/// Does not throw; accessing the value of an error, or the error of a value, is a programming error and aborts.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  using Value = T;
  using Error = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  template <class F, class = std::enable_if_t<std::is_constructible_v<E, F>>>
  Result(Err<F> err) : state_(std::in_place_index<1>, std::move(err.error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return get<0>(state_); }
  const T& value() const& { return get<0>(state_); }
  T&& value() && { return std::move(get<0>(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const& { return get<1>(state_); }
  E&& error() && { return std::move(get<1>(state_)); }

 private:
  template <std::size_t I, class State>
  static auto& get(State& state) {
    auto* side = std::get_if<I>(&state);
    if (side == nullptr) std::abort();
    return *side;
  }
  std::variant<T, E> state_;
};

/// Success without a value.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  template <class F, class = std::enable_if_t<std::is_constructible_v<E, F>>>
  Result(Err<F> err) : error_(std::move(err.error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const E& error() const& {
    if (ok()) std::abort();
    return *error_;
  }
  E&& error() && {
    if (ok()) std::abort();
    return std::move(*error_);
  }

 private:
  std::optional<E> error_;
};

}  // namespace base
