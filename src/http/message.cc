#include "http/message.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "base/bytes.h"
#include "http/text.h"

namespace weir::http {

namespace beast = boost::beast;

namespace {

std::unexpected<Problem> refuse(int status, std::string detail) {
  return std::unexpected(problem(status, std::move(detail)));
}

std::string_view view_of(beast::string_view text) {
  return {text.data(), text.size()};
}

std::optional<Problem> check_line(std::string_view line, std::size_t position) {
  if (line.find_first_of(std::string_view("\0\r", 2)) != std::string_view::npos) {
    return problem(400, "a bare CR or a NUL in the head");
  }
  if (position > 0 && (line.starts_with(' ') || line.starts_with('\t'))) {
    return problem(400, "a folded header line");
  }
  return std::nullopt;
}

}  // namespace

std::expected<std::optional<std::size_t>, Problem> HeadScan::find(std::string_view buffer,
                                                                  std::size_t most) {
  // Anything else is no request, TLS on the wrong port for example; no need to wait for a line.
  if (!buffer.empty() && !is_token(buffer.substr(0, 1))) {
    return refuse(400, "this is not HTTP");
  }
  for (std::size_t from = line_;;) {
    const std::size_t feed = buffer.find('\n', from);
    if (feed == std::string_view::npos || feed >= most) {
      break;
    }
    if (feed == line_ || buffer[feed - 1] != '\r') {
      return refuse(400, "a bare LF in the head");
    }
    const std::string_view line = buffer.substr(line_, feed - 1 - line_);
    if (auto wrong = check_line(line, line_)) {
      return std::unexpected(std::move(*wrong));
    }
    line_ = from = feed + 1;
    if (line.empty()) {
      return feed + 1;
    }
  }
  if (buffer.size() >= most) {
    return line_ == 0 ? refuse(414, "") : refuse(431, "");
  }
  return std::nullopt;
}

/// Beast's parser, filling a Head and then a body.
class Message::Parser final : public beast::http::basic_parser<true> {
 public:
  Parser() {
    // The head is limited by HeadScan, the body by limit_body().
    header_limit(UINT32_MAX);
    body_limit(boost::none);
  }

  Head head;
  std::optional<Problem> wrong;  // why a callback stopped the parser
  std::uint64_t most_body = 0;
  std::uint64_t taken = 0;
  std::string* body = nullptr;
  std::string_view input;  // while it is read

  /// What of the head can only be judged as a whole.
  std::optional<Problem> judge();

 private:
  using error_code = beast::error_code;

  void stop(Problem why, error_code& error) {
    wrong = std::move(why);
    error = beast::http::error::bad_value;
  }
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code& error) override {
    head.method_name = view_of(method);
    head.method = method_from(view_of(method));
    head.version = version == 10 ? Head::Version::http10 : Head::Version::http11;
    auto parsed = http::parse_target(view_of(target));
    if (!parsed) {
      return stop(std::move(parsed.error()), error);
    }
    head.target = std::move(*parsed);
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    if (is_header_done_) {
      return;  // a trailer: nothing here needs one, and merging it would smuggle a field
    }
    if (head.headers.fields().size() == kMostFields) {
      return stop(problem(431, ""), error);
    }
    if (!is_field_value(view_of(value))) {
      return stop(problem(400, "a control character in a header field"), error);
    }
    head.headers.add(std::string(view_of(name)), std::string(view_of(value)));
  }
  void on_header_impl(error_code&) override { is_header_done_ = true; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view bytes, error_code& error) override {
    return take(bytes, error);
  }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view extension,
                            error_code& error) override {
    // In quotes Beast takes anything, also a line feed, where others see the end of the line.
    if (!is_field_value(view_of(extension))) {
      stop(problem(400, "a control character in a chunk extension"), error);
    } else if (size > most_body - taken) {
      stop(problem(413, ""), error);
    } else if (size == 0 && !has_good_trailers(view_of(extension))) {
      stop(problem(400, "the trailers are not well formed"), error);
    }
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                 error_code& error) override {
    return take(bytes, error);
  }
  void on_finish_impl(error_code&) override {}

  /// The trailers, held to the lines of a head. They begin behind the line that `extension` ends,
  /// and all of them are there: Beast waits for that.
  bool has_good_trailers(std::string_view extension) const {
    const std::size_t before =
        static_cast<std::size_t>(extension.data() + extension.size() - input.data());
    const std::string_view trailers = input.substr(before + std::string_view("\r\n").size());
    const auto end = HeadScan().find(trailers, trailers.size() + 1);
    return trailers.starts_with("\r\n") || (end && *end);
  }

  std::size_t take(beast::string_view bytes, error_code&) {
    CHECK(body != nullptr && bytes.size() <= most_body - taken);
    body->append(bytes.data(), bytes.size());
    taken += bytes.size();
    return bytes.size();
  }

  bool is_header_done_ = false;
};

