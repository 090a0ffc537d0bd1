#include "base/secret.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace base {

void wipe(void* data, std::size_t size) {
  if (size > 0) explicit_bzero(data, size);
}

void wipe(std::string& s) {
  s.resize(s.capacity());
  wipe(s.data(), s.size());
  s.clear();
}

[[gnu::noinline]] void wipe_stack() {
  std::array<unsigned char, 4096> below{};
  wipe(below.data(), below.size());
}

Secret::Secret(std::string&& from) {
  append(from);
  wipe(from);
}

Secret Secret::copy_of(std::string_view s) {
  Secret secret;
  secret.append(s);
  return secret;
}

Secret::~Secret() {
  release();
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void Secret::append(std::string_view s) {
  if (s.empty()) return;
  if (const std::size_t size = size_ + s.size(); size > capacity_) {
    const std::size_t capacity = std::max(size, 2 * capacity_);
    char* bigger = new char[capacity];
    if (size_ > 0) std::memcpy(bigger, data_, size_);
    std::memcpy(bigger + size_, s.data(), s.size());  // before the old block is freed: `s` can be a part of it
    release();
    data_ = bigger;
    size_ = size;
    capacity_ = capacity;
    return;
  }
  std::memcpy(data_ + size_, s.data(), s.size());
  size_ += s.size();
}

void Secret::release() {
  if (data_ != nullptr) {
    wipe(data_, capacity_);
    delete[] data_;
  }
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

}  // namespace base
