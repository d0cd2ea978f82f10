#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/curl.h"

namespace weir::net {
namespace {

constexpr std::size_t kMostStampBytes = 1'000;
constexpr long kLeastRate = 1;  // bytes a second

std::string stamp_path(const std::string& path) {
  return path + ".from";
}

std::error_code last_error() {
  return {errno, std::generic_category()};
}

/// A strong ETag, else a date: by which a server can tell whether it still has the same bytes.
std::string range_condition(const Stamp& stamp) {
  return !stamp.etag.empty() && !stamp.etag.starts_with("W/") ? stamp.etag : stamp.modified;
}

bool is_stamp(std::string_view text) {
  return text.size() <= kMostStampBytes && !has_line_break(text);
}

/// Of what is at `path`, from an earlier time.
Stamp read_stamp(const std::string& path) {
  std::ifstream file(stamp_path(path));
  Stamp stamp;
  std::getline(file, stamp.etag);
  std::getline(file, stamp.modified);
  return is_stamp(stamp.etag) && is_stamp(stamp.modified) ? stamp : Stamp{};
}

bool write_stamp(const std::string& path, const Stamp& stamp) {
  std::ofstream file(stamp_path(path), std::ios::trunc);
  file << stamp.etag << '\n' << stamp.modified << '\n';
  return static_cast<bool>(file.flush());
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

/// A file that only one process writes to at a time.
class Target {
 public:
  static Result<Target> open(const std::string& path) {
    Target target(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (target.fd_ < 0) {
      return fail(Code::unavailable, "cannot be written: " + last_error().message(), path);
    }
    if (::flock(target.fd_, LOCK_EX | LOCK_NB) != 0) {
      return fail(Code::conflict, "another import is loading this at present", path);
    }
    struct stat status{};
    if (::fstat(target.fd_, &status) != 0) {
      return fail(Code::unavailable, "cannot be read: " + last_error().message(), path);
    }
    target.at_ = static_cast<std::uint64_t>(status.st_size);
    return target;
  }
  Target(Target&& other) noexcept : fd_(std::exchange(other.fd_, -1)), at_(other.at_) {}
  ~Target() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  std::uint64_t at() const { return at_; }
  bool begin_anew() {
    at_ = 0;
    return ::ftruncate(fd_, 0) == 0;
  }
  bool append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at_));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count <= 0) {
        return false;
      }
      at_ += static_cast<std::uint64_t>(count);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

 private:
  explicit Target(int fd) : fd_(fd) {}
  int fd_;
  std::uint64_t at_ = 0;
};

/// One request: what its answer says, and its bytes to the disk.
struct Part {
  const Download* wanted;
  Target* target;
  CURL* handle;
  // Of the last answer, after redirects.
  Stamp stamp{};
  std::optional<std::uint64_t> length{};  // of the body
  std::string range{};                    // Content-Range
  std::size_t header_bytes = 0;
  bool has_begun = false;  // to write
  bool is_too_large = false;
  std::string problem{};    // of ours
  std::uint64_t total = 0;  // of the whole file; 0: not said

  long status() const {
    long code = 0;
    libcurl->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  void take_line(std::string_view line) {
    if (line.starts_with("HTTP/")) {
      stamp = {};
      length.reset();
      range.clear();
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return;
    }
    std::string name(line.substr(0, colon));
    for (char& c : name) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "etag" && is_stamp(value)) {
      stamp.etag = value;
    } else if (name == "last-modified" && is_stamp(value)) {
      stamp.modified = value;
    } else if (name == "content-length") {
      length = parse_decimal(value);
    } else if (name == "content-range") {
      range = value;
    }
  }

  /// Whether what follows are bytes to keep.
  bool begin() {
    has_begun = true;
    if (status() == 206) {
      if (!range.starts_with(fmt::format("bytes {}-", target->at()))) {
        problem = "the server sends another part than was asked for";
        return false;
      }
      return true;
    }
    if (!target->begin_anew() || !write_stamp(wanted->path, stamp)) {
      problem = "cannot be written: " + last_error().message();
      return false;
    }
    return true;
  }

