// A witness (C2SP tlog-witness) on 127.0.0.1, for tests.
//
//   weir-test-witness --name NAME --key-seed-file FILE --print-vkey
//   weir-test-witness --name NAME --key-seed-file FILE --log-vkey FILE --state FILE
//                     [--port N] [--delay-ms N] [--answer-500] [--skew-seconds N]
//
// FILE of --key-seed-file: 32 bytes as hex. FILE of --log-vkey: one vkey a line. It prints the port
// on its first line of output and serves one request at a time until it is killed:
//
//   POST /add-checkpoint                  what was seen is durable in --state before the answer
//   GET  /<hex SHA-256(origin)>/checkpoint
//
// --delay-ms waits before every answer, --answer-500 refuses everything (and sees nothing),
// --skew-seconds puts its clock ahead (or, negative, back).
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/time.h"
#include "merkle/merkle.h"

namespace weir {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::uint64_t kMostBody = std::uint64_t{2} << 20;

struct Arguments {
  std::string name;
  std::string key_seed_file;
  std::string log_vkey;
  std::string state;
  std::int64_t port = 0;
  std::int64_t delay_ms = 0;
  std::int64_t skew_seconds = 0;
  enum class Mode { serve, refuse, print_vkey } mode = Mode::serve;
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(value)
                                                                         : std::nullopt;
}

Status set(Arguments& arguments, const std::string& name, const std::string& value) {
  const auto set_number = [&](std::int64_t& to) -> Status {
    const auto parsed = number(value);
    if (!parsed) {
      return fail(Code::invalid, name + " wants a number");
    }
    to = *parsed;
    return {};
  };
  if (name == "--port") {
    return set_number(arguments.port);
  }
  if (name == "--delay-ms") {
    return set_number(arguments.delay_ms);
  }
  if (name == "--skew-seconds") {
    return set_number(arguments.skew_seconds);
  }
  std::string* const to = name == "--name"            ? &arguments.name
                          : name == "--key-seed-file" ? &arguments.key_seed_file
                          : name == "--log-vkey"      ? &arguments.log_vkey
                          : name == "--state"         ? &arguments.state
                                                      : nullptr;
  if (to == nullptr) {
    return fail(Code::invalid, "no such option: " + name);
  }
  *to = value;
  return {};
}

Result<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--print-vkey") {
      arguments.mode = Arguments::Mode::print_vkey;
    } else if (words[i] == "--answer-500") {
      arguments.mode = Arguments::Mode::refuse;
    } else if (i + 1 == words.size()) {
      return fail(Code::invalid, words[i] + " wants a value, or is no option");
    } else {
      TRY(set(arguments, words[i], words[i + 1]));
      ++i;
    }
  }
  return arguments;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) {
      all.push_back(text.substr(start, end - start));
    }
    start = end + 1;
  }
  return all;
}

Result<SigningKey> read_key(const std::string& path) {
  auto text = read_file(path);
  while (text && text->ends_with('\n')) {
    text->pop_back();
  }
  const auto seed = text ? from_hex(*text) : std::nullopt;
  if (!seed || seed->size() != kKeyBytes) {
    return fail(Code::invalid, "--key-seed-file: 32 bytes as hex", path);
  }
  return SigningKey::from_seed(Secret(*seed));
}

Result<std::vector<merkle::VerifierKey>> read_logs(const std::string& path) {
  const auto text = read_file(path);
  std::vector<merkle::VerifierKey> logs;
  for (const std::string& line : lines(text.value_or(""))) {
    logs.push_back(TRY(merkle::VerifierKey::parse(line)));
  }
  if (logs.empty()) {
    return fail(Code::invalid, "--log-vkey: at least one vkey", path);
  }
  return logs;
}

/// What a witness has seen, as one file: base64 of each note, one a line, newest last.
class State {
 public:
  explicit State(std::string path) : path_(std::move(path)) {}

  Status load(merkle::Witness& witness) {
    const auto text = read_file(path_);
    for (const std::string& line : lines(text.value_or(""))) {
      const auto note_text = from_base64(line);
      if (!note_text) {
        return fail(Code::corrupt, "the state is damaged", path_);
      }
      const merkle::Note note = TRY(merkle::parse_note(*note_text));
      witness.remember({TRY(merkle::parse_checkpoint(note.body)), *note_text});
      notes_.push_back(*note_text);
    }
    return {};
  }
  /// Durable when it returns true.
  bool keep(const std::string& note) {
    notes_.push_back(note);
    std::string text;
    for (const std::string& one : notes_) {
      text.append(to_base64(one)).append("\n");
    }
    return write(text);
  }

