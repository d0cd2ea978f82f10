#include "main/terminal.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace weir::main {
namespace {

bool at_terminal() {
  return ::isatty(STDIN_FILENO) != 0;
}

/// Echo off for as long as it lives. What would end the process meanwhile is held back until the
/// echo is back; pending() tells that something waits.
class Silence {
 public:
  Silence() {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
      sigaddset(&ending, one);
    }
    ::sigprocmask(SIG_BLOCK, &ending, &mask_before_);
    signals_ = ::signalfd(-1, &ending, SFD_CLOEXEC);
    if (::tcgetattr(STDIN_FILENO, &before_) == 0) {
      termios silent = before_;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      silent.c_lflag |= ECHONL;
      is_silent_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
  }
  ~Silence() {
    if (is_silent_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    if (signals_ >= 0) {
      ::close(signals_);
    }
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);  // what waited acts now
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  bool is_silent() const { return is_silent_; }

  /// False when a signal came before there was something to read.
  bool wait_for_input() const {
    pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {signals_, POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0 && errno == EINTR) {
    }
    return (watched[1].revents & POLLIN) == 0;
  }

 private:
  sigset_t mask_before_{};
  int signals_ = -1;
  termios before_{};
  bool is_silent_ = false;
};

/// Byte by byte, so that what follows the line stays where it is.
Result<std::string> read_line(const Silence* silence) {
  std::string line;
  for (;;) {
    if (silence != nullptr && !silence->wait_for_input()) {
      return fail(Code::invalid, "interrupted");
    }
    char one = 0;
    const ssize_t got = ::read(STDIN_FILENO, &one, 1);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return fail(Code::invalid, "the input ended before the answer");
    }
    if (one == '\n') {
      return line;
    }
    if (line.size() == kMaxAnswerBytes) {
      return fail(Code::invalid, "an answer has at most 1024 bytes");
    }
    line += one;
  }
}

}  // namespace

Result<std::string> ask_line(const std::string& question, Echo echo) {
  if (!at_terminal()) {
    return read_line(nullptr);
  }
  if (echo == Echo::on) {
    std::fprintf(stderr, "%s: ", question.c_str());
    return read_line(nullptr);
  }
  const Silence silence;  // before the prompt: whoever sees it may begin to type
  if (!silence.is_silent()) {
    return fail(Code::unavailable, "this terminal cannot be kept from showing what is typed");
  }
  std::fprintf(stderr, "%s: ", question.c_str());
  return read_line(&silence);
}

Result<std::string> ask_new_secret(const std::string& question) {
  std::string first = TRY(ask_line(question, Echo::off));
  if (at_terminal()) {
    const std::string second = TRY(ask_line(question + ", once more", Echo::off));
    if (first != second) {
      return fail(Code::invalid, "the two are not the same");
    }
  }
  return first;
}

}  // namespace weir::main
