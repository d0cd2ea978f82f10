// Operations on records and what they concern (src/match).
#include <array>
#include <string>

#include "advisory/keys.h"
#include "advisory/read.h"
#include "match/match.h"
#include "oracle.h"

namespace weir::oracle {
namespace {

/// Entries of one record, whatever the key: each is asked whether it is about the target.
match::Lookup only(const advisory::Advisory& record) {
  return [&record](std::string_view) -> Result<std::vector<match::Entry>> {
    std::vector<match::Entry> entries;
    if (record.state == advisory::State::published) {
      for (std::size_t part = 0; part < record.affected.size(); ++part) {
        entries.push_back({record.source, record.id, part, record.affected[part]});
      }
    }
    return entries;
  };
}

/// record, package {ecosystem, name}, version → {affected, why}.
Result<json::Value> osv_affected(const json::Cursor& request) {
  const json::Cursor at = TRY(request.at("record"));
  const json::Cursor package = TRY(request.at("package"));
  const std::string ecosystem = TRY(package.string_at("ecosystem"));
  const std::string name = TRY(package.string_at("name"));
  const std::string version = TRY(request.string_at("version"));
  advisory::Reader reader;
  auto record = reader.read(json::canonical(at.value()));
  const auto target = match::target_of_package(ecosystem, name, version);
  if (!record || !target) {
    return refusal(record ? target.error() : record.error());
  }
  std::erase_if(record->affected, [&](const advisory::Affected& affected) {
    return advisory::package_key(affected.ecosystem, affected.package) !=
           advisory::package_key(ecosystem, name);
  });
  match::Matcher matcher(only(*record));
  const auto answers = matcher.ask({&*target, 1}, match::Wanted::everything);
  if (!answers || answers->empty()) {
    return json::Object{{"affected", false}};
  }
  return json::Object{{"affected", answers->front().is_finding()},
                      {"why", answers->front().why(target->version)}};
}

constexpr auto kOperations = std::to_array<Operation>({
    {"osv.affected", osv_affected},
});

}  // namespace

std::span<const Operation> match_operations() {
  return kOperations;
}

}  // namespace weir::oracle
