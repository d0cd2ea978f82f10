// A place in a JSON document that simdjson has read: typed values, and the pointer of the first
// one that is not what it should be. Private to advisory.
//
// Readers ask and go on: what is absent (or null) is "" and no element, what has the wrong type is
// noted in Trouble, once, and the record is refused at the end. Borrows the parser's document.
//
// Thread rule: one thread, as the parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/result.h"

namespace weir::advisory {

inline constexpr std::size_t kMostElements = 200'000;  // of one array: the kernel's lists have 10^4

/// Where a value lies within one that was visited.
struct Place {
  std::size_t parent = npos;  // of the document: none
  std::string_view key{};     // of a member; no data: an element
  std::size_t index = 0;

  static constexpr std::size_t npos = ~std::size_t{0};
};

/// The first thing that was wrong, and where every object and list that was visited lies.
class Trouble {
 public:
  Trouble() { clear(); }
  /// Forgets everything, for the next document.
  void clear();
  /// Its number, the parent of what lies within.
  std::size_t add(const Place& place);
  void blame(const Place& place, std::string what);
  bool is_there() const { return first_.has_value(); }
  const Error& first() const { return *first_; }

 private:
  std::string pointer(const Place& place) const;

  std::vector<Place> places_;  // the first is the document
  std::optional<Error> first_;
};

class View {
 public:
  View(simdjson::dom::element value, Trouble& trouble);  // the whole document

  bool is_there() const { return is_there_; }
  bool is_object() const { return is_there_ && value_.is_object(); }
  bool is_string() const { return is_there_ && value_.is_string(); }
  /// A member. Absent if this is; wrong if this is no object.
  View at(std::string_view key) const;
  /// "" if absent.
  std::string_view string() const;
  std::string_view string_at(std::string_view key) const { return at(key).string(); }
  std::optional<double> number() const;
  std::optional<bool> boolean() const;
  void blame(std::string what) const { trouble_->blame(place_, std::move(what)); }

  /// The key of every member that is not null. Of what is no object: none.
  template <class F>
  void each_key(F use) const {
    simdjson::dom::object object;
    if (!is_there_ || value_.get(object) != simdjson::SUCCESS) {
      return;
    }
    for (const auto& [key, value] : object) {
      if (!value.is_null()) {
        use(key);
      }
    }
  }
  /// Every element, with its View.
  template <class F>
  void each(F use) const {
    simdjson::dom::array array;
    if (!is_there_ || !get(array)) {
      return;
    }
    const std::size_t parent = number_of_place();
    std::size_t index = 0;
    for (const simdjson::dom::element element : array) {
      if (index == kMostElements) {
        blame("more elements than are taken");
        return;
      }
      use(View(element, *trouble_, {parent, {}, index}));
      ++index;
    }
  }
  /// How many elements each() has at most; 0 of what is no array.
  std::size_t size() const;
  /// Every element that is a string.
  void append_to(std::vector<std::string>& list) const;

 private:
  View(Trouble& trouble, const Place& place) : trouble_(&trouble), place_(place) {}
  View(simdjson::dom::element value, Trouble& trouble, const Place& place);
  bool get(simdjson::dom::array& array) const;
  /// Given when first asked for: most values hold no others.
  std::size_t number_of_place() const;

  simdjson::dom::element value_;
  Trouble* trouble_;
  Place place_;
  mutable std::optional<std::size_t> number_;
  bool is_there_ = false;
};

/// `invalid` with its pointer if any object has a key twice.
Status refuse_doubled_keys(simdjson::dom::element root);

}  // namespace weir::advisory
