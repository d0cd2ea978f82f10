#include "catalog/prepared.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>

#include "advisory/keys.h"
#include "catalog/words.h"

namespace weir::catalog {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kMostTermBytes = 200;
constexpr std::size_t kMostListedBytes = 512;  // as severity::kMaxVectorBytes

/// The terms of one record, each once; a record may name a product a thousand times.
class Terms {
 public:
  void add(TermKind kind, std::string_view name) {
    auto& names = names_.at(static_cast<std::size_t>(kind) - 1);
    if (!name.empty() && name != "n/a" && name.size() <= kMostTermBytes && count_ < kMostTerms &&
        !names.contains(name)) {
      names.emplace(name);
      ++count_;
    }
  }
  /// "cpe:apache:http_server" or "product:siemens:s7" → vendor and product.
  void add_key(std::string_view key) {
    const bool is_cpe = key.starts_with("cpe:");
    if (!is_cpe && !key.starts_with("product:")) {
      return;
    }
    const std::size_t start = key.find(':') + 1;
    std::size_t colon = key.find(':', start);
    while (is_cpe && colon != std::string_view::npos && key[colon - 1] == '\\') {
      colon = key.find(':', colon + 1);
    }
    if (colon != std::string_view::npos) {
      add(TermKind::vendor, key.substr(start, colon - start));
      add(TermKind::product, key.substr(colon + 1));
    }
  }
  template <class F>
  void each(F use) const {
    for (std::size_t kind = 1; kind <= kTermKinds; ++kind) {
      for (const std::string& name : names_[kind - 1]) {
        use(static_cast<TermKind>(kind), name);
      }
    }
  }

 private:
  std::array<std::set<std::string, std::less<>>, kTermKinds> names_;
  std::size_t count_ = 0;
};

Terms terms_of(const advisory::Advisory& advisory, const Names& keys) {
  Terms terms;
  for (const advisory::Affected& one : advisory.affected) {
    if (!one.ecosystem.empty()) {
      terms.add(TermKind::ecosystem,
                std::string_view(one.ecosystem).substr(0, one.ecosystem.find(':')));
      terms.add(TermKind::product, one.package);
    }
  }
  CHECK(keys.each([&](std::string_view key, std::size_t) -> Status {
    terms.add_key(key);
    return {};
  }));
  for (const std::string& weakness : advisory.weaknesses) {
    terms.add(TermKind::weakness, weakness);
  }
  terms.add(TermKind::publisher, advisory.publisher);
  return terms;
}

/// What the NVD API asks for by name. All of it: a facet may leave something out, a filter may not.
void add_listed(const advisory::Advisory& advisory, Prepared& prepared) {
  if (!is_cve(advisory.source, advisory.id)) {
    return;
  }
  std::set<std::pair<TermKind, std::string_view>> terms;
  terms.emplace(TermKind::publisher, advisory.publisher);
  for (const std::string& weakness : advisory.weaknesses) {
    terms.emplace(TermKind::weakness, weakness);
  }
  for (const advisory::Rating& rating : advisory.ratings) {
    terms.emplace(TermKind::vector, rating.vector);
  }
  for (const std::string& mark : advisory.marks) {
    terms.emplace(TermKind::mark, mark);
  }
  for (const auto& [kind, name] : terms) {
    if (!name.empty() && name.size() <= kMostListedBytes) {
      prepared.listed.add(name, static_cast<std::size_t>(kind));
    }
  }
}

void add_words(const advisory::Advisory& advisory, const Terms& terms, Prepared& prepared) {
  append_words(prepared.names, advisory.title);
  terms.each([&](TermKind kind, const std::string& name) {
    if (kind == TermKind::vendor || kind == TermKind::product) {
      append_words(prepared.names, name);
    }
  });
  for (const std::string& text : advisory.texts) {
    append_words(prepared.words, text);
  }
}

}  // namespace

Half Half::of(const Digest& digest) {
  Half half;
  std::memcpy(half.words.data(), digest.bytes.data(), sizeof(half.words));
  return half;
}

void Names::add(std::string_view name, std::size_t number) {
  text_ += name;
  places_.push_back({static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(number)});
}

void Names::clear() {
  text_.clear();
  places_.clear();
}

Prepared prepare(const advisory::Advisory& advisory) {
  Prepared out;
  out.source = advisory.source;
  out.id = advisory.id;
  out.state = advisory.state;
  out.published = advisory.published;
  out.modified = advisory.modified;
  const bool is_list = advisory.aliases.size() > kMostAliases;
  out.aliases = is_list ? std::vector<std::string>() : advisory.aliases;
  out.related = advisory.related;
  if (is_list) {
    out.related.insert(out.related.end(), advisory.aliases.begin(), advisory.aliases.end());
    std::ranges::sort(out.related);
    const auto twice = std::ranges::unique(out.related);
    out.related.erase(twice.begin(), twice.end());
  }
  for (std::size_t part = 0; part < advisory.affected.size(); ++part) {
    for (const std::string& key : advisory::keys(advisory.affected[part])) {
      out.keys.add(key, part);
    }
  }
  const Terms terms = terms_of(advisory, out.keys);
  terms.each([&](TermKind kind, const std::string& name) {
    out.terms.add(name, static_cast<std::size_t>(kind));
  });
  add_words(advisory, terms, out);
  add_listed(advisory, out);
  if (advisory.state == advisory::State::published) {
    out.parts = advisory.affected.empty() ? std::string() : advisory::encode(advisory.affected);
  } else {
    out.keys.clear();
  }
  for (const advisory::Rating& rating : advisory.ratings) {
    out.score = std::max(out.score, rating.score);
  }
  if (const auto at = advisory.published ? advisory.published : advisory.modified) {
    out.day = at->ms / kDayMs;
  }
  return out;
}

}  // namespace weir::catalog
