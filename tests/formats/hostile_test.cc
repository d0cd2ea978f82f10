// Bytes that mean harm: cut, nested, long, not UTF-8, of the wrong type at every place.
#include <gtest/gtest.h>

#include "base/json.h"
#include "files.h"
#include "format/format.h"

namespace weir::format {
namespace {

using json::Value;

std::vector<std::string> good_documents() {
  std::vector<std::string> all;
  for (const fs::path& path : files(kCases, "input.json")) {
    all.push_back(read_file(path));
  }
  return all;
}

TEST(Hostile, CutAtEveryByteIsRefused) {
  for (const std::string& document : good_documents()) {
    const std::size_t end = document.find_last_of('}');
    for (std::size_t size = 0; size <= end; ++size) {
      EXPECT_FALSE(parse_any(std::string_view(document).substr(0, size))) << size;
    }
  }
}

TEST(Hostile, NestedDeeply) {
  std::string open;
  for (int i = 0; i < 100'000; ++i) {
    open += i % 2 == 0 ? R"({"document":)" : "[";
  }
  for (const std::string& text : {open, std::string(100'000, '[')}) {
    const auto report = parse_any(text);
    ASSERT_FALSE(report);
    EXPECT_TRUE(report.error().message.starts_with("nested deeper than 200"))
        << report.error().message;
  }
}

TEST(Hostile, TextsOnBothSidesOfTheirLimit) {
  const auto report_with = [](std::size_t size) {
    return R"({"format":"weir-report/v1","vulnerabilities":[],"parts":[{"kind":"note","text":")" +
           std::string(size, 'x') + "\"}]}";
  };
  EXPECT_TRUE(parse_any(report_with(kMaxTextBytes)));
  const auto longer = parse_any(report_with(kMaxTextBytes + 1));
  ASSERT_FALSE(longer);
  EXPECT_EQ(text(longer.error()), "longer than 1048576 bytes (/parts/0/text)");
  const auto titled = [](std::size_t size) {
    return R"({"format":"weir-report/v1","vulnerabilities":[],"title":")" + std::string(size, 'x') +
           "\"}";
  };
  EXPECT_TRUE(parse_any(titled(kMaxNameBytes)));
  EXPECT_EQ(text(parse_any(titled(kMaxNameBytes + 1)).error()), "longer than 2048 bytes (/title)");
  const auto large = parse_any(std::string(kMaxReportBytes + 1, ' '));
  EXPECT_EQ(text(large.error()), "longer than 67108864 bytes");
}

TEST(Hostile, ListsOnBothSidesOfTheirLimit) {
  const auto repeated = [](const std::string& before, const std::string& element, std::size_t times,
                           const std::string& after) {
    std::string out = before;
    for (std::size_t i = 0; i < times; ++i) {
      out += i == 0 ? element : "," + element;
    }
    return out + after;
  };
  const std::string begin = R"({"format":"weir-report/v1","title":"x","vulnerabilities":[)";
  EXPECT_TRUE(parse_any(repeated(begin, "{}", kMaxVulnerabilities, "]}")));
  EXPECT_EQ(text(parse_any(repeated(begin, "{}", kMaxVulnerabilities + 1, "]}")).error()),
            "more than 10000 elements (/vulnerabilities)");
  const std::string product = R"({"name":"p"})";
  const auto products = [&](std::size_t times) {
    return repeated(R"({"products":[)", product, times, "]}");
  };
  EXPECT_TRUE(parse_any(begin + products(kMaxProducts) + "]}"));
  EXPECT_EQ(text(parse_any(begin + products(kMaxProducts + 1) + "]}").error()),
            "more than 10000 elements (/vulnerabilities/0/products)");
  EXPECT_TRUE(parse_any(repeated(begin, products(kMaxProducts), 5, "]}")));
  EXPECT_EQ(
      text(parse_any(repeated(begin, products(kMaxProducts), 5, "," + products(1) + "]}")).error()),
      "more than 50000 products in all (/vulnerabilities)");
}

/// `count` vulnerabilities, each with all of `products` products affected, each in `ranges`
/// versions.
std::string large_csaf(std::size_t count, std::size_t products, std::size_t ranges) {
  const Value small = *json::parse(read_file(kCases / "csaf/least/input.json"));
  std::string versions = "vers:generic/0";
  for (std::size_t i = 1; i < ranges; ++i) {
    versions += fmt::format("|{}", i);
  }
  json::Array branches;
  json::Array ids;
  for (std::size_t i = 0; i < products; ++i) {
    const std::string id = fmt::format("P{}", i);
    json::Object leaf{{"category", "product_version_range"},
                      {"name", versions},
                      {"product", json::Object{{"product_id", id}, {"name", id}}}};
    branches.push_back(json::Object{
        {"category", "product_name"}, {"name", id}, {"branches", json::Array{std::move(leaf)}}});
    ids.emplace_back(id);
  }
  const json::Object one{{"product_status", json::Object{{"known_affected", ids}, {"fixed", ids}}}};
  json::Array vulnerabilities(count, Value(one));
  return json::canonical(
      json::Object{{"document", small.at("document")},
                   {"product_tree", json::Object{{"branches", std::move(branches)}}},
                   {"vulnerabilities", std::move(vulnerabilities)}});
}

TEST(Hostile, ProductsAndRangesCannotMultiply) {
  EXPECT_TRUE(parse_any(large_csaf(50, 1'000, 1)));
  EXPECT_EQ(text(parse_any(large_csaf(51, 1'000, 1)).error()),
            "more than 50000 products in all (/vulnerabilities/50/product_status)");
  EXPECT_TRUE(parse_any(large_csaf(20, 100, 100)));
  EXPECT_EQ(text(parse_any(large_csaf(21, 100, 100)).error()),
            "more than 200000 version ranges in all "
            "(/vulnerabilities/20/product_status/known_affected/0)");
  EXPECT_TRUE(parse_any(large_csaf(1, kMaxProducts, 1)));
  EXPECT_TRUE(
      parse_any(large_csaf(1, kMaxProducts + 1, 1)).error().message.starts_with("more than 10000"));
}

TEST(Hostile, LongListsOfProductsAreCounted) {
  Value tree = *json::parse(large_csaf(1, 150, 1));
  json::Array ids;
  for (int i = 0; i < 30; ++i) {
    ids.emplace_back(fmt::format("P{}", i));
  }
  tree.at("product_tree").as_object()["product_groups"] =
      json::Array{json::Object{{"group_id", "G"}, {"product_ids", ids}}};
  tree.at("vulnerabilities").at(0).as_object()["remediations"] =
      json::Array{json::Object{{"category", "mitigation"},
                               {"details", "Wait."},
                               {"product_ids", json::Array{"P140"}},
                               {"group_ids", json::Array{"G", "G"}}}};
  const auto report = parse_any(json::canonical(tree));
  ASSERT_TRUE(report) << text(report.error());
  const std::vector<Part>& parts = report->vulnerabilities[0].parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_TRUE(parts[0].text.ends_with("; P99; and 50 more")) << parts[0].text;
  EXPECT_TRUE(parts[1].text.starts_with("Wait.\n\nFor: P140; P0; ")) << parts[1].text;
  EXPECT_TRUE(parts[1].text.ends_with("; P18; and 41 more")) << parts[1].text;
}

TEST(Hostile, ATreeOfSixtyFourBranchesIsTheDeepest) {
  std::string bad = read_file(kCases / "bad/csaf-tree-too-deep.json");
  ASSERT_FALSE(parse_any(bad));
  const std::string level = R"({"category": "legacy", "name": "x", "branches": [)";
  bad.erase(bad.find(level), level.size());
  bad.erase(bad.rfind("]}]}}"), 2);
  const auto report = parse_any(bad);
  EXPECT_TRUE(report) << text(report.error());
}

TEST(Hostile, BadUtf8AnywhereIsRefused) {
  for (const std::string& document : good_documents()) {
    for (std::size_t at = document.find('"'); at < document.size();
         at += 1 + document.size() / 40) {
      for (const std::string bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80"}) {
        std::string broken = document;
        broken.insert(at, bytes);
        EXPECT_FALSE(parse_any(broken)) << at;
      }
    }
  }
}

/// Calls `visit` with every value below `value` and its pointer.
template <class Visit>
void walk(Value& value, const std::string& pointer, const Visit& visit) {
  visit(value, pointer);
  if (json::Array* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      walk((*array)[i], pointer + "/" + std::to_string(i), visit);
    }
  } else if (json::Object* object = value.if_object()) {
    for (auto& member : *object) {
      std::string below = pointer;
      json::append_pointer(below, member.key());
      walk(member.value(), below, visit);
    }
  }
}

bool is_at_or_above(const std::string& where, const std::string& place) {
  return where == "#" || where == place || place.starts_with(where + "/");
}

TEST(Hostile, TheWrongTypeAtEveryPlaceIsBlamedThereOrAbove) {
  const std::vector<Value> others = {nullptr,       true,          17, 1.5, "", "text",
                                     json::Array(), json::Object()};
  int refused = 0;
  int taken = 0;
  for (const std::string& document : good_documents()) {
    Value tree = *json::parse(document);
    walk(tree, "", [&](Value& value, const std::string& place) {
      const Value original = value;
      for (const Value& other : others) {
        if (other.kind() == original.kind()) {
          continue;
        }
        value = other;
        const auto report = parse_any(json::canonical(tree));
        if (!report) {
          ++refused;
          EXPECT_TRUE(is_at_or_above(report.error().where, place))
              << place << " as " << json::canonical(other) << ": " << text(report.error());
        } else {
          ++taken;  // a place that is not read
          const auto again = parse_report(write_report(*report));
          EXPECT_TRUE(again && *again == *report) << place;
          EXPECT_FALSE(document.contains("weir-report/v1")) << place << ": strict, so all is read";
        }
      }
      value = original;
    });
  }
  EXPECT_GT(refused, 1'000);
  EXPECT_GT(taken, 100);
}

TEST(Hostile, AMissingMemberIsAnErrorAboveItOrASensibleReport) {
  for (const std::string& document : good_documents()) {
    Value tree = *json::parse(document);
    walk(tree, "", [&](Value& value, const std::string& place) {
      json::Object* object = value.if_object();
      if (object == nullptr) {
        return;
      }
      const json::Object original = *object;
      for (const auto& member : original) {
        object->erase(member.key());
        const auto report = parse_any(json::canonical(tree));
        if (report) {
          EXPECT_TRUE(parse_report(write_report(*report))) << place;
        } else {
          EXPECT_FALSE(report.error().where.empty()) << place;
        }
        *object = original;
      }
    });
  }
}

}  // namespace
}  // namespace weir::format