 private:
  static bool sync_and_close(int file) {
    const bool is_synced = ::fsync(file) == 0;
    return ::close(file) == 0 && is_synced;
  }
  bool write(const std::string& text) const {
    const std::string unfinished = path_ + ".new";
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool is_written =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (file < 0 || !sync_and_close(file) || !is_written ||
        ::rename(unfinished.c_str(), path_.c_str()) != 0) {
      return false;
    }
    const std::size_t slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return parent >= 0 && sync_and_close(parent);
  }

  std::string path_;
  std::vector<std::string> notes_;
};

struct Server {
  const Arguments& arguments;
  merkle::Witness witness;
  State state;
  SystemClock clock;

  Response answer(const Request& request) {
    const auto reply = [](int status, std::string_view type, std::string body) {
      Response response{static_cast<http::status>(status), 11};
      response.set(http::field::content_type, {type.data(), type.size()});
      response.body() = std::move(body);
      response.keep_alive(false);
      response.prepare_payload();
      return response;
    };
    constexpr std::string_view kText = "text/plain; charset=utf-8";
    const std::string target(request.target());
    if (arguments.mode == Arguments::Mode::refuse) {
      return reply(500, kText, "told to answer so\n");
    }
    if (request.method() == http::verb::post && target == "/add-checkpoint") {
      const Instant now = clock.now() + std::chrono::seconds(arguments.skew_seconds);
      const auto answer = witness.add_checkpoint(request.body(), now);
      if (answer.remember) {
        if (!state.keep(answer.remember->note)) {
          return reply(500, kText, "the state cannot be kept\n");
        }
        witness.remember(*answer.remember);
      }
      return reply(answer.status, answer.content_type, answer.body);
    }
    constexpr std::string_view kEnd = "/checkpoint";
    if (request.method() == http::verb::get && target.size() > kEnd.size() &&
        target.ends_with(kEnd)) {
      if (auto note = witness.find_checkpoint(target.substr(1, target.size() - 1 - kEnd.size()))) {
        return reply(200, kText, *note);
      }
    }
    return reply(404, kText, "no such thing\n");
  }

  void serve_one(boost::asio::io_context& io, tcp::socket socket) {
    boost::system::error_code error;
    boost::beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.body_limit(kMostBody);
    http::read(socket, buffer, parser, error);
    if (error) {
      return;  // the client went away, or spoke something else
    }
    if (arguments.delay_ms > 0) {
      boost::asio::steady_timer timer(io, std::chrono::milliseconds(arguments.delay_ms));
      timer.wait(error);
    }
    http::write(socket, answer(parser.get()), error);
    socket.shutdown(tcp::socket::shutdown_both, error);
  }
};

Status serve(const Arguments& arguments, const merkle::VerifierKey& as, const SigningKey& key) {
  Server server{arguments,
                merkle::Witness(as, key, TRY(read_logs(arguments.log_vkey))),
                State(arguments.state),
                {}};
  if (arguments.state.empty()) {
    return fail(Code::invalid, "--state is missing");
  }
  TRY(server.state.load(server.witness));
  boost::asio::io_context io;
  boost::system::error_code error;
  tcp::acceptor acceptor(io);
  const tcp::endpoint here(boost::asio::ip::address_v4::loopback(),
                           static_cast<std::uint16_t>(arguments.port));
  acceptor.open(here.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(here, error);
  }
  if (!error) {
    acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(Code::unavailable, error.message());
  }
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  for (;;) {
    tcp::socket socket(io);
    acceptor.accept(socket, error);
    if (!error) {
      server.serve_one(io, std::move(socket));
    }
  }
}

Status run(const std::vector<std::string>& words) {
  const Arguments arguments = TRY(parse(words));
  const SigningKey key = TRY(read_key(arguments.key_seed_file));
  const auto as = TRY(merkle::VerifierKey::make(merkle::SignatureType::cosignature, arguments.name,
                                                key.public_key()));
  if (arguments.mode == Arguments::Mode::print_vkey) {
    std::printf("%s\n", as.text().c_str());
    return {};
  }
  return serve(arguments, as, key);
}

}  // namespace
}  // namespace weir

int main(int count, char** words) {
  const weir::Status status = weir::run({words + 1, words + count});
  if (!status) {
    std::fprintf(stderr, "weir-test-witness: %s\n", weir::text(status.error()).c_str());
    return 2;
  }
  return 0;
}
