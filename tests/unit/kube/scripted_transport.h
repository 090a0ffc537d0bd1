#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/transport.h"

/// A transport that keeps what it is asked and answers from a list.
class ScriptedTransport final : public http::Transport {
 public:
  struct Asked {
    std::string method;
    std::string target;
    http::Headers headers;  ///< with Authorization
    std::string body;
    base::Duration deadline;
    base::Duration limit{};  ///< of a stream

    std::string header(std::string_view name) const { return std::string(headers.get(name).value_or("")); }
  };

  void answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    for (const auto& [name, value] : headers) response.headers.set(name, value);
    answers_.emplace_back(std::move(response));
  }
  void fail(http::Error::Code code) { answers_.emplace_back(base::Err(http::Error{code, "no luck"})); }
  /// A stream gets its body in these pieces.
  void answer_pieces(std::vector<std::string> pieces) {
    answer(200, "");
    pieces_ = std::move(pieces);
  }

  const Asked& asked(std::size_t i) const { return asked_.at(i); }
  const Asked& last() const { return asked_.back(); }
  std::size_t count() const { return asked_.size(); }
  std::size_t pieces_taken() const { return pieces_taken_; }

  base::Result<http::Response, http::Error> send(const http::Request& request, std::stop_token /*stop*/) override {
    note(request, {});
    return next();
  }
  base::Result<http::Response, http::Error> stream(const http::Request& request, base::Duration limit,
                                                   const http::BodySink& sink, std::stop_token /*stop*/) override {
    note(request, limit);
    auto response = next();
    if (response && response->status == 200) {
      for (const std::string& piece : pieces_) {
        ++pieces_taken_;
        if (!sink(piece)) break;
      }
    }
    return response;
  }

 private:
  void note(const http::Request& request, base::Duration limit) {
    asked_.push_back(
        {request.method, request.target, request.headers, std::string(request.body.view()), request.deadline, limit});
    if (request.authorization) asked_.back().headers.set_secret("Authorization", request.authorization->view());
  }

  base::Result<http::Response, http::Error> next() {
    if (answers_.empty()) return base::Err(http::Error{http::Error::Code::kBroken, "the script is at its end"});
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  std::deque<base::Result<http::Response, http::Error>> answers_;
  std::vector<std::string> pieces_;
  std::size_t pieces_taken_ = 0;
  std::vector<Asked> asked_;
};
