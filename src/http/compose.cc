#include "http/compose.h"

#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "http/compress.h"
#include "http/range.h"
#include "http/text.h"

namespace weir::http {

namespace {

// A page that needs more (styles, scripts of its own origin) says so itself.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

constexpr std::string_view kOnEveryAnswer =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

constexpr std::string_view kUnderTls = "Strict-Transport-Security: max-age=31536000\r\n";

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";  // RFC 9112, 4: clients ignore it
  }
}

std::string_view cache_control(Caching caching) {
  switch (caching) {
    case Caching::no_store:
      return "no-store";
    case Caching::revalidate:
      return "public, no-cache";
    case Caching::immutable:
      return "public, max-age=31536000, immutable";
  }
  return "no-store";
}

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

/// A body that may be cut: its size, if known before.
std::optional<std::uint64_t> size_of(const Body& body) {
  struct Size {
    std::optional<std::uint64_t> operator()(const std::string& bytes) const { return bytes.size(); }
    std::optional<std::uint64_t> operator()(const std::shared_ptr<const Document>& document) const {
      return document->bytes.size();
    }
    std::optional<std::uint64_t> operator()(const Stream& stream) const { return stream.size; }
    std::optional<std::uint64_t> operator()(const Stored& stored) const { return stored.size; }
    std::optional<std::uint64_t> operator()(const std::shared_ptr<EventStream>&) const {
      return {};
    }
  };
  return std::visit(Size{}, body);
}

/// The pieces of a part of a stored body.
Pull pieces_of(Stored stored, ByteRange range) {
  return [stored = std::move(stored), range](std::string& piece) mutable -> Result<bool> {
    if (range.length == 0) {
      return false;
    }
    const std::size_t most = std::min<std::uint64_t>(range.length, kPieceBytes);
    piece = TRY(stored.read(range.first, most));
    if (piece.empty() || piece.size() > most) {
      return fail(Code::corrupt, "a stored body ends before its size");
    }
    range.first += piece.size();
    range.length -= piece.size();
    return true;
  };
}

/// Builds one Outgoing.
class Composer {
 public:
  Composer(const Asked& asked, Response response) : asked_(asked), response_(std::move(response)) {}

  std::unique_ptr<Outgoing> compose() {
    refuse_broken_fields();
    answer_conditions();
    choose_range();
    compress();
    take_body();
    frame();
    write_head();
    return std::move(out_);
  }

 private:
  /// A line break in a value would start another field or another answer.
  void refuse_broken_fields() {
    bool broken =
        response_.status < 200 || response_.status > 599 || !is_field_value(response_.etag);
    for (const Field& field : response_.headers.fields()) {
      broken = broken || !is_token(field.name) || !is_field_value(field.value);
    }
    if (broken) {
      response_ = problem_response(Error{Code::corrupt, "a header field of the answer"});
    }
  }

  void answer_conditions() {
    if (response_.status == 200 &&
        matches_etag(asked_.if_none_match, response_.etag, Comparison::weak)) {
      response_.status = 304;
      response_.body = std::string();
      // A cache renews what it holds under the very tag that it sent (RFC 9111, 4.3.4).
      const std::string packed = response_.etag + std::string(kGzipTag);
      if (matches_etag(asked_.if_none_match, packed, Comparison::weak) &&
          trim(asked_.if_none_match) != "*") {
        response_.etag = packed;
      }
    }
  }

  bool is_range_wanted() const {
    if (asked_.range.empty() || response_.status != 200) {
      return false;
    }
    return asked_.if_range.empty() ||
           matches_etag(asked_.if_range, response_.etag, Comparison::strong);
  }