  bool take(std::string_view bytes) {
    if (const long code = status(); code != 200 && code != 206) {
      return true;  // what a server says of an error is not kept
    }
    if (!has_begun && !begin()) {
      return false;
    }
    is_too_large = bytes.size() > wanted->limits.bytes - target->at();
    if (is_too_large) {
      return false;
    }
    const std::uint64_t before = target->at();
    if (!target->append(bytes)) {
      problem = "cannot be written: " + last_error().message();
      return false;
    }
    if (wanted->progress) {
      total = length && total == 0 ? before + *length : total;
      wanted->progress(target->at(), total);
    }
    return true;
  }
};

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* to) {
  auto& part = *static_cast<Part*>(to);
  part.header_bytes += count;
  part.is_too_large = part.header_bytes > part.wanted->limits.header_bytes;
  if (part.is_too_large) {
    return CURL_WRITEFUNC_ERROR;
  }
  part.take_line({bytes, count});
  return count;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* to) {
  return static_cast<Part*>(to)->take({bytes, count}) ? count : CURL_WRITEFUNC_ERROR;
}

/// What is asked beside the address: a part of it, or whether it has changed.
Result<Headers> fields_of(const Download& wanted, std::uint64_t at, const Stamp& partial) {
  std::vector<std::string> lines = {"Accept: */*"};
  if (const std::string condition = range_condition(partial); at > 0 && !condition.empty()) {
    lines.push_back(fmt::format("Range: bytes={}-", at));
    lines.push_back("If-Range: " + condition);
  } else {
    if (!wanted.known.etag.empty()) {
      lines.push_back("If-None-Match: " + wanted.known.etag);
    }
    if (!wanted.known.modified.empty()) {
      lines.push_back("If-Modified-Since: " + wanted.known.modified);
    }
  }
  Headers headers;
  for (const std::string& line : lines) {
    curl_slist* const longer = libcurl->slist_append(headers.get(), line.c_str());
    if (longer == nullptr) {
      return fail(Code::unavailable, "no memory for a request");
    }
    (void)headers.release();
    headers.reset(longer);
  }
  return headers;
}

CURLcode ask(const Download& wanted, const Headers& fields, Part& part, Guard& guard) {
  Options options(part.handle);
  set_usual(options, wanted.limits, guard);
  options.set(CURLOPT_FOLLOWLOCATION, 1L)
      .set(CURLOPT_MAXREDIRS, kMostRedirects)
      .set(CURLOPT_REDIR_PROTOCOLS_STR, wanted.url.starts_with("https://") ? "https" : "http,https")
      .set(CURLOPT_LOW_SPEED_LIMIT, kLeastRate)
      .set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(kStallTime / std::chrono::seconds(1)))
      .set(CURLOPT_WRITEFUNCTION, take_body)
      .set(CURLOPT_WRITEDATA, &part)
      .set(CURLOPT_HEADERFUNCTION, take_header)
      .set(CURLOPT_HEADERDATA, &part)
      .set(CURLOPT_HTTPHEADER, fields.get())
      .set(CURLOPT_URL, wanted.url.c_str());
  return options.outcome() == CURLE_OK ? libcurl->easy_perform(part.handle) : options.outcome();
}

bool is_broken_line(CURLcode outcome) {
  return outcome == CURLE_PARTIAL_FILE || outcome == CURLE_RECV_ERROR ||
         outcome == CURLE_GOT_NOTHING || outcome == CURLE_OPERATION_TIMEDOUT ||
         outcome == CURLE_HTTP2 || outcome == CURLE_HTTP2_STREAM ||
         outcome == CURLE_SSL_CONNECT_ERROR || outcome == CURLE_COULDNT_CONNECT;
}

