// A platform with a public database beside it, and what is published there, as short words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/watch_lists.h"
#include "app/world.h"
#include "catalog/import.h"

namespace weir::watch_tests {

struct OsvRecord {
  std::string id;
  std::string package{};  // of npm; "": the record names none
  std::string fixed = "9";
  std::vector<std::string> aliases{};
  bool is_withdrawn = false;
  std::string cvss{};  // a vector
};

/// rita of Lark reports, so she keeps lists; remo of Lark receives, so he sees them. ACME has
/// acma, its administrator.
class Scene {
 public:
  /// `empty`: nothing has been imported yet.
  enum class Records { some, empty };
  explicit Scene(Records records = Records::some, const std::string& vfs = "");
  app::World world;

  void osv(const OsvRecord& record);
  /// NVD: a CVE, a CPE product of vendor "lark" below `before` (""; none), and a score ("": none).
  void nvd(const std::string& cve, const std::string& product, const std::string& before,
           const std::string& cvss = "");
  void kev(const std::string& cve);
  /// Millionths.
  void epss(const std::string& cve, std::int64_t score);
  /// OSV does not list it any more.
  void remove(const std::string& id);
  /// As if nothing had been imported: the file is moved away, an empty one comes in its place.
  void start_anew();
  void import(const std::string& name, const std::string& bytes,
              std::optional<advisory::Source> only = std::nullopt);

  /// Of Lark, by rita; fails the test if it is refused. The reference.
  std::string add(const std::string& name, const std::string& bytes,
                  app::Tell tell = app::Tell::all);
  std::string add_products(const std::string& name, const std::vector<std::string>& purls);
  /// Follows what has changed.
  app::Watcher::Ran run();
  Result<app::Watcher::Ran> try_run();
  /// A process that is started again: what it keeps in memory is gone.
  void forget();
  std::vector<app::FindingView> findings(const std::string& list,
                                         const app::FindingsWanted& wanted = {});
  /// "CVE-1 open, GHSA-1 ceased", by number.
  std::string told(const std::string& list, std::int64_t after = 0);
  /// Of what has happened, the last number.
  std::int64_t last(const std::string& list);
  /// Changes in watch lists that wait for rita's channel.
  std::int64_t news();

  store::Db& records() { return *records_; }
  std::string path() const { return (world.folder() / "public.db").string(); }

 private:
  std::string next_time();
  std::unique_ptr<store::Db> records_;
  std::unique_ptr<app::Watcher> watcher_;
  std::int64_t minutes_ = 0;
};

/// {"products":[{"purl":…},…]}
std::string products(const std::vector<std::string>& purls);

}  // namespace weir::watch_tests
