// Operations on records and what they concern (src/match).
#include <algorithm>
#include <array>
#include <deque>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "advisory/keys.h"
#include "advisory/read.h"
#include "catalog/files.h"
#include "catalog/input.h"
#include "match/match.h"
#include "match/memory.h"
#include "oracle.h"
#include "version/cpe.h"

namespace weir::oracle {
namespace {

constexpr std::size_t kMostFiles = 100;
constexpr std::size_t kMostIds = 1'000'000;

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

/// record, cpes → the places of those that it concerns. A name that names no product concerns
/// nothing.
Result<json::Value> match_cpes(const json::Cursor& request) {
  const json::Cursor at = TRY(request.at("record"));
  advisory::Reader reader;
  const auto record = reader.read(json::canonical(at.value()));
  if (!record) {
    return refusal(record.error());
  }
  std::vector<match::Target> targets;
  const json::Cursor cpes = TRY(request.at("cpes"));
  for (const json::Cursor& cpe : TRY(cpes.elements(match::kMaxTargets))) {
    const std::string name = TRY(cpe.string());
    auto target = match::target_of_name(name, "");
    targets.push_back(target ? std::move(*target) : match::Target{});
  }
  match::Matcher matcher(only(*record));
  json::Array places;
  for (const match::Answer& answer : TRY(matcher.ask(targets, match::Wanted::findings))) {
    places.emplace_back(answer.target);
  }
  return json::Object{{"findings", std::move(places)}};
}

/// Records of files, and packages {ecosystem, name, version} → the ids that affect each, and
/// how many records were read.
Result<json::Value> osv_batch(const json::Cursor& request) {
  std::vector<std::string> paths;
  const json::Cursor records = TRY(request.at("records"));
  for (const json::Cursor& path : TRY(records.elements(kMostFiles))) {
    paths.push_back(TRY(path.string()));
  }
  std::vector<match::Target> targets;
  const json::Cursor packages = TRY(request.at("packages"));
  for (const json::Cursor& package : TRY(packages.elements(match::kMaxTargets))) {
    const std::string ecosystem = TRY(package.string_at("ecosystem"));
    const std::string name = TRY(package.string_at("name"));
    const std::string version = TRY(package.string_at("version"));
    targets.push_back(TRY(match::target_of_package(ecosystem, name, version)));
  }
  const match::Asked asked(targets);
  std::deque<match::Memory> memories;
  std::deque<std::int64_t> counts;
  std::vector<catalog::Taker> takers;
  for (unsigned i = 0; i < catalog::reading_threads(); ++i) {
    takers.emplace_back([&memory = memories.emplace_back(&asked), &count = counts.emplace_back()](
                            std::uint64_t order, const advisory::Advisory& record) {
      memory.add(record, order);
      ++count;
    });
  }
  if (const Status read = catalog::read_files(paths, takers); !read) {
    return refusal(read.error());
  }
  match::Matcher matcher(match::lookup(memories));
  json::Array ids(targets.size(), json::Array());
  for (const match::Answer& answer : TRY(matcher.ask(targets, match::Wanted::findings))) {
    ids[answer.target].as_array().push_back(json::Value(answer.id));
  }
  return json::Object{{"ids", std::move(ids)},
                      {"records", std::accumulate(counts.begin(), counts.end(), std::int64_t{0})}};
}

/// Records of large files, the newest of each; only those that name one of `wanted`.
Result<std::vector<advisory::Advisory>> chosen(const json::Cursor& files,
                                               const std::set<std::string, std::less<>>& wanted) {
  std::map<std::pair<advisory::Source, std::string>, advisory::Advisory> newest;
  advisory::Reader reader;
  const auto is_named = [&](const std::vector<std::string>& ids) {
    return std::ranges::any_of(ids, [&](const std::string& id) { return wanted.contains(id); });
  };
  const auto take = [&](std::string_view line) -> Status {
    const advisory::Change change = TRY(advisory::unwrap(line));
    if (change.is_removal) {
      std::erase_if(newest, [&](const auto& one) { return one.first.second == change.id; });
      return {};
    }
    advisory::Advisory record = TRY(reader.read(change.record));
    if (wanted.contains(record.id) || is_named(record.aliases) || is_named(record.related)) {
      const auto key = std::pair(record.source, record.id);
      newest.insert_or_assign(key, std::move(record));
    }
    return {};
  };
  for (const json::Cursor& file : TRY(files.elements(kMostFiles))) {
    const std::string path = TRY(file.string());
    catalog::Input input = TRY(catalog::Input::file(path));
    std::string text;
    while (TRY(input.next_entry())) {
      for (bool has_more = true; has_more;) {
        has_more = TRY(input.read(text));
        std::size_t start = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos;
             end = text.find('\n', start)) {
          TRY(take(std::string_view(text).substr(start, end - start)));
          start = end + 1;
        }
        text.erase(0, start);
      }
    }
  }
  std::vector<advisory::Advisory> records;
  for (auto& [key, record] : newest) {
    records.push_back(std::move(record));
  }
  return records;
}

/// A text with everything but letters, digits and "_" quoted, in small letters.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    const bool is_large = c >= 'A' && c <= 'Z';
    out += is_plain || is_large ? "" : "\\";
    out += is_large ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

using Names = std::map<std::string, std::set<std::string>, std::less<>>;

/// Who makes products of a name, as the records' CPEs say it; all quoted.
Names vendors_of(const std::vector<advisory::Advisory>& records) {
  Names vendors;
  for (const advisory::Advisory& record : records) {
    for (const advisory::Affected& affected : record.affected) {
      for (const std::string& text : affected.cpes) {
        if (const auto cpe = version::parse_cpe(text)) {
          vendors[cpe->at(version::Attribute::product).text].insert(
              cpe->at(version::Attribute::vendor).text);
        }
      }
    }
  }
  return vendors;
}

/// {ecosystem, name, version}: one target. {product, version}: one for each vendor that has it.
Result<std::vector<match::Target>> targets_of(const json::Cursor& asked, const Names& vendors) {
  std::vector<match::Target> targets;
  const std::string in_version = TRY(asked.string_at("version"));
  if (!asked.find("product")) {
    const std::string ecosystem = TRY(asked.string_at("ecosystem"));
    const std::string name = TRY(asked.string_at("name"));
    targets.push_back(TRY(match::target_of_package(ecosystem, name, in_version)));
    return targets;
  }
  const std::string product = TRY(asked.string_at("product"));
  const auto found = vendors.find(quoted(product));
  if (found == vendors.end()) {
    return targets;
  }
  for (const std::string& vendor : found->second) {
    const auto value = [](std::string words) {
      return version::CpeValue{version::CpeValue::Kind::text, std::move(words)};
    };
    version::Cpe cpe;
    cpe.values[static_cast<std::size_t>(version::Attribute::part)] = value("a");
    cpe.values[static_cast<std::size_t>(version::Attribute::vendor)] = value(vendor);
    cpe.values[static_cast<std::size_t>(version::Attribute::product)] = value(found->first);
    cpe.values[static_cast<std::size_t>(version::Attribute::version)] = value(quoted(in_version));
    targets.push_back(TRY(match::target_of_name(version::to_formatted_string(cpe), "")));
  }
  return targets;
}

/// Files of records of any source, the ids that count, and packages → for each the ids of what
/// concerns it, those of the same vulnerabilities and of what the records speak about among them.
Result<json::Value> match_batch(const json::Cursor& request) {
  std::set<std::string, std::less<>> wanted;
  const json::Cursor ids = TRY(request.at("ids"));
  for (const json::Cursor& id : TRY(ids.elements(kMostIds))) {
    wanted.insert(TRY(id.string()));
  }
  const json::Cursor files = TRY(request.at("records"));
  const auto records = chosen(files, wanted);
  if (!records) {
    return refusal(records.error());
  }
  match::Memory memory;
  std::map<std::pair<advisory::Source, std::string>, const advisory::Advisory*> by_id;
  for (const advisory::Advisory& record : *records) {
    memory.add(record);
    by_id[{record.source, record.id}] = &record;
  }
  const Names vendors = vendors_of(*records);
  match::Matcher matcher(memory.lookup());
  json::Array answers;
  const json::Cursor packages = TRY(request.at("packages"));
  for (const json::Cursor& package : TRY(packages.elements(match::kMaxTargets))) {
    std::set<std::string> found;
    const auto targets = targets_of(package, vendors);
    if (targets) {
      for (const match::Answer& answer : TRY(matcher.ask(*targets, match::Wanted::findings))) {
        const advisory::Advisory& record = *by_id.at({answer.source, answer.id});
        found.insert(record.id);
        found.insert(record.aliases.begin(), record.aliases.end());
        found.insert(record.related.begin(), record.related.end());
      }
    }
    json::Array list;
    for (const std::string& id : found) {
      if (wanted.contains(id)) {
        list.push_back(json::Value(id));
      }
    }
    answers.push_back(std::move(list));
  }
  std::set<std::string> spoken_of;
  for (const advisory::Advisory& record : *records) {
    spoken_of.insert(record.id);
    spoken_of.insert(record.aliases.begin(), record.aliases.end());
    spoken_of.insert(record.related.begin(), record.related.end());
  }
  json::Array known;
  for (const std::string& id : wanted) {
    if (spoken_of.contains(id)) {
      known.push_back(json::Value(id));
    }
  }
  return json::Object{
      {"records", records->size()}, {"known", std::move(known)}, {"ids", std::move(answers)}};
}

constexpr auto kOperations = std::to_array<Operation>({
    {"match.batch", match_batch},
    {"match.cpes", match_cpes},
    {"osv.affected", osv_affected},
    {"osv.batch", osv_batch},
});

}  // namespace

std::span<const Operation> match_operations() {
  return kOperations;
}

}  // namespace weir::oracle