Error failure(CURLcode outcome, const Part& part, const Guard& guard) {
  const std::string place = place_of(part.wanted->url);
  if (!part.problem.empty()) {
    return {Code::unavailable, part.problem, place};
  }
  if (part.is_too_large) {
    return {Code::unavailable, "the answer is larger than allowed", place};
  }
  if (guard.has_refused) {
    return {Code::denied, "this address is not of the public Internet, and not allowed", place};
  }
  if (outcome == CURLE_TOO_MANY_REDIRECTS) {
    return {Code::unavailable,
            fmt::format("the server redirects more than {} times", kMostRedirects), place};
  }
  if (outcome == CURLE_UNSUPPORTED_PROTOCOL && part.status() >= 300 && part.status() < 400) {
    return {Code::unavailable, "the server redirects to an address that is not https", place};
  }
  const bool is_wrong = outcome == CURLE_URL_MALFORMAT || outcome == CURLE_UNSUPPORTED_PROTOCOL ||
                        outcome == CURLE_LOGIN_DENIED;
  const bool is_denied =
      outcome == CURLE_PEER_FAILED_VERIFICATION || outcome == CURLE_SSL_CACERT_BADFILE;
  std::string what = libcurl->easy_strerror(outcome);
  if (part.target->at() > 0) {
    what +=
        fmt::format("; {} bytes have come and are kept: the same again goes on", part.target->at());
  }
  return {is_wrong ? Code::invalid : is_denied ? Code::denied : Code::unavailable, what, place};
}

struct Step {
  bool is_over = false;
  Downloaded outcome{};
};

/// What an answer that came whole means.
Result<Step> settle(const Download& wanted, Part& part) {
  const long status = part.status();
  if (status == 304 && wanted.known != Stamp{}) {
    discard_download(wanted.path);
    return Step{true, {.is_unchanged = true, .stamp = wanted.known}};
  }
  if (status == 416 && part.target->at() > 0) {
    if (part.range == fmt::format("bytes */{}", part.target->at())) {
      return Step{true, {.stamp = read_stamp(wanted.path)}};  // it had come whole
    }
    return part.target->begin_anew()
               ? Result<Step>(Step{})
               : fail(Code::unavailable, "cannot be written: " + last_error().message());
  }
  if (status != 200 && status != 206) {
    return fail(Code::unavailable, fmt::format("the server answers {}", status),
                place_of(wanted.url));
  }
  if (!part.has_begun && !part.begin()) {  // there was no body
    return std::unexpected(failure(CURLE_OK, part, {}));
  }
  return Step{true, {.stamp = read_stamp(wanted.path)}};
}

}  // namespace

Result<Downloaded> download(const Download& wanted) {
  for (const std::string* text : {&wanted.known.etag, &wanted.known.modified}) {
    if (!is_stamp(*text)) {
      return fail(Code::invalid, "a stamp is one line");
    }
  }
  Target target = TRY(Target::open(wanted.path));
  std::optional<std::uint64_t> best;  // bytes after the longest part so far
  while (true) {
    const Handle handle = TRY(start_request(wanted.url));
    const std::uint64_t before = target.at();
    const Headers fields = TRY(fields_of(wanted, before, read_stamp(wanted.path)));
    Part part{.wanted = &wanted, .target = &target, .handle = handle.get()};
    Guard guard{wanted.limits.reach, &wanted.limits.allowed};
    const CURLcode outcome = ask(wanted, fields, part, guard);
    if (outcome == CURLE_OK) {
      Step step = TRY(settle(wanted, part));
      if (step.is_over) {
        return std::move(step.outcome);
      }
      continue;
    }
    const bool has_come_on = target.at() > best.value_or(before);
    if (!is_broken_line(outcome) || !has_come_on || !part.problem.empty()) {
      return std::unexpected(failure(outcome, part, guard));
    }
    best = target.at();
  }
}

void discard_download(const std::string& path) {
  ::unlink(stamp_path(path).c_str());
  ::unlink(path.c_str());
}

}  // namespace weir::net
