#include "net/mail.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "net/curl.h"

namespace weir::net {
namespace {

constexpr long kConnectMs = 10'000;
constexpr long kTotalMs = 60'000;
constexpr std::size_t kMostLineBytes = 998;  // RFC 5322, 2.1.1
constexpr std::string_view kTextHead =
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
// RFC 3156, 4. The boundary stands in no armor: that has no underscore.
constexpr std::string_view kSealedHead =
    "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n"
    " boundary=\"weir_openpgp\"\r\n\r\n"
    "--weir_openpgp\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
    "--weir_openpgp\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n"
    "Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n";
constexpr std::string_view kSealedEnd = "\r\n--weir_openpgp--\r\n";
constexpr std::string_view kArmor = "-----BEGIN PGP MESSAGE-----";
constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string date_of(Instant at) {
  using std::chrono::days;
  const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds(at.ms)};
  const auto day = std::chrono::floor<days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(moment - day));
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

bool is_address(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && !std::string_view("<>()[],;:\\\"").contains(c);
  });
  return is_plain && std::ranges::count(text, '@') == 1 && !text.starts_with('@') &&
         !text.ends_with('@') && text.size() <= 254;
}

bool is_ascii_line(std::string_view text) {
  return text.size() < kMostLineBytes / 2 &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

struct Reading {
  std::string text;
  std::size_t at = 0;
};

std::size_t read_letter(char* to, std::size_t size, std::size_t count, void* from) {
  auto& reading = *static_cast<Reading*>(from);
  const std::size_t piece = std::min(size * count, reading.text.size() - reading.at);
  std::copy_n(reading.text.data() + reading.at, piece, to);
  reading.at += piece;
  return piece;
}

/// host of scheme://host[:port]
std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  std::string host = url.substr(begin, url.find_first_of(":/", begin) - begin);
  return host;
}

std::unexpected<Error> failure(CURLcode outcome, const MailServer& server) {
  Code code = Code::unavailable;
  if (outcome == CURLE_PEER_FAILED_VERIFICATION || outcome == CURLE_SSL_CACERT_BADFILE ||
      outcome == CURLE_LOGIN_DENIED) {
    code = Code::denied;
  } else if (outcome == CURLE_URL_MALFORMAT || outcome == CURLE_UNSUPPORTED_PROTOCOL) {
    code = Code::invalid;
  }
  return fail(code, libcurl->easy_strerror(outcome), server.url);
}

/// \n becomes \r\n.
Result<std::string> with_line_ends(std::string_view text) {
  std::string out;
  std::size_t line = 0;
  for (const char c : text) {
    line = c == '\n' ? 0 : line + 1;
    if (c == '\r' || c == '\0' || line > kMostLineBytes) {
      return fail(Code::invalid, "a letter is lines of at most 998 bytes");
    }
    out += c == '\n' ? "\r\n" : std::string(1, c);
  }
  return out;
}

}  // namespace

Result<std::string> protected_part(const Letter& letter) {
  if (!is_ascii_line(letter.subject)) {
    return fail(Code::invalid, "a subject is one line of ASCII");
  }
  return fmt::format(
      "Content-Type: text/plain; charset=utf-8; protected-headers=\"v1\"\r\n"
      "Content-Transfer-Encoding: 8bit\r\nSubject: {}\r\n\r\n{}",
      letter.subject, TRY(with_line_ends(letter.text)));
}

Result<std::string> write_letter(const Letter& letter) {
  if (!is_address(letter.from) || !is_address(letter.to)) {
    return fail(Code::invalid, "not a mail address");
  }
  if (!is_ascii_line(letter.subject) || !is_ascii_line(letter.id) || letter.id.contains('<') ||
      letter.id.contains('>') || letter.id.contains(' ')) {
    return fail(Code::invalid, "a subject and an id are one line of ASCII");
  }
  const bool is_sealed = letter.form == Form::openpgp;
  if (is_sealed && !letter.text.starts_with(kArmor)) {
    return fail(Code::invalid, "not an armored OpenPGP message");
  }
  return fmt::format(
      "From: Weir <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n{}{}{}",
      letter.from, letter.to, letter.subject, date_of(letter.at), letter.id,
      is_sealed ? kSealedHead : kTextHead, TRY(with_line_ends(letter.text)),
      is_sealed ? kSealedEnd : std::string_view());
}

Status send_mail(const MailServer& server, const Letter& letter) {
  const bool is_smtp = server.url.starts_with("smtp://") || server.url.starts_with("smtps://");
  if (!is_smtp || has_line_break(server.url) || server.url.contains('@')) {
    return fail(Code::invalid, "a mail server is smtp://host or smtps://host");
  }
  Reading reading{TRY(write_letter(letter))};
  const Handle handle = TRY(new_handle());
  const std::string host = host_of(server.url);
  const bool is_here = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
  const bool has_login = !server.user.empty();
  const std::string to = "<" + letter.to + ">";
  const std::string from = "<" + letter.from + ">";
  const Headers recipients(libcurl->slist_append(nullptr, to.c_str()));
  const std::string password(server.password.reveal());
  Options options(handle.get());
  options.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
      .set(CURLOPT_URL, server.url.c_str())
      .set(CURLOPT_USE_SSL,
           static_cast<long>(is_here && !has_login ? CURLUSESSL_TRY : CURLUSESSL_ALL))
      .set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_PROXY, "")
      .set(CURLOPT_NOSIGNAL, 1L)
      .set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs)
      .set(CURLOPT_TIMEOUT_MS, kTotalMs)
      .set(CURLOPT_MAIL_FROM, from.c_str())
      .set(CURLOPT_MAIL_RCPT, recipients.get())
      .set(CURLOPT_UPLOAD, 1L)
      .set(CURLOPT_READFUNCTION, read_letter)
      .set(CURLOPT_READDATA, &reading)
      .set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(reading.text.size()));
  if (has_login) {
    options.set(CURLOPT_USERNAME, server.user.c_str()).set(CURLOPT_PASSWORD, password.c_str());
  }
  if (!server.ca_file.empty()) {
    options.set(CURLOPT_CAINFO, server.ca_file.c_str())
        .set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  CURLcode outcome = options.outcome();
  if (outcome == CURLE_OK) {
    outcome = libcurl->easy_perform(handle.get());
  }
  return outcome == CURLE_OK ? Status() : failure(outcome, server);
}

}  // namespace weir::net
