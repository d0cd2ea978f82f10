// What anybody may ask about public records: every question of the API, with any parameters and any
// body, over a few records. It is answered, or refused as the asker's mistake; never is anything of
// the server's in trouble, and what is called JSON can be read.
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/import.h"
#include "compat/desk.h"
#include "compat/epss_api.h"
#include "compat/feed.h"
#include "compat/nvd_api.h"
#include "compat/nvd_names.h"
#include "compat/osv_api.h"
#include "compat/own_api.h"

namespace {

using namespace weir;
using namespace weir::compat;

constexpr std::array<Ask, 17> kQuestions = {
    /*a*/ search,
    /*b*/ vulnerability,
    /*c*/ record,
    /*d*/ record_history,
    /*e*/ match_packages,
    /*f*/ match_inventory,
    /*g*/ osv_query,
    /*h*/ osv_query_batch,
    /*i*/ osv_vulnerability,
    /*j*/ nvd_cves,
    /*k*/ nvd_history,
    /*l*/ nvd_cpes,
    /*m*/ nvd_match_strings,
    /*n*/ epss_scores,
    /*o*/ changes,
    /*p*/ atom,
    /*q*/ changes_head};

constexpr std::string_view kRecords =
    R"({"id":"A-1","modified":"2024-02-01T00:00:00Z","aliases":["CVE-2024-0001"],"summary":"heap overflow in a parser","affected":[{"package":{"ecosystem":"PyPI","name":"jinja2"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.4.1"}]}]}]}
{"id":"A-1","modified":"2024-03-01T00:00:00Z","aliases":["CVE-2024-0001"],"summary":"heap overflow","affected":[{"package":{"ecosystem":"PyPI","name":"jinja2"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.5"}]}]}]}
{"id":"A-2","modified":"2024-02-02T00:00:00Z","summary":"缓冲区溢出","affected":[{"package":{"ecosystem":"npm","name":"left-pad"},"versions":["1.0.0"]}]}
{"cve":{"id":"CVE-2024-0001","sourceIdentifier":"a@b.example","published":"2024-01-01T00:00:00.000","lastModified":"2024-01-02T00:00:00.000","vulnStatus":"Analyzed","descriptions":[{"lang":"en","value":"A heap overflow."}],"metrics":{"cvssMetricV31":[{"source":"a@b.example","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8,"baseSeverity":"CRITICAL"}}]},"weaknesses":[{"source":"a@b.example","type":"Primary","description":[{"lang":"en","value":"CWE-787"}]}],"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:vendor:product:*:*:*:*:*:*:*:*","versionEndExcluding":"2.0","matchCriteriaId":"11111111-2222-4333-8444-555555555555"}]}]}],"references":[]}}
{"cveID":"CVE-2024-0001","vendorProject":"Vendor","product":"Product"}
)";

template <class T>
T must(Result<T> result) {
  CHECK(result.has_value());
  return std::move(*result);
}

class World {
 public:
  World()
      : folder_(std::filesystem::temp_directory_path() / fmt::format("weir-fuzz-{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
    db_ = must(catalog::open((folder_ / "public.db").string(), catalog::Use::import));
    const ManualClock clock{Instant{1'720'000'000'000}};
    for (const auto& [name, bytes] :
         {std::pair{"x.ndjson", kRecords},
          std::pair{"epss.csv", std::string_view("#model_version:v1,score_date:2024-03-01\n"
                                                 "cve,epss,percentile\n"
                                                 "CVE-2024-0001,0.5,0.9\n")}}) {
      const auto outcome =
          must(catalog::import(*db_, clock, {.name = name, .bytes = std::string(bytes)}));
      CHECK(outcome.records > 0 && outcome.rejected == 0);
    }
    tx_.emplace(must(db_->read()));
    CHECK(search_.refresh(**tx_).has_value());
    CHECK(desk_.turn_to(**tx_, &search_).has_value());
  }
  ~World() {
    tx_.reset();
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  Desk& desk() { return desk_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::Db> db_;
  std::optional<store::ReadTx> tx_;
  catalog::Search search_;
  Desk desk_;
};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// As http/target.h gives it to a route: control characters and broken UTF-8 are refused there.
bool is_clean(std::string_view text) {
  return is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

void add_parameters(std::string_view line, Given& given) {
  while (!line.empty() && given.parameters.size() < 32) {
    const std::size_t end = std::min(line.find('&'), line.size());
    const std::string_view one = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    const std::size_t equal = std::min(one.find('='), one.size());
    const std::string name(one.substr(0, equal));
    if (!given.has(name)) {
      given.parameters.emplace_back(name, one.substr(std::min(equal + 1, one.size())));
    }
  }
}

}  // namespace

/// A letter for the question, then lines: parameters with & between them, the id and the source of
/// the path; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  static World world;
  const auto question = static_cast<std::uint8_t>(data[0] - 'a');
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  Given given{.base = "https://weir.example"};
  const std::string_view parameters = take_line(rest);
  given.id = take_line(rest);
  given.source = take_line(rest);
  given.body = rest;
  if (!is_clean(parameters) || !is_clean(given.id) || !is_clean(given.source)) {
    return 0;
  }
  add_parameters(parameters, given);
  const auto answer = kQuestions.at(question % kQuestions.size())(world.desk(), given);
  if (!answer) {
    CHECK(answer.error().code == Code::invalid || answer.error().code == Code::not_found);
    CHECK(!answer.error().message.empty());
    return 0;
  }
  CHECK(answer->status == 200 || answer->status == 400 || answer->status == 404);
  CHECK(answer->status != 200 || is_utf8(answer->body));
  if (answer->content_type == "application/json" && !answer->body.empty()) {
    CHECK(json::parse(answer->body));
  }
  return 0;
}
