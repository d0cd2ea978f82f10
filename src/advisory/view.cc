#include "advisory/view.h"

#include <algorithm>
#include <bitset>
#include <span>

#include <fmt/format.h>

#include "base/json.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kFewKeys = 24;  // up to here comparing each with each is quicker than sorting

/// The keys of the objects that are being looked at, one inside the other: one list for all, since
/// most objects have few.
using Keys = std::vector<std::string_view>;

/// What the keys of an object look like. Most look different from each other: then none is doubled.
class Looks {
 public:
  void add(std::string_view key) {
    const std::size_t look = key.empty()
                                 ? 0
                                 : key.size() * 37 + static_cast<unsigned char>(key.front()) * 5 +
                                       static_cast<unsigned char>(key.back());
    have_alike_ = have_alike_ || seen_[look % kMost];
    seen_.set(look % kMost);
  }
  bool have_alike() const { return have_alike_; }

 private:
  static constexpr std::size_t kMost = 256;
  std::bitset<kMost> seen_;
  bool have_alike_ = false;
};

bool has_double(std::span<std::string_view> keys) {
  if (keys.size() > kFewKeys) {
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) != keys.end();
  }
  for (std::size_t i = 1; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i] == keys[j]) {
        return true;
      }
    }
  }
  return false;
}

/// The pointer of the first object with a doubled key, from the inside out. Depth is bounded by
/// the parser.
std::optional<std::string> find_double(simdjson::dom::element element, Keys& keys) {
  if (element.is_object()) {
    const std::size_t first = keys.size();
    Looks looks;
    const simdjson::dom::object object = element.get_object().value_unsafe();
    for (const auto& [key, value] : object) {
      keys.emplace_back(key.data(), key.size());  // by halves: copied as one it waits for them
      looks.add(key);
      if (value.is_object() || value.is_array()) {
        if (const auto inner = find_double(value, keys)) {
          std::string pointer;
          json::append_pointer(pointer, key);
          return pointer + *inner;
        }
      }
    }
    if (looks.have_alike() && has_double(std::span(keys).subspan(first))) {
      return "";
    }
    keys.resize(first);
  } else if (element.is_array()) {
    const simdjson::dom::array array = element.get_array().value_unsafe();
    // Strings have one slot of simdjson's tape each, brackets two: lists of versions are long.
    if (array.number_of_slots() == array.size() + 2) {
      return std::nullopt;
    }
    std::size_t index = 0;
    for (const simdjson::dom::element value : array) {
      if (value.is_object() || value.is_array()) {
        if (const auto inner = find_double(value, keys)) {
          return fmt::format("/{}{}", index, *inner);
        }
      }
      ++index;
    }
  }
  return std::nullopt;
}

}  // namespace

Status refuse_doubled_keys(simdjson::dom::element root) {
  Keys keys;
  if (const auto pointer = find_double(root, keys)) {
    return fail(Code::invalid, "a key stands twice in this object",
                pointer->empty() ? "#" : *pointer);
  }
  return {};
}

void Trouble::clear() {
  places_.resize(1);
  first_.reset();
}

std::size_t Trouble::add(const Place& place) {
  places_.push_back(place);
  return places_.size() - 1;
}

std::string Trouble::pointer(const Place& place) const {
  std::vector<const Place*> way;
  for (const Place* step = &place; step->parent != Place::npos; step = &places_[step->parent]) {
    way.push_back(step);
  }
  std::string text;
  for (; !way.empty(); way.pop_back()) {
    const Place& step = *way.back();
    if (step.key.data() == nullptr) {
      text += fmt::format("/{}", step.index);
    } else {
      json::append_pointer(text, step.key);
    }
  }
  return text.empty() ? "#" : text;
}

void Trouble::blame(const Place& place, std::string what) {
  if (!first_) {
    first_ = Error{Code::invalid, std::move(what), pointer(place)};
  }
}

View::View(simdjson::dom::element value, Trouble& trouble) : View(value, trouble, Place{}) {
  number_ = 0;
}

View::View(simdjson::dom::element value, Trouble& trouble, const Place& place)
    : value_(value), trouble_(&trouble), place_(place), is_there_(!value.is_null()) {}

std::size_t View::number_of_place() const {
  if (!number_) {
    number_ = trouble_->add(place_);
  }
  return *number_;
}

View View::at(std::string_view key) const {
  const Place place{number_of_place(), key, 0};
  if (!is_there_) {
    return {*trouble_, place};
  }
  simdjson::dom::object object;
  if (value_.get(object) != simdjson::SUCCESS) {
    blame("expected an object");
    return {*trouble_, place};
  }
  simdjson::dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) {
    return {*trouble_, place};
  }
  return {value, *trouble_, place};
}

std::string_view View::string() const {
  std::string_view text;
  if (is_there_ && value_.get(text) != simdjson::SUCCESS) {
    blame("expected a string");
  }
  return text;
}

std::optional<double> View::number() const {
  double number = 0;
  if (!is_there_ || value_.get(number) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return number;
}

std::optional<bool> View::boolean() const {
  bool value = false;
  if (!is_there_) {
    return std::nullopt;
  }
  if (value_.get(value) != simdjson::SUCCESS) {
    blame("expected true or false");
    return std::nullopt;
  }
  return value;
}

void View::append_to(std::vector<std::string>& list) const {
  list.reserve(list.size() + size());
  each([&](const View& element) { list.emplace_back(element.string()); });
}

std::size_t View::size() const {
  simdjson::dom::array array;
  return is_there_ && value_.get(array) == simdjson::SUCCESS ? std::min(array.size(), kMostElements)
                                                             : 0;
}

bool View::get(simdjson::dom::array& array) const {
  if (value_.get(array) != simdjson::SUCCESS) {
    blame("expected an array");
    return false;
  }
  return true;
}

}  // namespace weir::advisory