  /// Streams cannot be cut: what was read to get there would count as seen.
  void choose_range() {
    if (std::holds_alternative<Stream>(response_.body) ||
        std::holds_alternative<std::shared_ptr<EventStream>>(response_.body)) {
      return;
    }
    const std::uint64_t size = size_of(response_.body).value_or(0);
    range_ = {0, size};
    if (response_.status != 200) {
      return;
    }
    response_.headers.add("Accept-Ranges", "bytes");
    if (!is_range_wanted()) {
      return;
    }
    const RangeAnswer answer = parse_range(asked_.range, size);
    switch (answer.kind) {
      case RangeAnswer::Kind::whole:
        return;
      case RangeAnswer::Kind::part:
        response_.status = 206;
        range_ = answer.range;
        response_.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range_.first,
                                                           range_.first + range_.length - 1, size));
        return;
      case RangeAnswer::Kind::unsatisfied:
        response_ = problem_response(problem(416, ""));
        response_.headers.add("Content-Range", fmt::format("bytes */{}", size));
        range_ = {0, size_of(response_.body).value_or(0)};
        return;
    }
  }

  /// Only what everybody may see (http.h, invariant 2), whole, and not packed already.
  void compress() {
    if (response_.caching == Caching::no_store ||
        (response_.status != 200 && response_.status != 304) ||
        response_.headers.find("Content-Encoding") ||
        std::holds_alternative<Stored>(response_.body)) {
      return;
    }
    const std::string_view type = response_.headers.find("Content-Type").value_or("");
    const std::uint64_t size = size_of(response_.body).value_or(kLeastCompressedBytes);
    if (!is_compressible(type, response_.status == 304 ? kLeastCompressedBytes : size)) {
      return;
    }
    response_.headers.add("Vary", "Accept-Encoding");
    if (response_.status == 304 || !accepts_gzip(asked_.accept_encoding)) {
      return;
    }
    if (auto* bytes = std::get_if<std::string>(&response_.body)) {
      *bytes = gzip(*bytes);
      range_ = {0, bytes->size()};
    } else if (auto* stream = std::get_if<Stream>(&response_.body)) {
      *stream = Stream{gzip(std::move(stream->next))};
    } else if (auto* document = std::get_if<std::shared_ptr<const Document>>(&response_.body)) {
      if ((*document)->gzip.empty()) {
        return;
      }
      is_packed_document_ = true;
      range_ = {0, (*document)->gzip.size()};
    } else {
      return;
    }
    response_.headers.add("Content-Encoding", "gzip");
    response_.etag += response_.etag.empty() ? "" : kGzipTag;
  }

  void take_body() {
    Body& body = response_.body;
    if (auto* bytes = std::get_if<std::string>(&body)) {
      out_->owned = std::move(*bytes);
      out_->bytes = std::string_view(out_->owned).substr(range_.first, range_.length);
    } else if (auto* document = std::get_if<std::shared_ptr<const Document>>(&body)) {
      out_->document = std::move(*document);
      const std::string& whole = is_packed_document_ ? out_->document->gzip : out_->document->bytes;
      out_->bytes = std::string_view(whole).substr(range_.first, range_.length);
    } else if (auto* stream = std::get_if<Stream>(&body)) {
      out_->length = stream->size;
      out_->pieces = std::move(stream->next);
    } else if (auto* stored = std::get_if<Stored>(&body)) {
      out_->length = range_.length;
      out_->pieces = pieces_of(std::move(*stored), range_);
    } else if (auto* events = std::get_if<std::shared_ptr<EventStream>>(&body)) {
      out_->events = std::move(*events);
      response_.headers.set("Content-Type", "text/event-stream");
      response_.caching = Caching::no_store;
    }
  }

  void frame() {
    using Framing = Outgoing::Framing;
    out_->after = asked_.after;
    const bool known = out_->length || (!out_->pieces && !out_->events);
    if (known) {
      const std::uint64_t length = out_->pieces ? *out_->length : out_->bytes.size();
      if (!has_no_body(response_.status)) {
        response_.headers.set("Content-Length", std::to_string(length));
      }
    } else if (asked_.version == Head::Version::http11) {
      out_->framing = Framing::chunked;
      response_.headers.set("Transfer-Encoding", "chunked");
    } else {
      out_->framing = Framing::until_close;
      out_->after = Head::After::close;
    }
    if (asked_.body == Asked::Body::dropped || has_no_body(response_.status)) {
      out_->bytes = {};
      out_->pieces = nullptr;
      if (out_->events) {
        out_->events->abandon();
        out_->events = nullptr;
      }
      out_->framing = Framing::length;
    }
  }

  void write_head() {
    out_->status = response_.status;
    std::string& head = out_->head;
    head.reserve(768 + out_->bytes.size() % kPieceBytes);
    fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response_.status,
                   reason(response_.status), asked_.date);
    const Headers& headers = response_.headers;
    for (const Field& field : headers.fields()) {
      add(field.name, field.value);
    }
    if (!response_.etag.empty()) {
      add("ETag", '"' + response_.etag + '"');
    }
    if (!headers.find("Cache-Control")) {
      add("Cache-Control", cache_control(response_.caching));
    }
    if (!headers.find("Content-Security-Policy")) {
      add("Content-Security-Policy", kContentSecurityPolicy);
    }
    if (response_.caching == Caching::no_store) {
      add("Cross-Origin-Resource-Policy", "same-origin");
    }
    head += kOnEveryAnswer;
    if (asked_.scheme == Scheme::https) {
      head += kUnderTls;
    }
    add("X-Request-Id", asked_.id);
    if (out_->after == Head::After::close) {
      add("Connection", "close");
    } else if (asked_.version == Head::Version::http10) {
      add("Connection", "keep-alive");
    }
    head += "\r\n";
  }

  void add(std::string_view name, std::string_view value) {
    std::string& head = out_->head;
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }

  const Asked& asked_;
  Response response_;
  std::unique_ptr<Outgoing> out_ = std::make_unique<Outgoing>();
  ByteRange range_{};  // of a body that is not a stream
  bool is_packed_document_ = false;
};

}  // namespace

std::unique_ptr<Outgoing> compose(const Asked& asked, Response response) {
  return Composer(asked, std::move(response)).compose();
}

void append_chunk(std::string& out, std::string_view piece) {
  if (!piece.empty()) {  // an empty chunk would end the body
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
    out += piece;
    out += "\r\n";
  }
}

std::string imf_fixdate(Instant at) {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_time<milliseconds> time{milliseconds(at.ms)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace weir::http
