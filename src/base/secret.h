#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

/// Overwrites memory in a way that the compiler does not remove.
void wipe(void* data, std::size_t size);

/// Wipes and empties a string, its whole capacity included.
void wipe(std::string& s);

/// Overwrites the 4 KiB of stack below the caller: what functions that have returned left there.
void wipe_stack();

/// Key material or a password, in one heap block that is wiped when it is replaced or destroyed. A move keeps the
/// block; copies are only made explicitly, with clone(). Never printed: there is no conversion to std::string.
class Secret {
 public:
  Secret() = default;
  /// Moves the characters and wipes the source.
  explicit Secret(std::string&& from);
  static Secret copy_of(std::string_view s);
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  Secret clone() const { return copy_of(view()); }
  std::string_view view() const { return {data_, size_}; }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// Appends `s`, which can be a part of this secret. If the block has to grow, the old one is wiped.
  void append(std::string_view s);

 private:
  void release();
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace base
