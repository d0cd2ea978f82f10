// Runs a program and kills it, as by kill -9, just before its K-th call that changes a file or says
// something: what the kernel had been told until then stands, the K-th call does not happen. So a
// test can kill the real program, as it is, at every such instant.
//
//   weir-kill-at K COUNT-FILE PROGRAM ARGUMENT...    K = 0: never; the calls are counted all the
//   same
//
// Writes how many calls began to COUNT-FILE. Exits like the program, with 137 if it was killed, and
// with 77 if this machine lets nobody trace (some containers).
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string_view>
#include <system_error>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kCannotTrace = 77;
constexpr int kKilled = 137;
constexpr int kBadUsage = 2;
constexpr int kStopOfSyscall = SIGTRAP | 0x80;  // as PTRACE_O_TRACESYSGOOD marks it

/// Calls after which something is different outside of the process.
bool changes_something(std::uint64_t number) {
  static const std::set<std::uint64_t> kCalls = {
      SYS_write,    SYS_writev,  SYS_pwrite64, SYS_ftruncate, SYS_fsync,  SYS_fdatasync,
      SYS_unlinkat, SYS_mkdirat, SYS_renameat, SYS_renameat2, SYS_fchmod, SYS_sendto,
#ifdef SYS_unlink  // machines that have the older ones too
      SYS_unlink,   SYS_mkdir,   SYS_rename,
#endif
  };
  return kCalls.contains(number);
}

/// True if `thread` stands before a call that counts.
bool begins_change(pid_t thread) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) {
    return false;
  }
  return info.op == PTRACE_SYSCALL_INFO_ENTRY && changes_something(info.entry.nr);
}

struct Outcome {
  long calls = 0;
  int code = kKilled;
};

/// Follows `child` and its threads to the end, or to the K-th call.
Outcome follow(pid_t child, long last) {
  Outcome outcome;
  for (;;) {
    int status = 0;
    const pid_t thread = ::waitpid(-1, &status, __WALL);
    if (thread < 0) {
      return outcome;
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (thread == child) {
        outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : kKilled;
        return outcome;
      }
      continue;
    }
    int deliver = 0;
    if (WSTOPSIG(status) == kStopOfSyscall) {
      if (begins_change(thread) && ++outcome.calls == last) {
        ::kill(child, SIGKILL);
        while (::waitpid(-1, &status, __WALL) > 0) {
        }
        return outcome;
      }
    } else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      deliver = WSTOPSIG(status);
    }
    ::ptrace(PTRACE_SYSCALL, thread, nullptr, deliver);
  }
}

int start(char** program) {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
    return kCannotTrace;
  }
  ::raise(SIGSTOP);  // until the options are set
  ::execv(program[0], program);
  std::perror(program[0]);
  return kBadUsage;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: weir-kill-at K COUNT-FILE PROGRAM ARGUMENT...\n", stderr);
    return kBadUsage;
  }
  long last = 0;
  const std::string_view number = argv[1];
  if (std::from_chars(number.data(), number.data() + number.size(), last).ec != std::errc()) {
    return kBadUsage;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(start(argv + 3));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : kCannotTrace;
  }
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
                       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  if (::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) != 0 ||
      ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) {
    ::kill(child, SIGKILL);
    return kCannotTrace;
  }
  const Outcome outcome = follow(child, last);
  std::FILE* file = std::fopen(argv[2], "w");
  if (file == nullptr || std::fprintf(file, "%ld\n", outcome.calls) < 0 || std::fclose(file) != 0) {
    return kBadUsage;
  }
  return outcome.code;
}
