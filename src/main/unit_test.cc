// The unit of systemd that comes with the package, and what the operating pages say of it.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "main/instance.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPage = std::size_t{1} << 20;

std::string page(const fs::path& path) {
  const auto text = read_file((fs::path(WEIR_SOURCE) / path).string(), kMostPage);
  EXPECT_TRUE(text) << path;
  return text ? *text : std::string();
}

std::set<std::string> lines_of(const std::string& unit) {
  std::set<std::string> lines;
  for (std::size_t at = 0; at < unit.size();) {
    const std::size_t end = std::min(unit.find('\n', at), unit.size());
    lines.insert(unit.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(Unit, DoesWhatTheOperatingPagesTellOperatorsToDo) {
  const auto lines = lines_of(page("packaging/weir.service"));
  EXPECT_TRUE(page("docs/operating/keys.md").contains("systemctl reload weir"));
  EXPECT_TRUE(lines.contains("ExecReload=/bin/kill -HUP $MAINPID"));
}

TEST(Unit, TakesFromTheServiceWhatItDoesNotNeed) {
  const auto lines = lines_of(page("packaging/weir.service"));
  for (const char* line :
       {"User=weir", "NoNewPrivileges=yes", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
        "ProtectProc=invisible", "RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes",
        "LimitCORE=0", "UMask=0077", "StateDirectoryMode=0700",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources"}) {
    EXPECT_TRUE(lines.contains(line)) << line;
  }
}

}  // namespace
}  // namespace weir::main