namespace {

/// Of a list field: each member in lower case.
bool lists(const Headers& headers, std::string_view name, std::string_view member) {
  return std::ranges::any_of(headers.fields(), [&](const Field& field) {
    return equal_without_case(field.name, name) &&
           std::ranges::any_of(split(field.value, ','), [&](std::string_view item) {
             return equal_without_case(trim(item), member);
           });
  });
}

std::optional<Problem> judge_framing(Head& head) {
  const std::size_t lengths = head.headers.count("Content-Length");
  const std::size_t codings = head.headers.count("Transfer-Encoding");
  if (codings > 0) {
    if (lengths > 0 || codings > 1 || head.version == Head::Version::http10) {
      return problem(400, "the length of the body is in doubt");
    }
    if (!equal_without_case(*head.headers.find("Transfer-Encoding"), "chunked")) {
      return problem(501, "no transfer coding but chunked");
    }
    head.framing = Head::Framing::chunked;
  } else if (lengths > 0) {
    const std::string_view value = *head.headers.find("Content-Length");
    const auto length = parse_decimal(value);
    if (lengths > 1 || !length) {
      return problem(400, "the length of the body is in doubt");
    }
    head.framing = Head::Framing::length;
    head.length = *length;
  }
  return std::nullopt;
}

std::optional<Problem> judge_host(Head& head) {
  const std::size_t hosts = head.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && head.version == Head::Version::http11)) {
    return problem(400, "exactly one Host is needed");
  }
  if (hosts == 1) {
    const auto host = parse_host(*head.headers.find("Host"));
    if (!host) {
      return problem(400, "the Host is not well formed");
    }
    head.host = *host;
  }
  if (head.target.host) {
    head.host = *head.target.host;  // RFC 9112, 3.2.2: it wins
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> Message::Parser::judge() {
  if (auto why = judge_framing(head)) {
    return why;
  }
  if (auto why = judge_host(head)) {
    return why;
  }
  const bool http11 = head.version == Head::Version::http11;
  const bool close = lists(head.headers, "Connection", "close");
  const bool keep = http11 || lists(head.headers, "Connection", "keep-alive");
  head.after = keep && !close ? Head::After::keep : Head::After::close;
  if (const auto expect = head.headers.find("Expect"); expect && http11) {
    if (!equal_without_case(*expect, "100-continue")) {
      return problem(417, "no expectation but 100-continue");
    }
    head.expects = Head::Expects::go_ahead;
  }
  return std::nullopt;
}

Message::Message() : parser_(std::make_unique<Parser>()) {}
Message::~Message() = default;
Message::Message(Message&&) noexcept = default;
Message& Message::operator=(Message&&) noexcept = default;

std::expected<Head, Problem> Message::read_head(std::string_view bytes) {
  beast::error_code error;
  const std::size_t used = parser_->put({bytes.data(), bytes.size()}, error);
  if (parser_->wrong) {
    return std::unexpected(std::move(*parser_->wrong));
  }
  auto why = parser_->judge();
  if (error == beast::http::error::bad_version) {
    return refuse(505, "");
  }
  // Beast knows some framing errors too; ours say all of them in one way.
  if (error) {
    return refuse(400, why && why->status == 400 ? why->detail : "the head is not well formed");
  }
  if (why) {
    return std::unexpected(std::move(*why));
  }
  CHECK(used == bytes.size() && parser_->is_header_done());
  parser_->eager(true);
  return std::move(parser_->head);
}

std::optional<Problem> Message::limit_body(std::uint64_t most) {
  parser_->most_body = most;
  if (const auto length = parser_->content_length(); length && *length > most) {
    return problem(413, "");
  }
  return std::nullopt;
}

std::expected<Message::Step, Problem> Message::read_body(std::string_view bytes,
                                                         std::string& body) {
  if (parser_->is_done()) {
    return Step{0, Step::State::done};
  }
  parser_->body = &body;
  parser_->input = bytes;
  beast::error_code error;
  const std::size_t used = parser_->put({bytes.data(), bytes.size()}, error);
  parser_->body = nullptr;
  if (parser_->wrong) {
    return std::unexpected(std::move(*parser_->wrong));
  }
  if (error && error != beast::http::error::need_more) {
    return refuse(400, "the chunks are not well formed");
  }
  return Step{used, parser_->is_done() ? Step::State::done : Step::State::more};
}

}  // namespace weir::http
